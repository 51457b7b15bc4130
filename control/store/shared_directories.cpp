#include "control/store/shared_directories.h"

#include "control/store/run.h"

namespace control::shared_directories {

Result<std::string> find(Queries& db, const std::string& name) {
    Result<Rows> rows = db.query("SELECT id FROM shared_directories WHERE name = $1", {name});
    if (!rows) return rows.fault();
    return rows->rows.empty() ? std::string() : rows->rows.front().text(0);
}

Result<void> set(Queries& db, const std::string& name, const std::string& id) {
    return run(db,
               "INSERT INTO shared_directories (name, id) VALUES ($1, $2) "
               "ON CONFLICT (name) DO UPDATE SET id = excluded.id",
               {name, id});
}

}  // namespace control::shared_directories
