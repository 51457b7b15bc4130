// What the agent's process loses between fork and exec: its user, groups, capabilities, system
// calls, places to write. Planned before the fork by `plan_confinement`; carried out in the child
// by `confine`, which calls only async-signal-safe functions and checks each step: one that fails
// ends the child.
#pragma once

#include "contracts/base/log.h"
#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <sys/types.h>
#include <optional>
#include <string>
#include <vector>

namespace wrapper {

struct AgentUser {
    uid_t uid;
    gid_t gid;
};

struct Confinement {
    std::optional<AgentUser> user;  // empty: the agent runs as our own user
    bool raise_oom_score = true;
    bool seccomp = true;           // to be installed in the child
    contracts::UniqueFd landlock;  // a ruleset; invalid: the kernel has none
};

// The steps of the child; each can fail.
enum class Step {
    descriptors,
    session,
    directory,
    oom_score,
    core_limit,
    groups,
    group,
    user,
    no_new_privileges,
    parent_death_signal,
    landlock,
    seccomp,
    close_descriptors,
    signals,
    execute,
};
[[nodiscard]] std::string_view to_text(Step step);

// Plans what this kernel and our own rights allow, and logs each protection that is missing.
// `user`: the agent's uid and gid. `writable`: the directories below which the agent may write
// (those that do not exist are left out).
[[nodiscard]] Confinement plan_confinement(std::optional<AgentUser> user,
                                           const std::vector<std::string>& writable,
                                           const contracts::Log& log);

// Installs the system call filter in our own process, which needs nothing that it refuses, so that
// every child inherits it: the kernel takes as long to install it as to start a process. If that
// fails, the plan stays as it was.
void share_filter(Confinement& plan);

// In the child: 0, or the errno of the step that failed, named in `failed`.
[[nodiscard]] int confine(const Confinement& confinement, pid_t parent, Step& failed);

// Makes our process not dumpable, so that no process of another user reads our memory, environment
// or descriptors.
[[nodiscard]] contracts::Result<void> guard_own_process();

// While it exists, files are opened and created with the agent's rights and not with ours: what the
// agent could not read or write, we do not read or write on its behalf. Thread: the only one.
class AsAgent {
public:
    // The group of an object without group permissions (a pipe) does not matter.
    enum class Extent { user, user_and_group };
    explicit AsAgent(const std::optional<AgentUser>& user, Extent extent = Extent::user_and_group);
    AsAgent(const AsAgent&) = delete;
    AsAgent& operator=(const AsAgent&) = delete;
    ~AsAgent();

private:
    std::optional<uid_t> uid_;  // ours, where they were changed
    std::optional<gid_t> gid_;
};

}  // namespace wrapper
