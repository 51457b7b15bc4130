#include "cli/commands/infra_findings.h"

#include "cli/commands/every_row.h"

#include <map>

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::Server;
using contracts::ServerStatus;
using contracts::Timestamp;

// A provisioning takes at most this long, and waits at most this long before it begins.
constexpr std::chrono::minutes kSetUpWithin{60};
// Servers are checked every two minutes.
constexpr std::chrono::minutes kLookedAtWithin{30};

Json finding_of(const std::string& server, std::string problem, std::string next_step) {
    return {
        {"server", server}, {"problem", std::move(problem)}, {"next_step", std::move(next_step)}};
}

}  // namespace

std::optional<ServerFinding> odd_server(const Server& server, Timestamp now) {
    const std::string provision = "orchestrator infra provision " + server.id;
    switch (server.status) {
        case ServerStatus::error:
            return ServerFinding{"could not be set up",
                                 "see orchestrator infra incidents, then " + provision};
        case ServerStatus::unreachable:
            return ServerFinding{"cannot be reached",
                                 "see orchestrator infra incidents; to set "
                                 "it up anew: " +
                                     provision};
        case ServerStatus::missing:
            return ServerFinding{"is not in its provider's list any more",
                                 "see whether it still exists there"};
        case ServerStatus::fresh:
            if (!server.is_managed) return std::nullopt;
            return ServerFinding{"is managed and was never set up", provision};
        case ServerStatus::pending_setup:
        case ServerStatus::provisioning:
            if (!server.provisioning_started_at ||
                now - *server.provisioning_started_at < kSetUpWithin)
                return std::nullopt;
            return ServerFinding{"has been in setup for more than an hour",
                                 "see that a daemon with the role infra runs: orchestrator "
                                 "diagnose work"};
        case ServerStatus::active:
            if (!server.is_managed ||
                (server.last_health_check && now - *server.last_health_check < kLookedAtWithin))
                return std::nullopt;
            return ServerFinding{"was not looked at within half an hour",
                                 "see how server_health goes: orchestrator schedule list"};
        default:
            return std::nullopt;
    }
}

Result<Json> find_odd_servers(Session& session) {
    Json findings = Json::array();
    std::map<std::string, std::string> handles;
    Result<void> looked =
        for_every_row<Server>(session, "/api/servers?", [&](const Server& server) -> Result<void> {
            handles[server.id] = server.handle;
            if (auto odd = odd_server(server, session.clock.now()))
                findings.push_back(
                    finding_of(server.handle, std::move(odd->problem), std::move(odd->next_step)));
            return {};
        });
    if (!looked) return looked.fault();
    looked = for_every_row<contracts::Incident>(
        session, "/api/incidents?status=open&",
        [&](const contracts::Incident& incident) -> Result<void> {
            const std::string handle = incident.server_id ? handles[*incident.server_id] : "";
            findings.push_back(
                finding_of(handle, incident.title, incident.description.value_or("")));
            return {};
        });
    if (!looked) return looked.fault();
    return findings;
}

}  // namespace cli::commands
