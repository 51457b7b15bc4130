// Ending everything below this process, which must be a subreaper.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace control::process {

// Sends SIGKILL to every descendant.
void kill_descendants();

// Sends SIGKILL to all processes of `uid`, at once and whatever they fork meanwhile. Nothing when
// we are not root, or when `uid` is root's.
void kill_user(std::uint32_t uid);

// Kills and reaps until no child is left. False when some are left after `patience` (a process in
// the kernel's hands cannot be killed). `reaped` hears of each.
bool end_descendants(std::uint32_t uid, std::chrono::milliseconds patience,
                     const std::function<void(pid_t, int status)>& reaped);

}  // namespace control::process
