// Everything that came of the agent, however it forked, changed its session or lost its parent:
// signalled as a whole.
//
// - whole_namespace: we are PID 1. kill(-1), one atomic call of the kernel.
// - own_user: the agent has a uid that nobody else has. kill(-1) with that uid's rights, and what
//   /proc names as ours.
// - descendants: we are an ordinary process. What /proc names as ours, again until nobody is left.
#pragma once

#include "wrapper/wall/confine.h"

#include <optional>
#include <string_view>

namespace wrapper {

class Tree {
public:
    enum class Reach { whole_namespace, own_user, descendants };

    // `user`: the uid that is the agent's alone.
    explicit Tree(std::optional<AgentUser> user);

    [[nodiscard]] Reach reach() const { return reach_; }
    // Reaches each process that lived when the call began; who forked meanwhile may need another
    // call. Needs no room for another process or thread.
    void signal(int signal) const;
    // Before a run: what an earlier life of ours may have left, where that can be told from others'
    // processes.
    void clear_leftovers() const;

private:
    Reach reach_;
    std::optional<AgentUser> user_;
    uid_t nobody_;
};

}  // namespace wrapper
