// What an admin may choose about deployments.
#pragma once

#include "control/graphs/kit/patience_settings.h"

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

namespace control::graphs {

struct DeploySettings : PatienceSettings {
    std::chrono::seconds call{60};             // for the result of a short call
    std::chrono::seconds deploy_call{1800};    // build, start and first answer
    std::chrono::seconds secret_wait{86'400};  // for a value that the user must give
    std::chrono::seconds secret_reminder{3'600};
    std::chrono::seconds secret_look{2};  // between two looks; doubles up to the next
    std::chrono::seconds secret_longest_look{30};
};

// For the calls.
struct DeployCallSettings {
    std::int64_t first_port = 8100;  // of placements on this machine; the last is one of them
    std::int64_t last_port = 8999;
    std::string address = "127.0.0.1";          // where a port has to be free
    std::string public_host = "127.0.0.1";      // in URLs
    std::set<std::string> outbound_projects{};  // ids or names of those that may reach the outside
    std::int64_t memory_mb = 512;               // of each deployment
    double cpus = 0.5;
    std::chrono::seconds start_timeout{60};  // from the start until the project answers
};

}  // namespace control::graphs
