// A worker with a real agent and a scripted model behind its relay.
#pragma once

#include "tests/service/wrapper/worker_house.h"
#include "tests/support/model_server.h"

namespace tests {

class AgentHouse : public WorkerHouse {
public:
    // `agent`: a value of AGENT_TYPE. ci/agent-binary has installed its program.
    AgentHouse(const std::string& worker_type, const std::string& agent);
    AgentHouse(const std::string& worker_type, const std::string& agent, const ModelServer& model);

    // Puts another program on the PATH in place of the agent's.
    AgentHouse& with_program_of(const std::string& agent);
    // Sets the model's address to one where nothing listens.
    AgentHouse& with_nobody_at_the_model();
    // Makes a clone whose origin is in the agent's home; the work's branch is task/t-1.
    AgentHouse& with_repository();
    [[nodiscard]] std::string pushed() const;
    // The session that a po worker continues.
    [[nodiscard]] std::string session() const;
    void set_session(const std::string& id);

    // Gives the worker a task and waits for the worker's end.
    contracts::Json answer(const std::string& prompt, int timeout_seconds = 60);
};

// Whether agents cannot run here: they need root, and a program from ci/agent-binary.
[[nodiscard]] bool lacks_agent(const std::string& agent);

}  // namespace tests
