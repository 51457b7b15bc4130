// Claude Code in its stream-json form.
//
// Background work makes it print several results: the last one counts.
#pragma once

#include "wrapper/agent/event_runner.h"

namespace wrapper {

class ClaudeRunner final : public EventRunner {
public:
    explicit ClaudeRunner(RunnerSettings settings);

    [[nodiscard]] AgentCommand begin(Turn turn) override;
    [[nodiscard]] bool has_answer(Moment moment = Moment::speaking) override;

private:
    void on_event(const contracts::Json& event, const std::string& type) override;
    void conclude() override;
    void take_result(const contracts::Json& result);
    void take_step(const contracts::Json& message);
    void take_retry(const contracts::Json& event);
    void take_task(const std::string& id, std::string_view subtype);

    std::string message_id_;           // the message that the last step belongs to
    std::int64_t message_tokens_ = 0;  // that message's part of tokens_
    std::string trouble_;              // why the model's API fails, while the agent retries
    std::vector<std::string> tasks_;   // tasks that run in the background
    bool has_verdict_ = false;         // the last result has a verdict, or reports a failure
};

}  // namespace wrapper
