// Operations on everything below a process, which must be a subreaper: ending, freezing and thawing
// it.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace control::process {

// Sends SIGKILL to every descendant.
void kill_descendants();

// Stops every descendant of `root`, including those that are created in the meantime. False if some
// still ran after several passes.
[[nodiscard]] bool freeze_descendants(pid_t root);
// Continues all of them.
void thaw_descendants(pid_t root);
// Whether the first child of `root` is stopped.
[[nodiscard]] bool is_frozen(pid_t root);

// Sends SIGKILL to all processes of `uid`, at once and whatever they fork in the meantime. Does
// nothing if we are not root, or if `uid` is root's.
void kill_user(std::uint32_t uid);

// Kills and reaps until no child is left. False if some are left after `patience` (a process that
// is blocked in the kernel cannot be killed). `reaped` is called for each.
bool end_descendants(std::uint32_t uid, std::chrono::milliseconds patience,
                     const std::function<void(pid_t, int status)>& reaped);

}  // namespace control::process
