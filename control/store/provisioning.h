// Requests to provision a server, as everybody can see them: one row per server, created on
// request, and the server's own status beside it. A request that a later one has replaced is
// superseded: its later writes are refused with `conflict`, field "request_id".
#pragma once

#include "contracts/entities/inventory.h"
#include "control/store/entity_table.h"

#include <optional>

namespace control {

inline constexpr std::int64_t kMostProvisioningAttempts = 3;

struct ProvisioningRequest {
    std::string server_id;
    std::string handle;  // the server's
    std::string request_id;
    bool force_reinstall = false;
    bool is_recovery = false;
    contracts::Timestamp requested_at{};
    std::int64_t attempts = 0;  // attempts that this request has begun
    bool sent = false;          // its message is on the queue
};

namespace provisioning {

using contracts::Server;
using contracts::Timestamp;

// An attempt that has not ended after this long no longer prevents another.
inline constexpr std::chrono::hours kLongestAttempt{4};

// Requests provisioning: the server becomes pending_setup, without attempts. `conflict` if it is
// not managed, or is being provisioned.
[[nodiscard]] Result<Stored<Server>> ask(Queries& db, ProvisioningRequest request, Timestamp now);
// Requests for servers that are pending_setup and whose message is not on the queue yet.
[[nodiscard]] Result<std::vector<ProvisioningRequest>> unsent(Queries& db);
[[nodiscard]] Result<void> mark_sent(Queries& db, const ProvisioningRequest& request);
// Empty: provisioning of this server was never requested.
[[nodiscard]] Result<std::optional<ProvisioningRequest>> find(Queries& db,
                                                              const std::string& server_id);

// Begins attempt `number` (from 1) of the request: the server becomes `provisioning`. Beginning it
// again changes nothing. `conflict` if the server has used up its attempts, is not managed, or is
// being provisioned for another request.
[[nodiscard]] Result<Stored<Server>> begin_attempt(Queries& db, ProvisioningRequest request,
                                                   std::int64_t number, Timestamp now);
// Fails with `conflict` unless the request is the server's current one and in progress.
[[nodiscard]] Result<void> check(Queries& db, const std::string& server_id,
                                 const std::string& request_id);
// Ends it: the server's status becomes `status`; `active` resets the attempts.
[[nodiscard]] Result<void> end(Queries& db, const std::string& server_id,
                               const std::string& request_id, contracts::ServerStatus status);
// Takes the server out of use: its status becomes reserved; its request and its host keys are
// erased. `conflict` while it is being provisioned, or something is placed on it.
[[nodiscard]] Result<Stored<Server>> release(Queries& db, const std::string& server_id);

}  // namespace provisioning
}  // namespace control
