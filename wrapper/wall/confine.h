// What is taken from the agent's process between fork and exec: its user, groups, capabilities,
// system calls, places to write. Decided before the fork by `plan_confinement`; carried out in the
// child by `confine`, which calls nothing that is not async-signal-safe and checks each step: one
// that fails ends the child.
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
    std::optional<AgentUser> user;  // empty: the agent runs as the user that we are
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

// What this kernel and our own rights allow, each thing that is missing said in `log`. `user`: the
// agent's uid and gid. `writable`: the directories the agent may write below (those that do not
// exist are left out).
[[nodiscard]] Confinement plan_confinement(std::optional<AgentUser> user,
                                           const std::vector<std::string>& writable,
                                           const contracts::Log& log);

// Puts the filter of system calls on ourselves, who need nothing that it refuses, for every child
// to inherit: to install it takes the kernel as long as to start a process. Where it fails the plan
// stays as it was.
void share_filter(Confinement& plan);

// In the child: 0, or the errno of the step that failed, named in `failed`.
[[nodiscard]] int confine(const Confinement& confinement, pid_t parent, Step& failed);

// Ours: not dumpable, so that no process of another user reads our memory, environment or
// descriptors.
[[nodiscard]] contracts::Result<void> guard_own_process();

// While it lives, files are opened and created with the agent's rights and not with ours: what the
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
