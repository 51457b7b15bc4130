// Factory's droid: `droid exec` in its stream-json form.
//
// With a model relay it runs without an account: a settings file names the relay as its only model,
// and its air-gap mode is on. Its sessions are then local files, and a session is continued as a
// fork with a new id. Signals make it exit with 0, so only a completion line is an answer.
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
    // Fails when the agent's user cannot write the file.
    [[nodiscard]] contracts::Result<std::string> write_settings(const std::string& model,
                                                                const std::string& base_url) const;
};

}  // namespace wrapper
