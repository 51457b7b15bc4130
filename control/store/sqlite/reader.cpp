#include "control/store/sqlite/reader.h"

namespace control {

Result<std::unique_ptr<SqliteReader>> SqliteReader::open(const std::string& path,
                                                         std::chrono::milliseconds longest) {
    auto connection = SqliteConnection::open(path, SqliteConnection::Access::read_only);
    if (!connection) return connection.fault();
    return std::unique_ptr<SqliteReader>(new SqliteReader(std::move(*connection), longest));
}

Result<Rows> SqliteReader::query(std::string_view sql, const std::vector<Value>& values,
                                 CommitSequence now) {
    if (is_stale(now)) {
        let_go();
        if (holds_snapshot_) return fail(ErrorKind::transient, "could not end an old snapshot");
    }
    if (!holds_snapshot_ && now % 2 == 0) take_snapshot(now);
    Result<Rows> rows = connection_->query(sql, values);
    if (!rows) let_go();
    return rows;
}

void SqliteReader::let_go_unless(CommitSequence now) {
    if (holds_snapshot_ && snapshot_ != now) let_go();
}

bool SqliteReader::is_stale(CommitSequence now) const {
    return holds_snapshot_ &&
           (snapshot_ != now || std::chrono::steady_clock::now() - taken_ >= longest_);
}

// The first query of a transaction takes the snapshot. Without a transaction each query has its
// own.
void SqliteReader::take_snapshot(CommitSequence now) {
    if (!connection_->query("BEGIN", {})) return;
    holds_snapshot_ = true;
    snapshot_ = now;
    taken_ = std::chrono::steady_clock::now();
}

void SqliteReader::let_go() {
    if (connection_->in_transaction()) (void)connection_->query("COMMIT", {});
    holds_snapshot_ = connection_->in_transaction();
}

}  // namespace control
