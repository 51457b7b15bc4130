// OpenAI Codex: `codex exec --json`.
//
// It chooses the ids of its threads itself, silently starts a new thread for an invalid id, and
// counts usage over the whole thread.
#pragma once

#include "wrapper/agent/event_runner.h"

namespace wrapper {

class CodexRunner final : public EventRunner {
public:
    explicit CodexRunner(RunnerSettings settings);

    [[nodiscard]] AgentCommand begin(Turn turn) override;
    // Only a UUID.
    [[nodiscard]] bool takes_session(std::string_view id) const override;

private:
    void on_event(const contracts::Json& event, const std::string& type) override;
    void conclude() override;
    void take_item(const contracts::Json& item, bool completed);

    bool over_ = false;       // turn.completed or turn.failed was received
    std::string last_error_;  // codex may have continued after it
};

}  // namespace wrapper
