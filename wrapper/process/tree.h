// Signals the agent and all its descendants, even those that forked, changed their session or lost
// their parent.
//
// - whole_namespace: we are PID 1. kill(-1), one atomic system call.
// - own_user: the agent has a uid of its own. kill(-1) with that uid's rights, and our descendants
//   in /proc.
// - descendants: we are an ordinary process. Our descendants in /proc; repeat until none is left.
#pragma once

#include "wrapper/wall/confine.h"

#include <optional>
#include <string_view>

namespace wrapper {

class Tree {
public:
    enum class Reach { whole_namespace, own_user, descendants };

    // `user` is the uid that only the agent has.
    explicit Tree(std::optional<AgentUser> user);

    [[nodiscard]] Reach reach() const { return reach_; }
    // Reaches every process that was alive when the call began; those forked meanwhile may need
    // another call. Creates no process and no thread.
    void signal(int signal) const;
    // Before a run: kills what a previous run of ours may have left, if it can be distinguished
    // from the processes of others.
    void clear_leftovers() const;

private:
    Reach reach_;
    std::optional<AgentUser> user_;
    uid_t nobody_;
};

}  // namespace wrapper
