#include "control/workers/workers.h"

#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "control/workers/admission.h"
#include "control/workers/answers.h"
#include "control/workers/executions.h"
#include "control/workers/intake.h"
#include "control/workers/lifecycle.h"
#include "control/workers/people.h"
#include "control/workers/status.h"

#include <algorithm>

namespace control {

using namespace contracts;
using namespace std::chrono_literals;

namespace {

constexpr int kResponsesAPass = 100;
constexpr std::chrono::milliseconds kTick = 1s;
constexpr std::chrono::minutes kCompareEvery{1};
// For a worker that was told to stop, which may take half a minute.
constexpr std::chrono::minutes kLongestWait{1};

ConsumerSettings consumer(std::string_view stream, std::string_view daemon) {
    ConsumerSettings settings;
    settings.streams = {std::string(stream)};
    settings.group = names::kWorkerManagerGroup;
    settings.name = names::consumer_name(names::kWorkerManagerGroup, daemon);
    settings.service = "orchestratord";
    return settings;
}

// Keeps the first failure of several steps, each of which is done even if others fail.
class FirstFailure {
public:
    void add(Result<void> result) {
        if (first_ && !result) first_ = std::move(result);
    }
    [[nodiscard]] Result<void> take() { return std::move(first_); }

private:
    Result<void> first_;
};

}  // namespace

Workers::Workers(WorkersSetting setting)
    : setting_(std::move(setting)),
      clock_steps_(setting_.clock, "workers"),
      gone_(setting_),
      ticker_bus_(setting_.redis),
      pool_(setting_.job_threads),
      commands_(
          setting_.redis, consumer(names::kWorkerCommands, setting_.instance),
          [this](const Entry& entry) -> Result<void> {
              if (Result<void> taken = take_command(setting_, entry); !taken) return taken;
              nudge();
              return {};
          },
          setting_.clock, setting_.log),
      lifecycle_(
          setting_.redis, consumer(names::kWorkerLifecycle, setting_.instance),
          [this](const Entry& entry) -> Result<void> {
              Result<WorkerLifecycleEvent> event = parse_entry<WorkerLifecycleEvent>(entry);
              if (!event) return event.fault();
              return take_event(*event);
          },
          setting_.clock, setting_.log),
      ticker_(
          "workers", [this] { return tick_when_due(); }, ticker_wake_, setting_.log),
      watcher_(
          "events of the runtime", [this](const std::stop_token& stop) { return watch(stop); },
          watcher_wake_, setting_.log),
      idle_(setting_, [this](const std::string& id, EndCause why) { end_soon(id, why); }),
      limits_(setting_, [this](const std::string& id, EndCause why) { end_soon(id, why); }) {
    if (setting_.commands != nullptr) listener_.emplace(*setting_.commands, [this] { nudge(); });
}

Workers::~Workers() {
    stop();
}

Result<void> Workers::start() {
    if (Result<void> adopted = adopt_ownerless(setting_); !adopted) return adopted;
    if (Result<void> opened = reopen_doors(); !opened) return opened;
    commands_.start();
    lifecycle_.start();
    ticker_.start();
    watcher_.start();
    idle_.start();
    limits_.start();
    return {};
}

void Workers::stop() {
    ticker_.request_stop();
    watcher_.request_stop();
    ticker_bus_.interrupt();
    commands_.stop();
    lifecycle_.stop();
    ticker_.stop();
    watcher_.stop();
    idle_.stop();
    limits_.stop();
    pool_.stop();
}

Result<void> Workers::health() const {
    for (const Result<void>& state : {ticker_.health(), watcher_.health(), commands_.health(),
                                      lifecycle_.health(), idle_.health(), limits_.health()})
        if (!state) return state;
    return {};
}

Result<void> Workers::reopen_doors() {
    Result<std::vector<WorkerRow>> living =
        workers::of_daemon(setting_.database, setting_.instance, WorkerPhase::running);
    if (!living) return living.fault();
    for (const WorkerRow& worker : *living)
        if (Result<void> opened = open_doors(setting_, worker); !opened)
            setting_.log.error("could not reopen a worker's doors",
                               {{"worker_id", worker.id}, {"error", opened.error().describe()}});
    return {};
}

// Everything that waits here waits for a duration, not for a time of day.
Result<void> Workers::follow_clock() {
    return clock_steps_.settle(
        setting_.database, [this](Transaction& tx, std::chrono::milliseconds step) {
            setting_.log.warning("the wall clock has stepped", {{"milliseconds", step.count()}});
            return workers::shift_times(tx, setting_.instance, step);
        });
}

Result<void> Workers::tick(bool everything) {
    FirstFailure failure;
    failure.add(follow_clock());
    failure.add(hear_people());
    failure.add(admit_waiting(setting_));
    failure.add(hand_out_work());
    look_at_expected();
    if (everything) failure.add(gone_.take_over());
    if (everything) failure.add(end_given_up(setting_));
    if (everything) failure.add(compare_views());
    failure.add(show_waiting(everything));
    failure.add(send_responses());
    failure.add(answer_late_requests());
    return failure.take();
}

Result<void> Workers::hear_people() {
    Result<std::vector<std::string>> busy = take_up_commands(setting_);
    if (!busy) return busy.fault();
    for (const std::string& worker_id : *busy)
        work_on(worker_id);
    return {};
}

Result<void> Workers::show_waiting(bool again) {
    Result<std::vector<WorkerRow>> queued =
        workers::in_phase(setting_.database, WorkerPhase::queued);
    if (!queued) return queued.fault();
    std::vector<std::string> entries = queue_entries(*queued);
    if (!again && shown_queue_ == entries) return {};
    if (Result<void> shown = show_queue(ticker_bus_, entries); !shown) return shown;
    shown_queue_ = std::move(entries);
    return {};
}

bool Workers::is_due(const WorkerRow& ended) const {
    if (!ended.delete_request_id.empty()) return true;
    return ended.ended_at && setting_.clock.now() - *ended.ended_at > setting_.keep_ended;
}

// A worker that continues a session waits, within limits, until the user's last worker has left it
// behind; without the session, the agent gets a summary.
Result<bool> Workers::waits_for_another(const WorkerRow& creating) {
    if (creating.about("session_id").empty() || creating.about("user_id").empty()) return false;
    if (setting_.clock.now() - creating.created_at > kLongestWait) return false;
    Result<std::vector<WorkerRow>> running =
        workers::of_daemon(setting_.database, setting_.instance, WorkerPhase::running);
    if (!running) return running.fault();
    return std::ranges::any_of(*running, [&](const WorkerRow& other) {
        const bool ends = !other.delete_request_id.empty() || verdicts_.find(other.id);
        return ends && other.config.worker_type == WorkerType::po &&
               other.about("user_id") == creating.about("user_id");
    });
}

Result<void> Workers::hand_out_work() {
    for (const WorkerPhase phase :
         {WorkerPhase::creating, WorkerPhase::running, WorkerPhase::ended}) {
        Result<std::vector<WorkerRow>> rows =
            workers::of_daemon(setting_.database, setting_.instance, phase);
        if (!rows) return rows.fault();
        for (const WorkerRow& worker : *rows) {
            if (phase == WorkerPhase::creating) {
                Result<bool> waits = waits_for_another(worker);
                if (!waits) return waits.fault();
                if (*waits) continue;
            }
            const bool wanted = phase == WorkerPhase::creating ||
                                !worker.delete_request_id.empty() ||
                                (phase == WorkerPhase::ended && is_due(worker));
            if (wanted) work_on(worker.id);
        }
    }
    return {};
}

void Workers::work_on(const std::string& worker_id) {
    const auto job = [this, worker_id](const std::stop_token& stop) {
        do_job(worker_id, stop);
    };
    if (setting_.job_threads == 0)
        job({});
    else
        pool_.submit(worker_id, job);
}

void Workers::do_job(const std::string& worker_id, const std::stop_token& stop) {
    const Result<void> done = advance(worker_id, stop);
    // Its watch will find again what still has to be ended.
    verdicts_.erase(worker_id);
    if (done) return nudge();
    setting_.log.error("a worker is stuck; retrying",
                       {{"worker_id", worker_id}, {"error", done.error().describe()}});
    compare_soon_ = true;
}

void Workers::end_soon(const std::string& worker_id, EndCause why) {
    verdicts_.add(worker_id, why);
    work_on(worker_id);
}

Result<void> Workers::advance(const std::string& worker_id, const std::stop_token& stop) {
    Result<std::optional<WorkerRow>> found = workers::find(setting_.database, worker_id);
    if (!found) return found.fault();
    if (!*found) return {};
    WorkerRow& worker = **found;
    if (is_of_another(setting_, worker)) return {};
    if (Result<void> obeyed = obey_commands(setting_, worker); !obeyed) return obeyed;
    switch (worker.phase) {
        case WorkerPhase::creating:
            return create_worker(setting_, std::move(worker), stop);
        case WorkerPhase::running:
            if (!worker.delete_request_id.empty()) return remove_worker(setting_, worker);
            if (const auto why = verdicts_.find(worker.id))
                return end_worker(setting_, worker, *why);
            return settle_worker(setting_, worker);
        case WorkerPhase::ended:
            return is_due(worker) ? remove_worker(setting_, worker) : Result<void>{};
        case WorkerPhase::queued:
        case WorkerPhase::removed:
            break;
    }
    return {};
}

// The runtime is the truth; the table has the consequences.
Result<void> Workers::compare_views() {
    Result<std::vector<SeenWorker>> seen = see_workers(sight_of(setting_));
    if (!seen) return seen.fault();
    FirstFailure failure;
    for (const SeenWorker& worker : *seen)
        if (worker.rule != nullptr) failure.add(apply_rule(worker));
    return failure.take();
}

Result<void> Workers::apply_rule(const SeenWorker& worker) {
    const ReconcileRule& rule = *worker.rule;
    if (rule.remedy == Remedy::settle) {
        work_on(worker.id);
        return {};
    }
    if (rule.remedy == Remedy::ask_person || rule.remedy == Remedy::end_instance)
        setting_.log.warning("the views of a worker disagree", {{"worker_id", worker.id},
                                                                {"instance", worker.instance_id},
                                                                {"rule", rule.name},
                                                                {"what", rule.what}});
    if (rule.remedy == Remedy::end_instance) return setting_.runtime.kill(worker.instance_id);
    Result<std::string> done = mend(sight_of(setting_), worker);
    if (!done) return fail(std::move(done.error()).context(worker.id));
    if (done->empty()) return {};
    setting_.log.warning("the views of a worker disagreed",
                         {{"worker_id", worker.id}, {"rule", rule.name}, {"done", *done}});
    if (rule.remedy != Remedy::adopt) return {};
    Result<std::optional<WorkerRow>> adopted = workers::find(setting_.database, worker.id);
    if (!adopted) return adopted.fault();
    return *adopted ? open_doors(setting_, **adopted) : Result<void>();
}

// A request may still arrive for a worker that has just ended, because its sender did not know.
Result<void> Workers::answer_late_requests() {
    Result<std::vector<WorkerRow>> ended =
        workers::of_daemon(setting_.database, setting_.instance, WorkerPhase::ended);
    if (!ended) return ended.fault();
    if (ended->empty()) {
        read_to_.clear();
        return {};
    }
    std::vector<OwnedCommand> questions;
    for (const WorkerRow& worker : *ended)
        questions.push_back({"XREVRANGE", input_stream(worker), "+", "-", "COUNT", "1"});
    Result<Connection*> connection = ticker_bus_.connection();
    if (!connection) return connection.fault();
    Result<std::vector<Reply>> last = (*connection)->pipeline(questions);
    if (!last) return last.fault();
    std::map<std::string, std::string> read_to;
    for (std::size_t i = 0; i < ended->size(); ++i) {
        const WorkerRow& worker = (*ended)[i];
        std::string newest((*last)[i].view()[0][0].text());
        if (const auto seen = read_to_.find(worker.id);
            seen == read_to_.end() || seen->second != newest)
            if (Result<int> done = answer_for_dead(setting_, ticker_bus_, worker); !done)
                return done.fault();
        read_to[worker.id] = std::move(newest);
    }
    read_to_ = std::move(read_to);
    return {};
}

Result<void> Workers::send_responses() {
    Result<std::vector<WorkerResponseRow>> responses =
        workers::responses(setting_.database, setting_.instance, kResponsesAPass);
    if (!responses) return responses.fault();
    for (const WorkerResponseRow& response : *responses) {
        Result<Connection*> connection = ticker_bus_.connection();
        if (!connection) return connection.fault();
        Result<std::string> published = publish_data(**connection, response.stream, response.data);
        if (!published) return published.fault();
        Result<void> erased = setting_.database.transaction(
            [&](Transaction& tx) { return workers::erase_response(tx, response.seq); });
        if (!erased) return erased;
    }
    return {};
}

Result<void> Workers::take_event(const WorkerLifecycleEvent& event) {
    Result<std::optional<WorkerRow>> found = workers::find(setting_.database, event.worker_id);
    if (!found) return found.fault();
    (*found ? log_of(setting_, **found) : setting_.log.with("worker_id", event.worker_id))
        .info("worker lifecycle event",
              {{"event", to_text(event.event)}, {"error", event.error.value_or("")}});
    if (!*found || event.event == LifecycleEvent::started) return {};
    const WorkerRow& worker = **found;
    // A developer has one task; a Product Owner waits for the next message.
    if (is_ours(setting_, worker) && (event.event == LifecycleEvent::stopped ||
                                      worker.config.worker_type == WorkerType::developer))
        look_soon(worker.id);
    return record_run(setting_, worker, event);
}

void Workers::look_soon(const std::string& worker_id) {
    ends_.expect(worker_id, std::chrono::steady_clock::now());
    nudge();
}

void Workers::look_at_expected() {
    // The real time: a test's clock does not stop a process from ending.
    const Instant now = std::chrono::steady_clock::now();
    for (const std::string& worker_id : ends_.take_due(now)) {
        const Result<std::optional<WorkerRow>> found = workers::find(setting_.database, worker_id);
        if (!found) continue;
        const bool ours = *found && is_ours(setting_, **found);
        const bool runs = ours && (*found)->phase == WorkerPhase::running;
        // It may die before we know that it runs.
        const bool starts = ours && (*found)->phase == WorkerPhase::creating;
        if (runs) work_on(worker_id);
        if (!runs && !starts) ends_.forget(worker_id, now);
    }
}

Result<std::chrono::milliseconds> Workers::tick_when_due() {
    const Instant now = setting_.clock.instant();
    const bool compare = compare_soon_.exchange(false) || now >= next_compare_;
    if (compare) next_compare_ = now + kCompareEvery;
    if (Result<void> done = tick(compare); !done) return done.fault();
    const std::optional<Instant> expected = ends_.next();
    if (!expected) return kTick;
    const auto wait =
        std::chrono::ceil<std::chrono::milliseconds>(*expected - std::chrono::steady_clock::now());
    return std::clamp<std::chrono::milliseconds>(wait, 0ms, kTick);
}

void Workers::take_runtime_event(const RuntimeEvent& event) {
    switch (event.kind) {
        case RuntimeEvent::Kind::watching:
            watcher_.report_working();
            compare_soon_ = true;
            return nudge();
        case RuntimeEvent::Kind::died:
            return look_soon(event.worker_id);
        case RuntimeEvent::Kind::out_of_memory:
            return setting_.log.warning("a process of a worker ran out of memory",
                                        {{"worker_id", event.worker_id}});
    }
}

// A watch that broke off is started again after a moment; the comparison at its start finds workers
// that died in the meantime.
Result<std::chrono::milliseconds> Workers::watch(const std::stop_token& stop) {
    Result<void> watched = setting_.runtime.watch(
        [this](const RuntimeEvent& event) { take_runtime_event(event); }, stop);
    if (!watched) return watched.fault();
    return 1s;
}

}  // namespace control
