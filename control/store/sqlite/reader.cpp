#include "control/store/sqlite/reader.h"

namespace control {

Result<std::unique_ptr<SqliteReader>> SqliteReader::open(const std::string& path) {
    auto connection = SqliteConnection::open(path, SqliteConnection::Access::read_only);
    if (!connection) return fail(std::move(connection.error()));
    return std::unique_ptr<SqliteReader>(new SqliteReader(std::move(*connection)));
}

Result<Rows> SqliteReader::query(std::string_view sql, const std::vector<Value>& values,
                                 CommitCount count) {
    let_go_unless(count);
    if (holds_view_ && std::chrono::steady_clock::now() - taken_ >= kLongestView) let_go();
    if (!holds_view_ && count % 2 == 0) take_view(count);
    Result<Rows> rows = connection_->query(sql, values);
    if (!rows) let_go();
    return rows;
}

void SqliteReader::let_go_unless(CommitCount count) {
    if (holds_view_ && view_ != count) let_go();
}

// The first query of a transaction takes the view. Without a transaction each query has its own.
void SqliteReader::take_view(CommitCount count) {
    if (!connection_->query("BEGIN", {})) return;
    holds_view_ = true;
    view_ = count;
    taken_ = std::chrono::steady_clock::now();
}

void SqliteReader::let_go() {
    if (connection_->in_transaction()) (void)connection_->query("COMMIT", {});
    holds_view_ = false;
}

}  // namespace control
