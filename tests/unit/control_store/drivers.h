// The drivers that the store's suite runs against: each opens an empty database of its own and
// opens it again.
#pragma once

#include "control/store/database.h"
#include "tests/support/temporary_directory.h"

#include <stdexcept>

namespace control {

class SqliteDriver {
public:
    [[nodiscard]] std::unique_ptr<Database> open() const {
        Result<std::unique_ptr<Database>> database = open_sqlite(path());
        if (!database) throw std::runtime_error(database.error().describe());
        return std::move(*database);
    }
    [[nodiscard]] std::string path() const { return directory_ / "orchestrator.db"; }

private:
    tests::TemporaryDirectory directory_;
};

// Every driver of the port, for TEMPLATE_TEST_CASE.
#define STORE_DRIVERS SqliteDriver

}  // namespace control
