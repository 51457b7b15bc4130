// Runs each transaction of a group in a savepoint and commits them together. One that fails does
// not affect the others.
#pragma once

#include "control/store/group_writer.h"
#include "control/store/sqlite/connection.h"

namespace control {

class SqliteCommitter {
public:
    explicit SqliteCommitter(std::unique_ptr<SqliteConnection> connection)
        : connection_(std::move(connection)) {}

    // Sets every job's outcome.
    void commit(std::span<TransactionJob> jobs);

private:
    [[nodiscard]] Result<void> run_jobs(std::span<TransactionJob> jobs);
    [[nodiscard]] Result<void> run_in_savepoint(TransactionJob& job);
    [[nodiscard]] Result<void> run_alone(TransactionJob& job);

    std::unique_ptr<SqliteConnection> connection_;
};

}  // namespace control
