#include "wrapper/assignment.h"

#include "contracts/base/id.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <utility>

namespace wrapper {

namespace {

using contracts::Json;
using contracts::ResultStatus;

constexpr std::chrono::seconds kGitPatience{60};
constexpr std::string_view kFinish =
    "You stopped while the work was still in progress. Finish it now, and end with a result block: "
    "<result>{\"status\": \"success\" or \"failure\", \"summary\": \"...\", \"data\": {}}</result>";
constexpr std::string_view kBlockMissing =
    "Your answer had no result block that could be read. Say how the work ended, with nothing but "
    "JSON in the block: "
    "<result>{\"status\": \"success\" or \"failure\", \"summary\": \"...\", \"data\": {}}</result>";

void add_counts(Json& sum, const Json& more) {
    if (!sum.is_object()) sum = Json::object();
    if (!more.is_object()) return;
    for (const auto& [name, value] : more.get_ref<const Json::object_t&>()) {
        if (!value.is_number_integer()) continue;
        const auto found = sum.find(name);
        const std::int64_t before = found == sum.end() ? 0 : found->get<std::int64_t>();
        sum[name] = before + value.get<std::int64_t>();
    }
}

// The counts that `now` adds to `before`.
Json added_to(const Json& before, const Json& now) {
    Json added = Json::object();
    for (const auto& [name, value] : now.get_ref<const Json::object_t&>()) {
        const std::int64_t counted = before.is_object() ? before.value(name, std::int64_t{0}) : 0;
        if (value.is_number_integer())
            added[name] = std::max<std::int64_t>(0, value.get<std::int64_t>() - counted);
    }
    return added;
}

std::string first_line(std::string text) {
    text.resize(std::min(text.size(), text.find('\n')));
    return text;
}

}  // namespace

Assignment::Assignment(const Settings& settings, const contracts::Clock& clock, const Tree& tree,
                       const Confinement& wall, Runner& runner, contracts::Log log)
    : settings_(settings),
      clock_(clock),
      wall_(wall),
      runner_(runner),
      log_(std::move(log)),
      run_(clock, tree, sink_) {}

void Assignment::begin(Task& task, std::optional<Session> session,
                       std::vector<std::string> environment, contracts::Log log) {
    log_ = std::move(log);
    environment_ = std::move(environment);
    timeout_ = task.timeout;
    started_ = clock_.instant();
    deadline_ = started_ + task.timeout;
    turns_ = 0;
    stopped_ = false;
    outcome_ = Outcome{};
    receipt_ = Receipt{};
    usage_ = Json();
    session_.reset();
    const bool known = runner_.has_sessions() && session.has_value();
    const bool resume = known && runner_.takes_session(session->id);
    session_was_unknown_ = known && !resume;
    if (session_was_unknown_)
        forget_session(*session);
    else if (resume)
        session_ = std::move(*session);
    else if (runner_.has_sessions())
        session_ = Session{contracts::make_uuid4(), {}, 0};
    if (resume) prompt_ = task.prompt;
    start_turn(std::move(task.prompt), resume);
}

void Assignment::start_turn(std::string prompt, bool resume) {
    stage_ = Stage::turn;
    ++turns_;
    resumed_ = resume;
    sink_.to = &runner_;
    heard_at_ = clock_.instant();
    AgentCommand command =
        runner_.begin(Turn{std::move(prompt), session_ ? session_->id : std::string(), resume,
                           settings_.workspace, environment_});
    if (!command.refused.empty()) {
        receipt_.error = std::move(command.refused);
        outcome_ = judge(Report(), receipt_, settings_.worker_type, false, timeout_);
        stage_ = Stage::over;
        return;
    }
    Launch launch{std::move(command.argv), environment_, settings_.workspace};
    launch.environment.insert(launch.environment.end(),
                              std::make_move_iterator(command.environment.begin()),
                              std::make_move_iterator(command.environment.end()));
    run_.start(launch, wall_, std::move(command.input), deadline_, command.converses);
    if (run_.over()) on_run_over();
}

void Assignment::stop() {
    stopped_ = true;
    if (stage_ == Stage::turn) look_for_answer(Moment::out_of_time);
    run_.stop();
}

void Assignment::watch(PollSet& poll) {
    run_.watch(poll);
    const contracts::Instant silent_at = heard_at_ + settings_.result_linger;
    if (stage_ == Stage::turn && silent_at > clock_.instant()) poll.wake_at(silent_at);
}

void Assignment::step(const PollSet& poll) {
    if (over()) return;
    // Before the run ends the agent at its deadline.
    if (stage_ == Stage::turn && clock_.instant() >= deadline_)
        look_for_answer(Moment::out_of_time);
    run_.step(poll);
    if (stage_ == Stage::turn) {
        run_.say(runner_.take_words());
        const contracts::Instant now = clock_.instant();
        if (std::exchange(sink_.heard, false)) heard_at_ = now;
        look_for_answer(now >= heard_at_ + settings_.result_linger ? Moment::silent
                                                                   : Moment::speaking);
    }
    if (run_.over()) on_run_over();
}

// An agent that has answered may forget to exit: then it is ended, and its answer counts.
void Assignment::look_for_answer(Moment moment) {
    if (runner_.has_answer(moment))
        run_.end_input((moment == Moment::speaking ? clock_.instant() : heard_at_) +
                       settings_.result_linger);
    else
        run_.go_on();
}

void Assignment::on_reaped(bool childless) {
    if (over()) return;
    run_.on_reaped(childless);
    if (run_.over()) on_run_over();
}

void Assignment::on_run_over() {
    switch (stage_) {
        case Stage::turn:
            return on_turn_over();
        case Stage::commit:
            return on_commit_known();
        case Stage::push:
            return on_pushed();
        case Stage::keep:
            return on_kept();
        case Stage::over:
            return;
    }
}

void Assignment::on_turn_over() {
    const std::chrono::microseconds cpu_before = receipt_.cpu;
    receipt_ = run_.receipt();
    receipt_.cpu += cpu_before;
    const Report report = runner_.report();
    outcome_ =
        judge(report, receipt_, settings_.worker_type, runner_.judged_by_exit_code(), timeout_);
    name_cause(outcome_, receipt_, report);
    count_usage(report);
    const bool ended_well = receipt_.ending == Ending::exited && receipt_.exit_code == 0;
    if (report.complete && report.error.empty() && !ended_well)
        log_.warning("accepted the agent's result although its program failed",
                     {{"how", receipt_.sentence()}, {"exit_code", receipt_.shell_code()}});
    if (another_turn()) return;
    if (has_work_to_push()) return start_git(Stage::commit, {"rev-parse", "HEAD"});
    stage_ = Stage::over;
}

bool Assignment::another_turn() {
    if (!session_ || stopped_ || turns_ > 1 || clock_.instant() >= deadline_) return false;
    if (outcome_.session_unknown && !prompt_.empty()) {
        forget_session(*session_);
        start_turn(std::move(prompt_), false);
        return true;
    }
    if (outcome_.unfinished) {
        start_turn(std::string(kFinish), true);
        return true;
    }
    if (outcome_.missing_block && settings_.result_reminder) {
        start_turn(std::string(kBlockMissing), true);
        return true;
    }
    return false;
}

void Assignment::forget_session(const Session& session) {
    log_.warning("the agent does not know its session; starting a new one",
                 {{"session_id", session.id}});
    session_was_unknown_ = true;
    session_ = Session{contracts::make_uuid4(), {}, 0, {}, session.begun_as};
}

// The agent counts over its whole session; we report what this task added.
void Assignment::count_usage(const Report& report) {
    if (session_ && report.session_replaced) forget_session(*session_);
    if (report.usage) {
        const bool of_session = session_ && report.usage_of_session;
        add_counts(usage_, of_session ? added_to(session_->usage, *report.usage) : *report.usage);
        if (of_session) session_->usage = *report.usage;
    }
    // No later turn can continue a session: the agent keeps none, or never started the one that it
    // was given.
    if (!runner_.has_sessions() || (report.session_id.empty() && !resumed_)) session_.reset();
    if (!session_) return;
    if (!report.session_id.empty()) session_->id = report.session_id;
    if (!report.session_cost_usd) return;
    const double added = std::max(0.0, *report.session_cost_usd - session_->cost_usd);
    session_->cost_usd = *report.session_cost_usd;
    if (!usage_.is_object()) usage_ = Json::object();
    usage_["cost_usd"] = usage_.value("cost_usd", 0.0) + added;
}

bool Assignment::has_work_to_push() const {
    if (settings_.task_branch.empty() || stopped_) return false;
    if (outcome_.status != ResultStatus::success && outcome_.status != ResultStatus::failed)
        return false;
    const AsAgent as_agent(wall_.user);
    struct stat found{};
    const std::string path = settings_.workspace + "/.git";
    return ::fstatat(AT_FDCWD, path.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0;
}

void Assignment::start_git(Stage stage, std::vector<std::string> arguments) {
    stage_ = stage;
    git_ = GitOutput();
    sink_.to = &git_;
    Launch launch{{"git"}, environment_, settings_.workspace};
    launch.argv.insert(launch.argv.end(), std::make_move_iterator(arguments.begin()),
                       std::make_move_iterator(arguments.end()));
    run_.start(launch, wall_, {}, clock_.instant() + kGitPatience);
    if (run_.over()) on_run_over();
}

bool Assignment::git_succeeded() const {
    return run_.receipt().ending == Ending::exited && run_.receipt().exit_code == 0;
}

// The workspace shows which commit the work ended with; the agent's own statement may be wrong.
void Assignment::on_commit_known() {
    if (!git_succeeded()) {
        log_.info("nothing to push: the workspace has no commit");
        stage_ = Stage::over;
        return;
    }
    const std::string commit = first_line(git_.output_.text());
    if (contracts::kCommit.shape.matches(commit)) outcome_.commit_sha = commit;
    kept_ref_ = "refs/keep/" + settings_.worker_id + '/' + commit.substr(0, 12);
    start_git(Stage::push,
              {"push", "--no-verify", "origin", "HEAD:refs/heads/" + settings_.task_branch});
}

// A failed push does not change the agent's verdict; the reader of the output checks the repository
// itself. Work that the branch refuses is pushed to a ref of its own, because this workspace is
// about to be removed.
void Assignment::on_pushed() {
    if (git_succeeded()) {
        stage_ = Stage::over;
        return;
    }
    outcome_.push_error = git_.errors_.tail(2048);
    const std::string cause = "the push of the work failed: " + outcome_.push_error;
    log_.error(cause, {{"branch", settings_.task_branch}});
    if (outcome_.error.empty()) outcome_.error = cause;
    start_git(Stage::keep, {"push", "--no-verify", "origin", "HEAD:" + kept_ref_});
}

void Assignment::on_kept() {
    stage_ = Stage::over;
    if (git_succeeded()) {
        outcome_.kept_ref = kept_ref_;
        return;
    }
    log_.error("could not keep the work under " + kept_ref_ + ": " + git_.errors_.tail(2048));
}

std::chrono::milliseconds Assignment::duration() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.instant() - started_);
}

}  // namespace wrapper
