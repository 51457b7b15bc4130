// Acting on everything below a process, which must be a subreaper: ending it, freezing it, letting
// it go on.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace control::process {

// Sends SIGKILL to every descendant.
void kill_descendants();

// Stops every descendant of `root`, those that are born meanwhile as well. False when some still
// ran after several passes.
[[nodiscard]] bool freeze_descendants(pid_t root);
// Lets them all go on.
void thaw_descendants(pid_t root);
// Whether the first child of `root` is stopped.
[[nodiscard]] bool is_frozen(pid_t root);

// Sends SIGKILL to all processes of `uid`, at once and whatever they fork meanwhile. Nothing when
// we are not root, or when `uid` is root's.
void kill_user(std::uint32_t uid);

// Kills and reaps until no child is left. False when some are left after `patience` (a process that
// is blocked in the kernel cannot be killed). `reaped` is called for each.
bool end_descendants(std::uint32_t uid, std::chrono::milliseconds patience,
                     const std::function<void(pid_t, int status)>& reaped);

}  // namespace control::process
