// The account files of a worker: /etc/passwd and /etc/group with the agent's uid as `worker`.
// Programs look up their user and fail if it has no name: getpwuid, node's os.userInfo, initdb. The
// image cannot know the uid, because each worker has its own. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace control {

// The accounts that every Debian has with fixed numbers, and `worker`. The image's own accounts
// have no name in a worker, because nobody could become one of them.
[[nodiscard]] std::string passwd_text(std::uint32_t uid);
[[nodiscard]] std::string group_text(std::uint32_t gid);

}  // namespace control
