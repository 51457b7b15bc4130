// What an admin may choose about the engineering graph.
#pragma once

#include "contracts/messages/developer.h"
#include "contracts/messages/worker.h"

#include <chrono>

namespace control::graphs {

struct EngineeringSettings {
    contracts::AgentType agent_type = contracts::AgentType::claude;
    contracts::AuthMode auth_mode = contracts::AuthMode::api_key;
    std::vector<contracts::Capability> capabilities{contracts::Capability::git,
                                                    contracts::Capability::curl};
    std::map<std::string, std::string> developer_env;  // passed on to the developer's agent
    std::string test_command = "make test";            // where .project.yml names none
    std::chrono::seconds turn{contracts::kDefaultTurnSeconds};
    std::chrono::seconds test_turn{contracts::kDefaultTurnSeconds};
    std::int64_t rounds = 3;          // of developer and tester, before a person is asked
    std::int64_t tries = 3;           // of one worker's turn that crashes or breaks
    std::int64_t upstream_tries = 5;  // of one that the model's far side turns away
    std::int64_t platform_tries = 8;  // of what the platform owes: a worker, the forge
    std::chrono::milliseconds crash_wait{1'000};  // first wait before another try; doubles
    std::chrono::milliseconds upstream_wait{5'000};
    std::chrono::milliseconds platform_wait{5'000};
    std::chrono::milliseconds longest_wait{300'000};
    std::chrono::seconds creation{1'200};  // for the answer to a create, an image's build included
    std::chrono::seconds call{600};        // for the result of a call
    std::chrono::seconds overdue{300};     // beyond a turn's own deadline, for its output
    std::int64_t memory_mb = 512;          // of a worker; twice as much, once, after it ran out
};

}  // namespace control::graphs
