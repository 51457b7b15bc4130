// The servers in their provider's list: each becomes a row, and the row of one that disappears is
// marked. Only ids on the list of managed servers are managed. A new managed server is provisioned,
// all others are `reserved`: listed, and never touched; adding a known server to the list schedules
// nothing. A provider that fails is one incident and changes no server.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/provider/provider.h"
#include "control/scheduler/periodic.h"
#include "control/store/database.h"

#include <functional>
#include <set>
#include <stop_token>

namespace control {

// Consecutive lists without a server, after which it is `missing`.
inline constexpr std::int64_t kListsUntilMissing = 3;

struct ServerSyncSettings {
    std::set<std::string> managed{};  // the provider's ids; none: nothing is managed
    std::chrono::milliseconds details_every{300'000};
};

struct ServerSync {
    std::int64_t listed = 0;
    std::int64_t added = 0;
    std::int64_t went_missing = 0;
    std::int64_t came_back = 0;
};

// One round. `check_lead` is called in each transaction that writes, and its failure is the
// round's.
[[nodiscard]] Result<ServerSync> sync_servers(
    Database& db, Provider& provider, const ServerSyncSettings& settings,
    const contracts::Clock& clock, const std::function<Result<void>(Queries&)>& check_lead,
    const std::stop_token& stop);

// The periodic task "server_sync". Borrows database and clock.
[[nodiscard]] PeriodicTask server_sync_task(Database& db, std::shared_ptr<Provider> provider,
                                            ServerSyncSettings settings,
                                            const contracts::Clock& clock, contracts::Log log,
                                            std::chrono::milliseconds interval);

}  // namespace control
