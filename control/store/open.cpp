#include "control/store/database.h"

namespace control {

Result<std::unique_ptr<Database>> open_database(const std::string& url, const std::string& path) {
    if (url.empty()) return open_sqlite(path);
    if (is_postgres_url(url)) return open_postgres(url);
    return fail(ErrorKind::fatal, "must begin with postgresql://", "DATABASE_URL",
                "unset it to use SQLite in the data directory");
}

}  // namespace control
