// What lies in the directory of our redis-server (0700): its configuration and password (0600), its
// socket, log, lock and append-only files.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "contracts/streams/address.h"

#include <chrono>
#include <string>

namespace control {

struct ServerFiles {
    std::string directory;

    [[nodiscard]] std::string socket() const { return directory + "/redis.sock"; }
    [[nodiscard]] std::string configuration() const { return directory + "/redis.conf"; }
    [[nodiscard]] std::string password() const { return directory + "/password"; }
    [[nodiscard]] std::string log() const { return directory + "/redis.log"; }
    [[nodiscard]] std::string lock() const { return directory + "/lock"; }
    [[nodiscard]] std::string append_only() const { return directory + "/appendonlydir"; }
};

// Makes the directory where it is missing, closes it to others, makes the password once, and writes
// the configuration. The address is that of the server's full user. Fails with `fatal` where the
// path is too long for a socket.
[[nodiscard]] contracts::Result<contracts::RedisAddress> prepare(const ServerFiles& files);

// The lock that each server of this directory holds from its start to its end: the descriptor is
// handed down to it. Fails with `transient` when another still holds it after `patience`.
[[nodiscard]] contracts::Result<contracts::UniqueFd> take_lock(const ServerFiles& files,
                                                               std::chrono::milliseconds patience);

// The log, opened for appending, emptied when it has grown beyond kMaxServerLog.
inline constexpr long kMaxServerLog = 1 << 20;
[[nodiscard]] contracts::Result<contracts::UniqueFd> open_log(const ServerFiles& files);
[[nodiscard]] std::string log_tail(const ServerFiles& files);

}  // namespace control
