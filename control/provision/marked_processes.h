// Ansible's own processes leave its process group, so that killing the group misses them and their
// ssh. All of a run's processes carry a mark in their environment, by which they are found.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace control::provision {

// Those that have `mark` ("NAME=value") in their environment, this process not among them.
[[nodiscard]] std::vector<pid_t> marked_processes(const std::string& mark);

// Kills every process that has `mark` ("NAME=value") in its environment, until there is none. Only
// processes whose environment we may read: our own user's, all of them where we are root.
void kill_marked(const std::string& mark);

}  // namespace control::provision
