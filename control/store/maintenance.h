// Work on a SQLite database while a daemon has it open.
#pragma once

#include "control/store/database.h"

namespace control {

// Writes the content of the database at `path` at one moment to the new file `copy` (0600), while
// others continue to write. The copy is complete and on the disk, or does not exist. An existing
// file: `conflict`.
[[nodiscard]] Result<void> backup_sqlite(const std::string& path, const std::string& copy);

// Reads all of it: `fatal` with the first fault if it is damaged, or was not created by this
// program.
[[nodiscard]] Result<void> check_sqlite(const std::string& path);

}  // namespace control
