// Requests to provision a server, as everybody can see them: one row a server, made when somebody
// asks, and the server's own status beside it. A request that a later one has replaced is
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
    std::int64_t attempts = 0;  // that this request has begun
    bool sent = false;          // its message is on the queue
};

namespace provisioning {

using contracts::Server;
using contracts::Timestamp;

// After this long an attempt that never ended does not keep others from beginning.
inline constexpr std::chrono::hours kLongestAttempt{4};

// Somebody asks: the server becomes pending_setup with no attempts behind it. `conflict` when it is
// not managed, or is being provisioned.
[[nodiscard]] Result<Stored<Server>> ask(Queries& db, ProvisioningRequest request, Timestamp now);
// Requests of servers that are pending_setup and whose message is not on the queue.
[[nodiscard]] Result<std::vector<ProvisioningRequest>> unsent(Queries& db);
[[nodiscard]] Result<void> mark_sent(Queries& db, const ProvisioningRequest& request);
// Nothing: nobody ever asked for this server.
[[nodiscard]] Result<std::optional<ProvisioningRequest>> find(Queries& db,
                                                              const std::string& server_id);

// Begins attempt `number` (from 1) of the request: the server becomes `provisioning`. Begun again:
// nothing changes. `conflict` when the server has had its attempts, is not managed, or is being
// provisioned for another request.
[[nodiscard]] Result<Stored<Server>> begin_attempt(Queries& db, ProvisioningRequest request,
                                                   std::int64_t number, Timestamp now);
// Fails with `conflict` unless the request is the server's and under way.
[[nodiscard]] Result<void> check(Queries& db, const std::string& server_id,
                                 const std::string& request_id);
// Ends it: the status becomes `status`; with `active` the attempts count anew.
[[nodiscard]] Result<void> end(Queries& db, const std::string& server_id,
                               const std::string& request_id, contracts::ServerStatus status);
// Takes the server out of use: reserved; its request and its host keys are forgotten. `conflict`
// while it is being provisioned, or something is placed on it.
[[nodiscard]] Result<Stored<Server>> release(Queries& db, const std::string& server_id);

}  // namespace provisioning
}  // namespace control
