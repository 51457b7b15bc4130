// A connection for reading that keeps its view of the database from one query to the next while
// nobody commits: to take a view and give it back costs more than to read a row in it.
//
// A view that is held keeps the log from being begun anew, so nobody holds one while a group of
// transactions commits, and none outlives kLongestView in use: what another process writes is seen
// then at the latest. Thread: one at a time.
#pragma once

#include "control/store/sqlite/connection.h"

#include <chrono>

namespace control {

// How often a group of transactions began or ended so far: odd while one is under way.
using CommitCount = std::uint64_t;

class SqliteReader {
public:
    static constexpr std::chrono::milliseconds kLongestView{100};

    [[nodiscard]] static Result<std::unique_ptr<SqliteReader>> open(const std::string& path);

    // Sees everything that was committed when `count` was read.
    [[nodiscard]] Result<Rows> query(std::string_view sql, const std::vector<Value>& values,
                                     CommitCount count);
    // Ends the view unless it is that of `count`.
    void let_go_unless(CommitCount count);

private:
    explicit SqliteReader(std::unique_ptr<SqliteConnection> connection)
        : connection_(std::move(connection)) {}
    void take_view(CommitCount count);
    void let_go();

    std::unique_ptr<SqliteConnection> connection_;
    bool holds_view_ = false;
    CommitCount view_ = 0;
    std::chrono::steady_clock::time_point taken_{};
};

}  // namespace control
