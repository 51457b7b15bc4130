// What one worker may do on the bus: use its own streams and keys, and only add to shared streams.
//
// The rules need Redis 7 (selectors and read/write key permissions). The server's `default` user
// must have a password: any connection may use RESET and AUTH, and a worker could otherwise become
// the default user.
#pragma once

#include "contracts/base/result.h"
#include "contracts/messages/worker.h"

#include <string>
#include <vector>

namespace control {

struct WorkerAccess {
    std::string worker_id;
    contracts::WorkerType type = contracts::WorkerType::developer;
    std::string task_id{};  // empty: none; a developer then also takes work from the shared stream
    std::vector<std::string> allowed_commands{};  // patterns and profiles
};

// "worker-<id>"
[[nodiscard]] std::string worker_user(std::string_view worker_id);

// The rules for ACL SETUSER, beginning with "reset", without a password. Fails with `invalid` for
// an identifier that a rule cannot contain: only letters, digits and _ - . : are accepted.
[[nodiscard]] contracts::Result<std::vector<std::string>> worker_acl(const WorkerAccess& access);

}  // namespace control
