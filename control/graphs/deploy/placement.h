// Which server and port a project's service has. A placement once made is kept until it is given
// back; the store holds that no port of a server is given twice.
#pragma once

#include "contracts/base/clock.h"
#include "control/graphs/deploy/settings.h"
#include "control/store/database.h"

#include <optional>
#include <string>

namespace control::graphs {

// This machine's row: made at the first start, and left alone afterwards.
inline constexpr std::string_view kLocalServer = "local";
[[nodiscard]] Result<void> ensure_local_server(Database& db, const DeployCallSettings& settings,
                                               contracts::Timestamp now);

struct Placement {
    std::string server_id;
    std::string server_ip;
    std::int64_t port = 0;
};

// Why no server takes it. The user's work does not fail for it.
struct NoRoom {
    std::string reason;     // a clause with what would change it
    bool is_final = false;  // no server could ever take it as they are now
};

// Exactly one of the two is there.
struct Placed {
    std::optional<Placement> placement{};
    std::optional<NoRoom> no_room{};
};

// The placement of the service, made where there is none: on this machine, or on the managed,
// active server with the most free memory. `avoid`: a port that cannot be used; a placement that
// has it gets another on the same server. Two that are made at once share neither port nor room.
// No port left on this machine: `transient`.
[[nodiscard]] Result<Placed> place(Database& db, const DeployCallSettings& settings,
                                   const std::string& project_id, const std::string& service,
                                   std::optional<std::int64_t> avoid, contracts::Timestamp now);
// The one that is there; empty: none is.
[[nodiscard]] Result<std::optional<Placement>> placement_of(Queries& db,
                                                            const std::string& project_id,
                                                            const std::string& service);
// Gives it back; none there is success.
[[nodiscard]] Result<void> give_back(Queries& db, const std::string& project_id,
                                     const std::string& service);

}  // namespace control::graphs
