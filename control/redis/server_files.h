// The files in the directory of our redis-server (0700): its configuration and password (0600), its
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

// Creates the directory if it is missing, restricts it to its owner, creates the password once, and
// writes the configuration. The returned address is that of the server's user with all permissions.
// Fails with `fatal` if the path is too long for a socket.
[[nodiscard]] contracts::Result<contracts::RedisAddress> prepare(const ServerFiles& files);

// The lock that each server of this directory holds while it runs: the child inherits the
// descriptor. Fails with `transient` if another server still holds it after `patience`.
[[nodiscard]] contracts::Result<contracts::UniqueFd> take_lock(const ServerFiles& files,
                                                               std::chrono::milliseconds patience);

// Opens the log for appending and empties it if it is larger than kMaxServerLog.
inline constexpr long kMaxServerLog = 1 << 20;
[[nodiscard]] contracts::Result<contracts::UniqueFd> open_log(const ServerFiles& files);
[[nodiscard]] std::string log_tail(const ServerFiles& files);

}  // namespace control
