// The name of a project's repository, the same for every graph.
#pragma once

#include "contracts/entities/entities.h"

#include <string>

namespace control::graphs {

// The project's name and the last digits of its id: the first digits are its time, which projects
// created within a minute share.
[[nodiscard]] std::string repository_of(const contracts::Project& project);

}  // namespace control::graphs
