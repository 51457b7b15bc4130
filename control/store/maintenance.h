// Work on a SQLite database while a daemon has it open.
#pragma once

#include "control/store/database.h"

namespace control {

// Writes what the database at `path` holds at one moment to the new file `copy` (0600), while
// others go on writing. The copy is whole and on the disk, or it is not there. A file that is there
// already: `conflict`.
[[nodiscard]] Result<void> backup_sqlite(const std::string& path, const std::string& copy);

// Reads all of it: `fatal` and the first fault when it is damaged, or not one that this program
// made.
[[nodiscard]] Result<void> check_sqlite(const std::string& path);

}  // namespace control
