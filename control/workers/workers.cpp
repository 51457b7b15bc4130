#include "control/workers/workers.h"

#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "control/bus/pause.h"
#include "control/workers/directories.h"
#include "control/workers/intake.h"
#include "control/workers/lifecycle.h"

namespace control {

using namespace contracts;
using namespace std::chrono_literals;

namespace {

constexpr int kJobThreads = 4;
constexpr int kResponsesAPass = 100;
constexpr std::chrono::milliseconds kTick = 1s;
constexpr int kTicksACompare = 60;  // the runtime is asked about everything once a minute

ConsumerSettings consumer(std::string_view stream) {
    ConsumerSettings settings;
    settings.streams = {std::string(stream)};
    settings.group = names::kWorkerManagerGroup;
    settings.name = names::consumer_name(names::kWorkerManagerGroup);
    settings.service = "orchestratord";
    return settings;
}

}  // namespace

Workers::Workers(WorkersSetting setting)
    : setting_(std::move(setting)),
      responses_bus_(setting_.redis),
      pool_(kJobThreads),
      commands_(
          setting_.redis, consumer(names::kWorkerCommands),
          [this](const Entry& entry) -> Result<void> {
              if (Result<void> taken = take_command(setting_, entry); !taken) return taken;
              nudge();
              return {};
          },
          setting_.clock, setting_.log),
      lifecycle_(
          setting_.redis, consumer(names::kWorkerLifecycle),
          [this](const Entry& entry) -> Result<void> {
              Result<WorkerLifecycleEvent> event = parse_entry<WorkerLifecycleEvent>(entry);
              if (!event) return fail(std::move(event.error()));
              setting_.log.info("worker tells", {{"worker_id", event->worker_id},
                                                 {"event", to_text(event->event)},
                                                 {"error", event->error.value_or("")}});
              return {};
          },
          setting_.clock, setting_.log) {}

Workers::~Workers() {
    stop();
}

Result<void> Workers::start() {
    if (Result<void> opened = reopen_doors(); !opened) return opened;
    if (Result<void> compared = tick(true); !compared) return compared;
    commands_.start();
    lifecycle_.start();
    ticker_ = std::jthread([this](const std::stop_token& stop) { run_ticker(stop); });
    watcher_ = std::jthread([this](const std::stop_token& stop) { run_watcher(stop); });
    return {};
}

void Workers::stop() {
    ticker_.request_stop();
    watcher_.request_stop();
    responses_bus_.interrupt();
    commands_.stop();
    lifecycle_.stop();
    pool_.stop();
    if (ticker_.joinable()) ticker_.join();
    if (watcher_.joinable()) watcher_.join();
}

Result<void> Workers::reopen_doors() {
    Result<std::vector<WorkerRow>> living =
        workers::in_phase(setting_.database, WorkerPhase::running);
    if (!living) return fail(std::move(living.error()));
    for (const WorkerRow& worker : *living)
        if (Result<void> opened = open_doors(setting_, worker); !opened)
            setting_.log.error("doors of a worker cannot be opened again",
                               {{"worker_id", worker.id}, {"error", opened.error().describe()}});
    return {};
}

Result<void> Workers::tick(bool everything) {
    if (Result<void> driven = drive_queued(); !driven) return driven;
    if (Result<void> driven = drive_living(everything); !driven) return driven;
    if (Result<void> driven = drive_ended(); !driven) return driven;
    return send_responses();
}

Result<void> Workers::drive_queued() {
    Result<std::vector<WorkerRow>> queued =
        workers::in_phase(setting_.database, WorkerPhase::queued);
    if (!queued) return fail(std::move(queued.error()));
    const auto now = setting_.clock.now();
    for (WorkerRow& worker : *queued) {
        Result<void> done = setting_.database.transaction([&](Transaction& tx) -> Result<void> {
            Result<std::optional<WorkerRow>> current = workers::find(tx, worker.id);
            if (!current) return fail(std::move(current.error()));
            if (!*current || (*current)->phase != WorkerPhase::queued) return {};
            worker = std::move(**current);
            Result<std::optional<std::int64_t>> slot = workers::free_slot(tx, setting_.max_workers);
            if (!slot) return fail(std::move(slot.error()));
            if (!worker.delete_request_id.empty() ||
                (!*slot && now - worker.created_at > setting_.creation_timeout)) {
                worker.phase = WorkerPhase::removed;
                worker.error = worker.delete_request_id.empty()
                                   ? "ResourceExhausted: no free slot for a worker in time"
                                   : "deleted before it was created";
                if (Result<void> told = respond_not_created(tx, worker, worker.error); !told)
                    return told;
                if (!worker.delete_request_id.empty())
                    if (Result<void> told = respond_deleted(tx, worker); !told) return told;
                return workers::update(tx, worker);
            }
            if (!*slot) return {};
            worker.slot = *slot;
            worker.phase = WorkerPhase::creating;
            return workers::update(tx, worker);
        });
        if (!done) return done;
    }
    return {};
}

Result<void> Workers::drive_living(bool compare) {
    Result<std::vector<WorkerRow>> creating =
        workers::in_phase(setting_.database, WorkerPhase::creating);
    if (!creating) return fail(std::move(creating.error()));
    for (const WorkerRow& worker : *creating)
        pool_.submit(worker.id, [this, worker](const std::stop_token& stop) {
            // A transient failure leaves the row as it is: the next pass tries again.
            if (Result<void> created = create_worker(setting_, worker, stop); !created)
                setting_.log.error(
                    "creation stands still",
                    {{"worker_id", worker.id}, {"error", created.error().describe()}});
            nudge();
        });

    Result<std::vector<WorkerRow>> running =
        workers::in_phase(setting_.database, WorkerPhase::running);
    if (!running) return fail(std::move(running.error()));
    for (const WorkerRow& worker : *running) {
        const bool to_delete = !worker.delete_request_id.empty();
        if (!to_delete && !compare) continue;
        pool_.submit(worker.id, [this, worker, to_delete](const std::stop_token&) {
            if (!to_delete) return settle(worker);
            if (Result<void> removed = remove_worker(setting_, worker); !removed)
                setting_.log.error(
                    "worker cannot be removed",
                    {{"worker_id", worker.id}, {"error", removed.error().describe()}});
            nudge();
        });
    }
    return {};
}

void Workers::settle(const WorkerRow& worker) {
    if (Result<void> settled = settle_worker(setting_, worker); !settled) {
        setting_.log.error("a worker cannot be settled",
                           {{"worker_id", worker.id}, {"error", settled.error().describe()}});
        compare_soon_ = true;
        return;
    }
    nudge();
}

Result<void> Workers::drive_ended() {
    Result<std::vector<WorkerRow>> ended = workers::in_phase(setting_.database, WorkerPhase::ended);
    if (!ended) return fail(std::move(ended.error()));
    const auto now = setting_.clock.now();
    for (const WorkerRow& worker : *ended) {
        const bool old = worker.ended_at && now - *worker.ended_at > setting_.keep_ended;
        if (!worker.delete_request_id.empty() || old) {
            pool_.submit(worker.id, [this, worker](const std::stop_token&) {
                if (Result<void> removed = remove_worker(setting_, worker); !removed)
                    setting_.log.error(
                        "worker cannot be removed",
                        {{"worker_id", worker.id}, {"error", removed.error().describe()}});
                nudge();
            });
            continue;
        }
        // A request may still come for a worker that has just ended: its sender did not know.
        Result<int> answered = answer_for_dead(setting_, responses_bus_, worker);
        if (!answered) return fail(std::move(answered.error()));
    }
    return {};
}

Result<void> Workers::send_responses() {
    Result<std::vector<WorkerResponseRow>> responses =
        workers::responses(setting_.database, kResponsesAPass);
    if (!responses) return fail(std::move(responses.error()));
    for (const WorkerResponseRow& response : *responses) {
        Result<Connection*> connection = responses_bus_.connection();
        if (!connection) return fail(std::move(connection.error()));
        Result<std::string> published = publish_data(**connection, response.stream, response.data);
        if (!published) return fail(std::move(published.error()));
        Result<void> erased = setting_.database.transaction(
            [&](Transaction& tx) { return workers::erase_response(tx, response.seq); });
        if (!erased) return erased;
    }
    return {};
}

void Workers::nudge() {
    {
        const std::scoped_lock lock(guard_);
        nudge_pending_ = true;
    }
    nudged_.notify_one();
}

void Workers::run_ticker(const std::stop_token& stop) {
    for (int ticks = 0; !stop.stop_requested(); ++ticks) {
        const bool compare =
            compare_soon_.exchange(false) || ticks % kTicksACompare == kTicksACompare - 1;
        if (Result<void> done = tick(compare); !done && !stop.stop_requested())
            setting_.log.warning("a pass over the workers failed",
                                 {{"error", done.error().describe()}});
        std::unique_lock lock(guard_);
        nudged_.wait_for(lock, stop, kTick, [this] { return nudge_pending_; });
        nudge_pending_ = false;
    }
}

void Workers::run_watcher(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const Result<void> watched = setting_.runtime.watch(
            [this](const RuntimeEvent& event) {
                if (event.kind != RuntimeEvent::Kind::died) return;
                Result<std::optional<WorkerRow>> worker =
                    workers::find(setting_.database, event.worker_id);
                if (!worker || !*worker || (*worker)->phase != WorkerPhase::running) return;
                if ((*worker)->instance_id != event.id) return;
                const bool taken =
                    pool_.submit(event.worker_id,
                                 [this, row = **worker](const std::stop_token&) { settle(row); });
                if (!taken) compare_soon_ = true;
            },
            stop);
        if (!watched && !stop.stop_requested())
            setting_.log.warning("the runtime's events broke off",
                                 {{"error", watched.error().describe()}});
        // Events are lost while nobody listens: the comparison finds what they told.
        if (Result<void> compared = tick(true); !compared)
            pause(1s, stop);
        else
            pause(100ms, stop);
    }
}

}  // namespace control
