// Directories that the daemons of one store share. Each contains an id; the store has the id of the
// one in use, so that a daemon knows whether its directory is that one.
#pragma once

#include "control/store/database.h"

#include <string>

namespace control::shared_directories {

// The id of the directory in use; empty: none yet.
[[nodiscard]] Result<std::string> find(Queries& db, const std::string& name);
// From now on this one is in use.
[[nodiscard]] Result<void> set(Queries& db, const std::string& name, const std::string& id);

}  // namespace control::shared_directories
