// The engineering graph's settings that an administrator may choose.
#pragma once

#include "contracts/messages/developer.h"
#include "contracts/messages/worker.h"
#include "control/graphs/kit/patience_settings.h"

#include <chrono>

namespace control::graphs {

struct EngineeringSettings : PatienceSettings {
    contracts::AgentType agent_type = contracts::AgentType::claude;
    contracts::AuthMode auth_mode = contracts::AuthMode::api_key;
    std::vector<contracts::Capability> capabilities{contracts::Capability::git,
                                                    contracts::Capability::curl};
    std::vector<std::string> packages{};               // in every developer's and tester's image
    std::vector<std::string> toolchains{};             // that images can have; empty: not known
    std::map<std::string, std::string> developer_env;  // passed on to the developer's agent
    std::optional<contracts::ResourceLimits> developer_limits{};
    std::optional<contracts::ResourceLimits> tester_limits{};
    std::string test_command = "make test";  // if .project.yml names none
    std::chrono::seconds turn{contracts::kDefaultTurnSeconds};
    std::chrono::seconds test_turn{contracts::kDefaultTurnSeconds};
    bool scaffold = false;    // whether a draft project is first created from the template
    std::int64_t rounds = 3;  // of developer and tester; then a person is asked
    std::chrono::seconds creation{1'200};  // for the answer to a create, including an image's build
    std::chrono::seconds call{600};        // for the result of a call
    std::chrono::seconds overdue{300};     // beyond a turn's own deadline, for its output
    std::int64_t memory_mb = 512;  // of a worker (WORKER_MEMORY_MB); doubled once, if it ran out
};

}  // namespace control::graphs
