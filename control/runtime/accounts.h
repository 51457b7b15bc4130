// The account files of a worker: /etc/passwd and /etc/group with the agent's uid as `worker`.
// Programs look their user up and fail when it has no name: getpwuid, node's os.userInfo, initdb.
// The image cannot know the uid, which is each worker's own. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace control {

// The accounts that every Debian has by number, and `worker`. An account of the image's own has no
// name in a worker; nobody in there could become it.
[[nodiscard]] std::string passwd_text(std::uint32_t uid);
[[nodiscard]] std::string group_text(std::uint32_t gid);

}  // namespace control
