#include "control/demo/surroundings.h"

#include "contracts/base/json.h"
#include "control/demo/scripts.h"

namespace control::demo {

using contracts::Json;

namespace {

constexpr std::uint32_t kWorkers = 4;

// The value of DEVELOPER_ENV or PO_ENV for an agent that is this script.
std::string scripted(std::string_view script) {
    const Json argv = Json::array({"/bin/sh", "-c", std::string(script)});
    return contracts::dump_json(Json{{"AGENT_COMMAND", contracts::dump_json(argv)}});
}

}  // namespace

std::map<std::string, std::string> surroundings(const Place& place, const std::string& copier) {
    std::map<std::string, std::string> variables{
        {"DATA_DIR", place.data()},
        {"LISTEN", "127.0.0.1:0"},
        {"RUNTIME", "process"},
        {"ROLES", "api,workers,graphs,chat,deployer"},
        {"MAX_CONCURRENT_WORKERS", std::to_string(kWorkers)},
        {"WORKER_FIRST_UID", std::to_string(unused_users(kWorkers))},
        {"DEVELOPER_AGENT", "custom"},
        {"DEVELOPER_ENV", scripted(developer_script())},
        {"PO_AGENT", "custom"},
        {"PO_ENV", scripted(product_owner_script())},
        // No other installation on this machine uses these ports, which also determine the users.
        {"DEPLOY_PORTS", "18100-18999"},
        {"SCAFFOLD", copier.empty() ? "false" : "true"},
        {"LOG_FORMAT", "console"},
    };
    if (copier.empty()) return variables;
    variables["COPIER"] = copier;
    variables["ROLES"] += ",scaffolder";
    return variables;
}

}  // namespace control::demo
