// The work on one task, from its prompt to its outcome: the agent's turn, at most one more in the
// same session (to finish what it left in progress) or in a new one (when it no longer knows its
// session), then the push of what it committed. All of this happens behind the wall and before one
// deadline. Thread: the loop's.
#pragma once

#include "contracts/base/bounded_text.h"
#include "wrapper/agent/outcome.h"
#include "wrapper/delivery/session.h"
#include "wrapper/process/run.h"
#include "wrapper/settings.h"
#include "wrapper/task.h"

namespace wrapper {

class Assignment {
public:
    // Borrows all of them.
    Assignment(const Settings& settings, const contracts::Clock& clock, const Tree& tree,
               const Confinement& wall, Runner& runner, contracts::Log log);

    // Does the first part of `begin` early, for callers with time to spare.
    void prepare() { run_.prepare(wall_); }
    // Closes what the previous agent left open, at a moment when no request is waiting.
    void tidy() { run_.tidy(); }
    // `session`: the conversation to continue; empty: a new one. `environment`: what every agent
    // gets. `log`: the task's.
    void begin(Task& task, std::optional<Session> session, std::vector<std::string> environment,
               contracts::Log log);
    // Ends the agent; the outcome is then that it was stopped, unless it has answered.
    void stop();

    void watch(PollSet& poll);
    void step(const PollSet& poll);
    void on_death(const Death& death) { run_.on_death(death); }
    void on_reaped(bool childless);

    [[nodiscard]] bool over() const { return stage_ == Stage::over; }
    [[nodiscard]] bool burying() const { return run_.burying(); }
    // Only when `over`.
    [[nodiscard]] Outcome& outcome() { return outcome_; }
    [[nodiscard]] const Receipt& receipt() const { return receipt_; }
    [[nodiscard]] const contracts::Json& usage() const { return usage_; }  // null: none reported
    // The conversation after this task; empty for agents that have none.
    [[nodiscard]] const std::optional<Session>& session() const { return session_; }
    [[nodiscard]] bool session_was_unknown() const { return session_was_unknown_; }
    [[nodiscard]] std::chrono::milliseconds duration() const;

private:
    enum class Stage { turn, commit, push, keep, over };

    // What git prints.
    class GitOutput final : public OutputSink {
    public:
        void output(std::string_view bytes) override { output_.append(bytes); }
        void errors(std::string_view bytes) override { errors_.append(bytes); }
        contracts::BoundedText output_{4096};
        contracts::BoundedText errors_{4096};
    };
    // Passes output on to the sink of whatever runs now.
    class Switch final : public OutputSink {
    public:
        void output(std::string_view bytes) override {
            heard = true;
            to->output(bytes);
        }
        void errors(std::string_view bytes) override { to->errors(bytes); }
        OutputSink* to = nullptr;
        bool heard = false;  // output arrived since this was last set to false
    };

    void start_turn(std::string prompt, bool resume);
    void look_for_answer(Moment moment);
    void start_git(Stage stage, std::vector<std::string> arguments);
    void on_run_over();
    void on_turn_over();
    [[nodiscard]] bool another_turn();
    void count_usage(const Report& report);
    void forget_session(const Session& session);
    [[nodiscard]] bool has_work_to_push() const;
    void on_commit_known();
    void on_pushed();
    void on_kept();
    [[nodiscard]] bool git_succeeded() const;

    const Settings& settings_;
    const contracts::Clock& clock_;
    const Confinement& wall_;
    Runner& runner_;
    contracts::Log log_;
    Switch sink_;
    Run run_;
    Stage stage_ = Stage::over;
    GitOutput git_;
    std::string kept_ref_;  // where a refused push goes instead
    std::vector<std::string> environment_;
    std::string prompt_;  // kept while a new session may need it
    std::chrono::seconds timeout_{};
    contracts::Instant started_{};
    contracts::Instant deadline_{};
    contracts::Instant heard_at_{};  // when the agent last printed something
    int turns_ = 0;
    bool resumed_ = false;  // the turn continues a session
    bool stopped_ = false;
    bool session_was_unknown_ = false;
    std::optional<Session> session_;
    Outcome outcome_;
    Receipt receipt_;
    contracts::Json usage_;
};

}  // namespace wrapper
