// The repository of a project, as every graph finds it.
#pragma once

#include "contracts/entities/entities.h"

#include <string>

namespace control::graphs {

// The project's name and the last digits of its id: the first ones are its time, which projects
// made within a minute share.
[[nodiscard]] std::string repository_of(const contracts::Project& project);

}  // namespace control::graphs
