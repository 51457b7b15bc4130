// The store that a suite runs on: SQLite in a file or, with ORCH_TEST_STORE=postgres, a separate
// schema in this program's PostgreSQL. Throws std::runtime_error.
#pragma once

#include "control/store/database.h"
#include "tests/support/postgres_server.h"

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tests {

[[nodiscard]] inline bool on_postgres() {
    const char* chosen = std::getenv("ORCH_TEST_STORE");
    return chosen != nullptr && std::string_view(chosen) == "postgres";
}

[[nodiscard]] inline std::unique_ptr<control::Database> open_test_store(const std::string& path) {
    auto store = on_postgres() ? control::open_postgres(shared_postgres().make_schema())
                               : control::open_sqlite(path);
    if (!store) throw std::runtime_error(store.error().describe());
    return std::move(*store);
}

}  // namespace tests
