// The deployment settings that an administrator may choose.
#pragma once

#include "contracts/messages/developer.h"
#include "contracts/messages/worker.h"
#include "control/graphs/kit/patience_settings.h"

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace control::graphs {

// For the agent that tries the live project before a deployment's task ends.
struct QaSettings {
    bool is_on = false;
    contracts::AgentType agent_type = contracts::AgentType::claude;
    contracts::AuthMode auth_mode = contracts::AuthMode::api_key;
    std::vector<contracts::Capability> capabilities{contracts::Capability::curl};
    std::map<std::string, std::string> env{};
    std::chrono::seconds turn{contracts::kDefaultTurnSeconds};
    std::chrono::seconds creation{1'200};  // for the answer to a create, including an image's build
    std::chrono::seconds overdue{300};     // beyond the turn's own deadline, for its output
    std::int64_t memory_mb = 512;          // for its worker; doubled once, if it ran out
    std::int64_t most_repairs = 2;         // by engineering; then a person is asked
};

struct DeploySettings : PatienceSettings {
    std::chrono::seconds call{60};             // for the result of a short call
    std::chrono::seconds deploy_call{1800};    // build, start and first answer
    std::chrono::seconds secret_wait{86'400};  // for a value that the user must give
    std::chrono::seconds secret_reminder{3'600};
    std::chrono::seconds secret_look{2};  // the first pause; doubles up to the next value
    std::chrono::seconds secret_longest_look{30};
    std::chrono::seconds room_wait{86'400};  // for room on a server
    std::chrono::seconds room_look{30};      // the first pause; doubles up to the next value
    std::chrono::seconds room_longest_look{300};
    // For deployments by the project's own workflow.
    std::chrono::seconds build_wait{1800};  // for the build of the commit
    std::chrono::seconds run_limit{1800};   // after this the run is cancelled
    std::chrono::seconds run_look{15};      // the first pause; doubles up to the next value
    std::chrono::seconds run_longest_look{60};
    std::chrono::seconds run_absent{60};    // until a run that has not appeared is started again
    std::chrono::seconds answer_wait{120};  // until its URL answers
    std::chrono::seconds fix_wait{86'400};  // for engineering's repair
    std::int64_t most_fixes = 3;            // for one failure; twice as many in all
    QaSettings qa{};
    // For a project's removal.
    std::chrono::seconds withdraw_wait{3'600};  // for cancelled work to end
    std::chrono::seconds withdraw_look{1};      // the first pause; doubles up to the next value
    std::chrono::seconds withdraw_longest_look{15};
};

// Where new placements are made; existing ones stay where they are.
enum class DeployBody {
    local,   // this machine
    ssh,     // managed servers
    github,  // managed servers, by the project's own workflow if it has one
};
inline constexpr std::string_view kDeployBodyNames[] = {"local", "ssh", "github"};

// Settings of the calls.
struct DeployCallSettings {
    DeployBody body = DeployBody::local;
    std::int64_t first_port = 8100;  // the range of placements includes both ends
    std::int64_t last_port = 8999;
    std::set<std::int64_t> reserved_ports{};    // on servers: never assigned
    std::int64_t reserve_memory_mb = 256;       // on each server, for other programs
    std::int64_t needed_disk_mb = 1024;         // must be free on a server before it gets another
    std::string address = "127.0.0.1";          // where a port has to be free
    std::string public_host = "127.0.0.1";      // in URLs
    std::set<std::string> outbound_projects{};  // projects (ids, names) with access to the outside
    std::int64_t memory_mb = 512;               // of each deployment
    double cpus = 0.5;
    std::string deploy_workflow = "deploy.yml";  // a file in .github/workflows
    std::string build_workflow = "ci.yml";
    // The registry for projects' images; empty: none is used.
    std::string registry_url{};
    std::string registry_user{};
    std::string registry_password{};
    std::chrono::seconds start_timeout{60};  // from the start until the project answers
};

}  // namespace control::graphs
