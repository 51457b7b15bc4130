// The server and port of a project's service. A placement is kept until it is given back; the store
// ensures that no port of a server is assigned twice.
#pragma once

#include "contracts/base/clock.h"
#include "control/graphs/deploy/settings.h"
#include "control/store/database.h"

#include <optional>
#include <string>

namespace control::graphs {

// This machine's row: created at the first start and not changed afterwards.
inline constexpr std::string_view kLocalServer = "local";
[[nodiscard]] Result<void> ensure_local_server(Database& db, const DeployCallSettings& settings,
                                               contracts::Timestamp now);

struct Placement {
    std::string server_id;
    std::string server_ip;
    std::int64_t port = 0;
};

// Why no server can take a deployment. It waits then; it does not fail.
struct NoRoom {
    std::string reason;     // a clause that says what would change it
    bool is_final = false;  // no server could ever take it with its present size
};

// Exactly one of the two is set.
struct Placed {
    std::optional<Placement> placement{};
    std::optional<NoRoom> no_room{};
};

// The placement of the service. If there is none it is made: on this machine, or on the managed,
// active server with the most free memory. `avoid`: a port that cannot be used; a placement with
// this port gets another on the same server. Two concurrent calls never share a port or room. No
// free port on this machine: `transient`.
[[nodiscard]] Result<Placed> place(Database& db, const DeployCallSettings& settings,
                                   const std::string& project_id, const std::string& service,
                                   std::optional<std::int64_t> avoid, contracts::Timestamp now);
// The existing placement; empty: there is none.
[[nodiscard]] Result<std::optional<Placement>> placement_of(Queries& db,
                                                            const std::string& project_id,
                                                            const std::string& service);
// Gives the placement back; succeeds if there is none.
[[nodiscard]] Result<void> give_back(Queries& db, const std::string& project_id,
                                     const std::string& service);

}  // namespace control::graphs
