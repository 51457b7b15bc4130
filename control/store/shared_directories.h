// Directories that the daemons on one store share. Each has an id that lies in it; the store keeps
// the id of the one that counts, so that a daemon knows whether its own is that one.
#pragma once

#include "control/store/database.h"

#include <string>

namespace control::shared_directories {

// The id of the one that counts; empty: none yet.
[[nodiscard]] Result<std::string> find(Queries& db, const std::string& name);
// From now on this one counts.
[[nodiscard]] Result<void> set(Queries& db, const std::string& name, const std::string& id);

}  // namespace control::shared_directories
