// Landlock: the agent writes only below the named directories, and signals and abstract sockets
// stay inside its own domain. Keeps /proc read-only for it, so that it cannot lower its
// oom_score_adj again.
#pragma once

#include "contracts/base/unique_fd.h"

#include <string>
#include <vector>

namespace wrapper {

// The version of the kernel's Landlock; 0: it has none. From kLandlockScopes on it also restricts
// signals.
inline constexpr int kLandlockScopes = 6;
[[nodiscard]] int landlock_version();

// A ruleset for landlock_restrict_self(2); invalid, with errno set, when the kernel refuses it.
[[nodiscard]] contracts::UniqueFd make_landlock_ruleset(int version,
                                                        const std::vector<std::string>& writable);

// Async-signal-safe. 0 or errno.
[[nodiscard]] int enter_landlock(int ruleset);

}  // namespace wrapper
