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

// The placement of the service, made where there is none. `avoid`: a port that cannot be used; a
// placement that has it moves. No port left: `transient`.
[[nodiscard]] Result<Placement> place(Database& db, const DeployCallSettings& settings,
                                      const std::string& project_id, const std::string& service,
                                      std::optional<std::int64_t> avoid, contracts::Timestamp now);
// Gives it back; none there is success.
[[nodiscard]] Result<void> give_back(Queries& db, const std::string& project_id,
                                     const std::string& service);

}  // namespace control::graphs
