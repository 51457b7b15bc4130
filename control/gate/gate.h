// The gate: a control directory for each worker, with sockets on which the daemon already knows the
// caller. No secret enters a worker: the outer side of a door is opened, authenticated and bounded
// here.
//
//   bus.sock    a Redis connection authenticated as this worker's ACL user, then bytes through
//   api.sock    the REST API as this worker
//   model.sock  the models' APIs; the key is added here, answers stream
//   git.sock    smart HTTP for this worker's repository; pushes only to its branch
//   egress.sock a proxy to the hosts that this worker may reach; missing if it may reach none
//
// The directory of a running worker is never deleted or renamed, because the worker has it mounted.
// After a restart of the daemon `open` creates the sockets again in the same directory. Thread:
// from any thread; traffic runs on the HTTP server's event loop.
#pragma once

#include "contracts/base/result.h"
#include "contracts/messages/worker.h"
#include "control/http/message.h"

#include <memory>
#include <string>
#include <vector>

namespace control {

// The worker behind a door.
struct WorkerIdentity {
    std::string worker_id;
    contracts::WorkerType type = contracts::WorkerType::developer;
    std::string user_id;
    std::string task_id;     // empty: none
    std::string project_id;  // empty: none
    std::string repository;  // empty: no git door
    std::string branch;      // the branch that it may push; empty: none
    std::vector<std::string> allowed_commands;
    std::vector<std::string> capabilities{};  // its image's capabilities, including toolchains
    std::string reach{};  // the only host outside that it may reach, as a pattern; empty: the usual
    bool model = false;   // whether it gets a model door
};

class Gate {
public:
    virtual ~Gate() = default;
    // Creates the doors in `control_directory`, which exists (root, 0700). Doors that are open
    // already are replaced.
    [[nodiscard]] virtual contracts::Result<void> open(const WorkerIdentity& worker,
                                                       const std::string& control_directory) = 0;
    // Ends its connections and removes its doors. Does nothing if they are not open.
    virtual void close(const std::string& worker_id) = 0;
};

}  // namespace control
