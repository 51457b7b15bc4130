// Whether this daemon's forge directory is the one that all daemons on the store share. A daemon
// with another directory must neither execute calls on repositories nor have workers that clone
// them.
#pragma once

#include "contracts/base/log.h"
#include "control/store/database.h"

#include <string>

namespace control {

// Creates the directory if it is missing. If no other daemon on this store has repositories, ours
// is in use from now on. False: another daemon's is in use; the log says which, and what to do.
// Failure: the directory's or the store's.
[[nodiscard]] contracts::Result<bool> join_forge(Database& database, const std::string& directory,
                                                 const std::string& daemon,
                                                 const contracts::Log& log);

}  // namespace control
