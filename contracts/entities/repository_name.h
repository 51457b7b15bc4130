// The name of a project's repository, unless the project brought its own.
#pragma once

#include "contracts/entities/entities.h"

#include <string>

namespace contracts {

// The project's name and the last digits of its id: the first digits are its time, which projects
// created within a minute share.
[[nodiscard]] std::string repository_of(const Project& project);

}  // namespace contracts
