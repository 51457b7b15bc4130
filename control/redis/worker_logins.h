// Connections to the bus that act as a worker: opened and authenticated here, for the daemon to
// pass bytes through.
#pragma once

#include "contracts/base/unique_fd.h"
#include "contracts/streams/address.h"
#include "control/redis/worker_acl.h"

#include <mutex>

namespace control {

// Thread: from any thread; one login at a time.
class WorkerLogins {
public:
    // `admin`: a user that may manage ACLs.
    explicit WorkerLogins(contracts::RedisAddress admin) : admin_(std::move(admin)) {}

    // Creates the worker's ACL user again, with a new password that is not kept, and logs in as
    // that user. The socket is non-blocking and nothing is in flight on it. Fails as
    // Connection::dial; `fatal` if the server cannot confine a worker: the default user has no
    // password, or Redis is older than 7.
    [[nodiscard]] contracts::Result<contracts::UniqueFd> dial_as_worker(const WorkerAccess& access);

    // Checks whether the server can confine workers: fails as `dial_as_worker` would.
    [[nodiscard]] contracts::Result<void> check();

    // Removes the user; Redis closes its connections.
    [[nodiscard]] contracts::Result<void> remove(std::string_view worker_id);

private:
    contracts::RedisAddress admin_;
    std::mutex
        one_at_a_time_;  // a second login of the same worker would change the first one's password
};

}  // namespace control
