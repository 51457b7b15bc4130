// What one worker may do on the bus: its own streams and keys, and to the shared streams only add.
//
// The rules are Redis 7's (selectors and read/write key permissions). `default` of the server must
// have a password: RESET and AUTH are open to every connection, and would otherwise turn a worker
// into the default user.
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

// The rules of ACL SETUSER, beginning with "reset", without a password. Fails with `invalid` for an
// identifier that a rule cannot hold: only letters, digits and _ - . : are taken.
[[nodiscard]] contracts::Result<std::vector<std::string>> worker_acl(const WorkerAccess& access);

}  // namespace control
