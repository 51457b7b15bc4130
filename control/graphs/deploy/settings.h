// What an admin may choose about deployments.
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

// Of the agent that tries what is live before a deployment's task ends.
struct QaSettings {
    bool is_on = false;
    contracts::AgentType agent_type = contracts::AgentType::claude;
    contracts::AuthMode auth_mode = contracts::AuthMode::api_key;
    std::vector<contracts::Capability> capabilities{contracts::Capability::curl};
    std::map<std::string, std::string> env{};
    std::chrono::seconds turn{contracts::kDefaultTurnSeconds};
    std::chrono::seconds creation{1'200};  // for the answer to a create, an image's build included
    std::chrono::seconds overdue{300};     // beyond the turn's own deadline, for its output
    std::int64_t memory_mb = 512;          // of its worker; doubled once, after it ran out
    std::int64_t most_repairs = 2;         // of what it finds; then a person is asked
};

struct DeploySettings : PatienceSettings {
    std::chrono::seconds call{60};             // for the result of a short call
    std::chrono::seconds deploy_call{1800};    // build, start and first answer
    std::chrono::seconds secret_wait{86'400};  // for a value that the user must give
    std::chrono::seconds secret_reminder{3'600};
    std::chrono::seconds secret_look{2};  // between two looks; doubles up to the next
    std::chrono::seconds secret_longest_look{30};
    std::chrono::seconds room_wait{86'400};  // for room on a server
    std::chrono::seconds room_look{30};      // between two looks; doubles up to the next
    std::chrono::seconds room_longest_look{300};
    // Of deployments by a workflow of the project's own.
    std::chrono::seconds build_wait{1800};  // for the build of the commit
    std::chrono::seconds run_limit{1800};   // then the run is cancelled
    std::chrono::seconds run_look{15};      // between two looks; doubles up to the next
    std::chrono::seconds run_longest_look{60};
    std::chrono::seconds run_absent{60};    // until a run that nobody sees is started again
    std::chrono::seconds answer_wait{120};  // until its URL answers
    std::chrono::seconds fix_wait{86'400};  // for engineering's repair
    std::int64_t most_fixes = 3;            // of one failure; twice as many of all
    QaSettings qa{};
    // Of a project's removal.
    std::chrono::seconds withdraw_wait{3'600};  // for the end of work that was cancelled
    std::chrono::seconds withdraw_look{1};      // between two looks; doubles up to the next
    std::chrono::seconds withdraw_longest_look{15};
};

// Where new placements are made; one that is there stays where it is.
enum class DeployBody {
    local,   // this machine
    ssh,     // managed servers
    github,  // managed servers, by a workflow of the project's own where it has one
};
inline constexpr std::string_view kDeployBodyNames[] = {"local", "ssh", "github"};

// For the calls.
struct DeployCallSettings {
    DeployBody body = DeployBody::local;
    std::int64_t first_port = 8100;  // of placements; the last is one of them
    std::int64_t last_port = 8999;
    std::set<std::int64_t> reserved_ports{};    // of servers: nobody gets them
    std::int64_t reserve_memory_mb = 256;       // of each server, for what is not a deployment
    std::int64_t needed_disk_mb = 1024;         // free on a server before it gets another
    std::string address = "127.0.0.1";          // where a port has to be free
    std::string public_host = "127.0.0.1";      // in URLs
    std::set<std::string> outbound_projects{};  // ids or names of those that may reach the outside
    std::int64_t memory_mb = 512;               // of each deployment
    double cpus = 0.5;
    std::string deploy_workflow = "deploy.yml";  // of .github/workflows
    std::string build_workflow = "ci.yml";
    // Where a project's images are pushed to and pulled from; empty: it needs none.
    std::string registry_url{};
    std::string registry_user{};
    std::string registry_password{};
    std::chrono::seconds start_timeout{60};  // from the start until the project answers
};

}  // namespace control::graphs
