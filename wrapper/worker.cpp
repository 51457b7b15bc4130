#include "wrapper/worker.h"

#include "contracts/streams/cluster.h"
#include "contracts/streams/group.h"
#include "contracts/streams/names.h"
#include "contracts/streams/words.h"

#include <sys/stat.h>
#include <algorithm>
#include <csignal>

namespace wrapper {

namespace {

namespace names = contracts::names;
using contracts::LifecycleEvent;
using contracts::words;
using contracts::WorkerStatus;
using contracts::WorkerType;
using std::chrono::milliseconds;
using std::chrono::seconds;

// An idle worker gives up after this many failures to reach Redis.
constexpr int kFailuresBeforeLeaving = 5;
// How long results may take to reach Redis when we leave.
constexpr seconds kLeavePatience{2};
// A result that Redis has not accepted within this time is made to survive a crash of the machine.
constexpr milliseconds kSyncAfter{100};
// States lasting at least this long are written to the state file; shorter ones are not worth it.
constexpr milliseconds kTellAfter{20};
// How long a finished result is held for Redis; then the journal keeps it for the next run.
constexpr std::chrono::minutes kHoldResult{30};

InboxSettings inbox_settings(const Settings& settings) {
    InboxSettings inbox;
    inbox.group = names::kWorkersGroup;
    inbox.consumer = settings.worker_id;
    if (settings.worker_type == WorkerType::po) {
        inbox.streams = {names::po_input(settings.worker_id)};
    } else {
        inbox.streams = {names::developer_input(settings.worker_id)};
        // A worker that was created for a task does no other.
        if (settings.task_id.empty()) inbox.streams.emplace_back(names::kDeveloperInput);
    }
    return inbox;
}

DoorSettings door_settings(const Settings& settings) {
    return DoorSettings{settings.agent_socket,
                        settings.agent_user ? settings.agent_user->uid : ::geteuid(),
                        settings.allowed,
                        settings.user_id,
                        settings.worker_type == WorkerType::po
                            ? names::po_output(settings.worker_id)
                            : std::string(),
                        settings.redis,
                        settings.api_url,
                        settings.api_token};
}

std::vector<std::string> writable_places(const Settings& settings) {
    return {settings.workspace, settings.agent_home, "/tmp", "/var/tmp", "/dev"};
}

// The part that is the same for every task.
AgentEnvironment lasting_environment(const Settings& settings) {
    AgentEnvironment environment;
    add_person(environment, settings.agent_home, settings.bin_directory);
    environment.set("ORCHESTRATOR_SOCKET", settings.agent_socket);
    environment.set("WORKER_ID", settings.worker_id);
    environment.set("WORKER_TYPE", contracts::to_text(settings.worker_type));
    environment.set("ALLOWED_COMMANDS", settings.allowed_text);
    if (!settings.task_id.empty()) environment.set("TASK_ID", settings.task_id);
    if (!settings.project_id.empty()) environment.set("PROJECT_ID", settings.project_id);
    if (!settings.user_id.empty()) environment.set("USER_ID", settings.user_id);
    add_requested(environment, settings.agent_environment, settings.bin_directory);
    return environment;
}

bool exists(const std::string& path) {
    struct stat found{};
    return !path.empty() && ::stat(path.c_str(), &found) == 0;
}

}  // namespace

Worker::Worker(const Settings& settings, const contracts::Clock& clock, contracts::Log log,
               Signals signals, Journal journal, std::unique_ptr<Runner> runner)
    : settings_(settings),
      clock_(clock),
      own_log_(log),
      log_(log),
      signals_(std::move(signals)),
      tree_(settings.agent_user),
      wall_(plan_confinement(settings.agent_user, writable_places(settings), log)),
      lasting_environment_(lasting_environment(settings)),
      runner_(std::move(runner)),
      journal_(std::move(journal)),
      state_file_(settings.state_directory),
      outbox_(settings.redis, clock, log),
      inbox_(inbox_settings(settings), settings.redis, clock, log),
      relays_(settings.control_directory, settings.relay_ports, clock, log),
      door_(door_settings(settings), clock, log),
      assignment_(settings, clock, tree_, wall_, *runner_, log),
      announcements_(settings, clock),
      state_(Waiting{}) {}

int Worker::run() {
    begin();
    while (!exit_code_) {
        poll_.begin();
        watch();
        meanwhile();
        poll_.wait(clock_);
        step();
    }
    bury_everything();
    journal_.mark();
    state_file_.write("stopped", clock_.now());
    return *exit_code_;
}

void Worker::begin() {
    next_beat_ = clock_.instant();
    tree_.clear_leftovers();
    if (auto opened = door_.open(); !opened)
        log_.warning("the agent's socket is not available",
                     {{"reason", opened.error().describe()}});
    stand_by(announcements_.status(WorkerStatus::running, nullptr));
    outbox_.post(announcements_.lifecycle(LifecycleEvent::started));
    contracts::Result<std::vector<Owed>> owed = journal_.recover(log_);
    if (!owed) log_.error("the journal cannot be read", {{"reason", owed.error().describe()}});
    if (owed && !owed->empty())
        enter(Recovering{std::move(*owed)});
    else
        enter(Waiting{});
}

void Worker::watch() {
    if (!assignment_.burying()) signals_.watch(poll_);
    outbox_.watch(poll_);
    inbox_.watch(poll_);
    relays_.watch(poll_);
    door_.watch(poll_);
    poll_.wake_at(next_beat_);
    if (!state_is_told_) poll_.wake_at(entered_ + kTellAfter);
    if (std::holds_alternative<Working>(state_)) {
        assignment_.watch(poll_);
        // After this, the agent's output wakes us when there is a new step.
        if (next_progress_ > clock_.instant()) poll_.wake_at(next_progress_);
        if (stop_at_ && !cut_off_) poll_.wake_at(*stop_at_);
    }
    if (const auto* leaving = std::get_if<Leaving>(&state_)) poll_.wake_at(leaving->until);
    if (const auto* delivering = std::get_if<Delivering>(&state_)) {
        if (!delivering->synced) poll_.wake_at(delivering->since + kSyncAfter);
        poll_.wake_at(held_until(*delivering));
    }
}

// Runs when our output has been sent and no request is waiting.
void Worker::meanwhile() {
    if (!state_is_told_ && clock_.instant() >= entered_ + kTellAfter) tell_state();
    assignment_.tidy();
    auto* asking = std::get_if<Asking>(&state_);
    if (asking == nullptr || asking->prepared) return;
    asking->prepared = true;
    asking->environment = agent_environment();
    assignment_.prepare();
}

void Worker::step() {
    // A child's death is often visible before its signal.
    const bool may_have_died = !assignment_.over();
    const bool told = (assignment_.burying() || signals_.ready(poll_)) && take_signals();
    assignment_.step(poll_);
    if (told || may_have_died) reap();
    if (may_have_died && assignment_.over() && !told) (void)take_signals();
    relays_.step(poll_);
    door_.step(poll_);
    if (outbox_.step(poll_)) inbox_.doubt();
    refuse_cluster();
    inbox_.step(poll_);
    if (clock_.instant() >= next_beat_) beat();
    while (!exit_code_ && advance()) {
    }
}

// While work is in progress, we wait for the previous Redis to come back.
void Worker::refuse_cluster() {
    const bool begun =
        std::holds_alternative<Working>(state_) || std::holds_alternative<Delivering>(state_);
    if (!outbox_.is_cluster() || begun) return;
    log_.error("cannot start", {{"reason", contracts::cluster_error().describe()}});
    exit_code_ = kExitConfiguration;
}

void Worker::reap() {
    while (const std::optional<Death> death = reaper_.next())
        assignment_.on_death(*death);
    assignment_.on_reaped(reaper_.childless());
}

bool Worker::advance() {
    return std::visit([this](auto& state) { return on(state); }, state_);
}

void Worker::enter(State state) {
    state_ = std::move(state);
    state_is_told_ = false;
    entered_ = clock_.instant();
    if (std::holds_alternative<Waiting>(state_)) inbox_.ask();
    if (auto* recovering = std::get_if<Recovering>(&state_))
        outbox_.deliver(recovering->owed.front().answer, recovering->owed.front().claim);
}

template <class Side>
bool Worker::leave_without_redis(const Side& side) {
    if (side.failures() < kFailuresBeforeLeaving || exists(settings_.control_directory))
        return false;
    log_.error("Redis stays unreachable; giving up", {{"reason", side.last_error()}});
    leave(kExitUnavailable);
    return true;
}

bool Worker::on(Recovering& state) {
    const std::optional<contracts::AnswerOutcome> outcome = outbox_.take_outcome();
    if (!outcome) {
        // The journal keeps it.
        if (!stop_at_) return leave_without_redis(outbox_);
        leave(kExitTerminated);
        return true;
    }
    const contracts::Answer& owed = state.owed[state.at].answer;
    log_.info("delivered a result of a previous run", {{"request_id", owed.request_id}});
    // That run published its final status, and our start-up status has overwritten it.
    if (*outcome == contracts::AnswerOutcome::already)
        for (const contracts::OwnedCommand& command : owed.also)
            if (command.front() == "HSET") outbox_.post(command);
    if (++state.at < state.owed.size()) {
        outbox_.deliver(state.owed[state.at].answer, state.owed[state.at].claim);
        return false;
    }
    journal_.settle();
    after_answer();
    return true;
}

bool Worker::on(Waiting&) {
    if (stop_at_) {
        leave(0);
        return true;
    }
    if (std::optional<contracts::Entry> entry = inbox_.take()) {
        accept(std::move(*entry));
        return true;
    }
    return leave_without_redis(inbox_);
}

bool Worker::on(Asking& state) {
    if (stop_at_) {
        leave(0);  // not started: the entry stays pending for the next run
        return true;
    }
    std::optional<Outbox::Replies> replies = outbox_.take_replies();
    if (!replies) return leave_without_redis(outbox_);
    if (!replies->answered && !replies->look_on.empty() && state.pages_left-- > 0) {
        ask_about(state.task, std::move(replies->look_on));
        return false;
    }
    Asking asked = std::move(state);
    const Task& task = asked.task;
    if (replies->answered) {
        log_.info("the request was already answered", {{"request_id", task.request_id}});
        const contracts::OwnedCommand idle = announcements_.status(WorkerStatus::running, nullptr);
        stand_by(idle);
        outbox_.post(
            {idle, words({"XACK", task.claim.stream, task.claim.group, task.claim.entry_id})});
        log_ = own_log_;
        enter(Waiting{});
        return true;
    }
    std::optional<Session> session;
    std::optional<Session> remembered;
    if (!replies->texts.empty()) remembered = parse_session(replies->texts.back());
    if (!settings_.session_id.empty()) {
        // The session may have another id by now.
        if (remembered && remembered->begun_as == settings_.session_id)
            session = std::move(remembered);
        else
            session = Session{settings_.session_id, {}, 0, {}, settings_.session_id};
    } else if (remembered && (!remembered->used_at ||
                              clock_.now() - *remembered->used_at < settings_.session_idle)) {
        session = std::move(remembered);
    }
    start_work(std::move(asked), std::move(session));
    return true;
}

bool Worker::on(Working& state) {
    const contracts::Instant now = clock_.instant();
    if (stop_at_ && !cut_off_ && now >= *stop_at_) {
        cut_off_ = true;
        assignment_.stop();
    }
    if (assignment_.over()) {
        conclude(std::move(state.task));
        return true;
    }
    if (now >= next_progress_) tell_progress(state.task);
    if (now >= kept_at_ + inbox_.settings().claim_after / 3) {
        // The real age, not the planned one: we may have been paused meanwhile.
        const auto age = std::chrono::floor<milliseconds>(now - kept_at_);
        contracts::Entry entry;
        entry.stream = state.task.claim.stream;
        entry.id = state.task.claim.entry_id;
        if (outbox_.mention(
                {contracts::keep_command(entry, {state.task.claim.group, state.task.claim.consumer},
                                         age, inbox_.settings().claim_after)}))
            kept_at_ = now;
    }
    return false;
}

bool Worker::on(Delivering& state) {
    if (const std::optional<contracts::AnswerOutcome> outcome = outbox_.take_outcome()) {
        if (*outcome == contracts::AnswerOutcome::fenced)
            log_.warning("the entry was claimed by another consumer; not publishing the result");
        if (*outcome == contracts::AnswerOutcome::already)
            log_.info("the request already had its output");
        journal_.settle();
        after_answer();
        return true;
    }
    const contracts::Instant now = clock_.instant();
    if (!state.synced && now >= state.since + kSyncAfter) {
        journal_.sync();
        state.synced = true;
    }
    if (now < held_until(state)) return false;
    log_.error("could not deliver the result; the journal keeps it",
               {{"reason", outbox_.last_error()}});
    exit_code_ = stop_at_ ? kExitTerminated : kExitUnavailable;
    return true;
}

bool Worker::on(Leaving& state) {
    if (!outbox_.empty() && clock_.instant() < state.until) return false;
    exit_code_ = state.code;
    return true;
}

// A result that is ready only after our time to stop still gets time for its delivery.
contracts::Instant Worker::held_until(const Delivering& state) const {
    const contracts::Instant longest = state.since + kHoldResult;
    if (!stop_at_) return longest;
    return std::min(longest, std::max(*stop_at_ + kStopGrace, state.since) + kLeavePatience);
}

void Worker::leave(int code) {
    inbox_.close();
    if (stop_at_) {
        outbox_.post(announcements_.lifecycle(LifecycleEvent::stopped));
        if (!std::holds_alternative<Delivering>(state_) ||
            settings_.worker_type == WorkerType::po || cut_off_)
            outbox_.post(announcements_.status(WorkerStatus::stopped, nullptr));
    }
    if (!outbox_.connected()) {
        exit_code_ = code;  // without Redis there is nothing to publish to
        return;
    }
    enter(Leaving{code, clock_.instant() + kLeavePatience});
}

// No process of the agent outlives us.
void Worker::bury_everything() {
    const contracts::Instant until = clock_.instant() + kLeavePatience;
    while (clock_.instant() < until) {
        while (reaper_.next()) {
        }
        if (reaper_.childless()) return;
        tree_.signal(SIGKILL);
        PollSet pause;
        pause.begin();
        pause.wake_at(clock_.instant() + milliseconds(5));
        pause.wait(clock_);
    }
}

// Returns whether a child died.
bool Worker::take_signals() {
    bool died = false;
    while (const int signal = signals_.next()) {
        on_signal(signal);
        died |= signal == SIGCHLD;
    }
    return died;
}

void Worker::on_signal(int signal) {
    if (signal != SIGTERM && signal != SIGINT) return;
    log_.info("received a signal to stop", {{"signal", signal}, {"state", state_name()}});
    const contracts::Instant now = clock_.instant();
    // A second signal means at once.
    stop_at_ = stop_at_ ? now : now + settings_.shutdown_grace;
}

void Worker::beat() {
    next_beat_ = clock_.instant() + kHeartbeatEvery;
    tell_state();
    // Without a connection it is not queued: `stand_by` sends it first when Redis is back.
    if (outbox_.connected()) outbox_.post(announcements_.heartbeat());
}

void Worker::stand_by(const contracts::OwnedCommand& status) {
    outbox_.on_open({contracts::cluster_question(), status, announcements_.heartbeat()});
}

void Worker::tell_state() {
    state_is_told_ = true;
    journal_.mark();
    state_file_.write(state_name(), clock_.now());
}

std::string_view Worker::state_name() const {
    constexpr std::string_view kNames[] = {"recovering", "waiting",    "asking",
                                           "working",    "delivering", "leaving"};
    return kNames[state_.index()];
}

}  // namespace wrapper
