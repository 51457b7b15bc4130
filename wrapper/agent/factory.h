// Factory's droid: `droid exec` in its stream-json form.
//
// With a model relay it runs without an account: a settings file names the relay as its one model,
// and it keeps off the network. Its sessions are then files of its own, and one goes on as a fork
// with a new id. Signals make it exit with 0, so only a completion line is an answer.
#pragma once

#include "wrapper/agent/event_runner.h"

namespace wrapper {

class FactoryRunner final : public EventRunner {
public:
    explicit FactoryRunner(RunnerSettings settings);

    [[nodiscard]] AgentCommand begin(Turn turn) override;

private:
    void on_event(const contracts::Json& event, const std::string& type) override;
    void conclude() override;
    // Fails when the agent's user cannot write it.
    [[nodiscard]] contracts::Result<std::string> write_settings(const std::string& model,
                                                                const std::string& base_url) const;
};

}  // namespace wrapper
