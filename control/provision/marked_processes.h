// Ansible's own processes leave its process group, so killing the group would miss them and their
// ssh. All processes of a run have a mark in their environment, by which they are found.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace control::provision {

// The processes with `mark` ("NAME=value") in their environment, except this one.
[[nodiscard]] std::vector<pid_t> marked_processes(const std::string& mark);

// Kills every process with `mark` ("NAME=value") in its environment, until there is none left. Only
// processes whose environment we may read: our own user's, or all if we are root.
void kill_marked(const std::string& mark);

}  // namespace control::provision
