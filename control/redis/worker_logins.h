// Connections to the bus that are already a worker's: opened and authenticated here, for the daemon
// to pass bytes through.
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

    // Makes the worker's ACL user anew, with a password that nobody keeps, and becomes it. The
    // socket is non-blocking and nothing is in flight on it. Fails as Connection::dial; `fatal`
    // when the server cannot hold a worker in: the default user has no password, or Redis is older
    // than 7.
    [[nodiscard]] contracts::Result<contracts::UniqueFd> dial_as_worker(const WorkerAccess& access);

    // Whether the server can hold workers in at all: fails as `dial_as_worker` would.
    [[nodiscard]] contracts::Result<void> check();

    // Takes the user away; Redis closes its connections.
    [[nodiscard]] contracts::Result<void> remove(std::string_view worker_id);

private:
    contracts::RedisAddress admin_;
    std::mutex
        one_at_a_time_;  // a second login of one worker would change the password under the first
};

}  // namespace control
