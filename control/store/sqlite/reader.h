// A connection for reading that keeps its snapshot of the database from one query to the next while
// nobody commits: taking a snapshot and releasing it costs more than reading a row in it.
//
// A snapshot that is held keeps the log from being restarted, so none is held while a group of
// transactions commits, and none is used for longer than `longest`: another process's commits are
// visible by then at the latest. Thread: one at a time.
#pragma once

#include "control/store/sqlite/connection.h"

#include <chrono>

namespace control {

class SqliteReader {
public:
    static constexpr std::chrono::milliseconds kLongestSnapshot{100};

    [[nodiscard]] static Result<std::unique_ptr<SqliteReader>> open(
        const std::string& path, std::chrono::milliseconds longest = kLongestSnapshot);

    // Sees everything that was committed when `now` was read.
    [[nodiscard]] Result<Rows> query(std::string_view sql, const std::vector<Value>& values,
                                     CommitSequence now);
    // Ends the snapshot unless it is that of `now`.
    void let_go_unless(CommitSequence now);

private:
    SqliteReader(std::unique_ptr<SqliteConnection> connection, std::chrono::milliseconds longest)
        : connection_(std::move(connection)), longest_(longest) {}
    [[nodiscard]] bool is_stale(CommitSequence now) const;
    void take_snapshot(CommitSequence now);
    void let_go();

    std::unique_ptr<SqliteConnection> connection_;
    std::chrono::milliseconds longest_;
    bool holds_snapshot_ = false;
    CommitSequence snapshot_ = 0;
    std::chrono::steady_clock::time_point taken_{};
};

}  // namespace control
