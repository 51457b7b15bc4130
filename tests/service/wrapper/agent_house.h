// A worker with a real agent and a scripted model behind its relay.
#pragma once

#include "tests/service/wrapper/worker_house.h"
#include "tests/support/model_server.h"

namespace tests {

class AgentHouse : public WorkerHouse {
public:
    // `agent`: as AGENT_TYPE names it. Its program comes from where ci/agent-binary put it.
    AgentHouse(const std::string& worker_type, const std::string& agent);
    AgentHouse(const std::string& worker_type, const std::string& agent, const ModelServer& model);

    // Another agent's program on the PATH, in place of the one of this type.
    AgentHouse& with_program_of(const std::string& agent);
    // The model is at an address that nobody listens on.
    AgentHouse& with_nobody_at_the_model();
    // A clone whose origin lies in the agent's home; the work's branch is task/t-1.
    AgentHouse& with_repository();
    [[nodiscard]] std::string pushed() const;
    // The session that a po worker goes on with.
    [[nodiscard]] std::string session() const;
    void set_session(const std::string& id);

    // Gives it a task and waits for its end.
    contracts::Json answer(const std::string& prompt, int timeout_seconds = 60);
};

// Whether agents cannot be run here: they need root, and a program from ci/agent-binary.
[[nodiscard]] bool lacks_agent(const std::string& agent);

}  // namespace tests
