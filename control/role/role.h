// A role of the daemon: something that is made whole, started and stopped. The daemon knows roles
// by this interface alone; the table in control/roles.cpp names them.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <vector>

namespace control {

// What other programs may hand to a role. The daemon announces it in the store, so that work that
// nobody would pick up is noticed.
struct Duties {
    std::vector<std::string> streams{};  // read as a member of a group: "engineering:queue"
    std::vector<std::string> calls{};    // calls of graphs, by their prefix: "forge."
};

// Thread: `start`, `stop` and `end_remains` on the daemon's own; the rest from any thread.
class Role {
public:
    virtual ~Role() = default;

    // Serves when it returns. On failure nothing of it runs. Called at most once.
    [[nodiscard]] virtual contracts::Result<void> start() = 0;
    // Returns when nothing of it runs. Without effect when it was called before, or when the role
    // was never started.
    virtual void stop() = 0;

    // The reason why a started role cannot do its work at the moment. Must not wait for anything.
    [[nodiscard]] virtual contracts::Result<void> health() const { return {}; }
    [[nodiscard]] virtual Duties duties() const { return {}; }
    // After `stop`: ends what lives on without the daemon, such as workers. Fails with the first
    // that could not be ended, after trying all.
    [[nodiscard]] virtual contracts::Result<void> end_remains() { return {}; }
};

}  // namespace control
