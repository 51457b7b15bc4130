// OpenAI Codex: `codex exec --json`.
//
// It chooses its threads' ids itself, silently begins a new thread for an invalid id, and
// counts usage over the whole thread.
#pragma once

#include "wrapper/agent/event_runner.h"

namespace wrapper {

class CodexRunner final : public EventRunner {
public:
    explicit CodexRunner(RunnerSettings settings);

    [[nodiscard]] AgentCommand begin(Turn turn) override;
    // UUIDs alone.
    [[nodiscard]] bool takes_session(std::string_view id) const override;

private:
    void on_event(const contracts::Json& event, const std::string& type) override;
    void conclude() override;
    void take_item(const contracts::Json& item, bool completed);

    bool over_ = false;       // a turn.completed or turn.failed came
    std::string last_error_;  // it may have gone on after it
};

}  // namespace wrapper
