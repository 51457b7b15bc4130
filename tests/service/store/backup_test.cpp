// A backup is taken during writes and restored; a daemon rejects unsuitable databases.
#include "control/store/maintenance.h"
#include "ledger.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

namespace control {

namespace {

std::unique_ptr<Database> opened(Result<std::unique_ptr<Database>> database) {
    if (!database) throw std::runtime_error(database.error().describe());
    return std::move(*database);
}

void execute(const std::string& path, const char* sql) {
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw, sqlite3_close);
    REQUIRE(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
}

std::string refusal(const std::string& path) {
    const Result<std::unique_ptr<Database>> database = open_sqlite(path);
    REQUIRE_FALSE(database);
    const std::string said = database.error().describe();
    INFO(said);
    CHECK(database.error().kind == ErrorKind::fatal);
    CHECK(said.find(path) != std::string::npos);
    CHECK(said.find('\n') == std::string::npos);
    CHECK_FALSE(database.error().next_step.empty());
    return said;
}

}  // namespace

TEST_CASE("a backup that is taken under writes is the store at one moment, and a daemon's again") {
    const tests::TemporaryDirectory directory;
    const std::string path = directory / "store.db";
    const auto db = opened(open_sqlite(path));
    REQUIRE(Ledger::make_tables(*db));
    Ledger ledger({db.get()}, 8, test_seed());
    tests::eventually("some writes", [&] { return ledger.acknowledged() > 200; });
    for (int i = 0; i < (is_soak() ? 50 : 5); ++i) {
        const std::string copy = directory / ("copy" + std::to_string(i));
        const std::int64_t before = ledger.acknowledged();
        REQUIRE(backup_sqlite(path, copy));
        const std::int64_t after = ledger.acknowledged() + ledger.refused() + 8;
        struct stat there{};
        REQUIRE(::stat(copy.c_str(), &there) == 0);
        CHECK((there.st_mode & 0777) == 0600);
        CHECK(check_sqlite(copy));
        const auto restored = opened(open_sqlite(copy));
        // Each transaction wrote two rows and added one to a total; each must be there in full.
        const Result<Rows> rows = restored->query(
            "SELECT COUNT(*), SUM(half), (SELECT SUM(total) FROM accounts), "
            "(SELECT COUNT(*) FROM (SELECT key FROM entries GROUP BY key HAVING COUNT(*) <> 2)) "
            "FROM entries");
        REQUIRE(rows);
        const std::int64_t whole = rows->rows.at(0).integer(2);
        CHECK(rows->rows.at(0).integer(0) == 2 * whole);
        CHECK(rows->rows.at(0).integer(1) == 3 * whole);
        CHECK(rows->rows.at(0).integer(3) == 0);
        CHECK(whole >= before);
        CHECK(whole <= after);
        CHECK(restored->transaction([](Transaction& tx) -> Result<void> {
            Result<Rows> put = tx.query("INSERT INTO entries (key, half) VALUES ('new', 1)");
            return put ? Result<void>() : Result<void>(fail(put.error()));
        }));
    }
    ledger.stop();
    CHECK(ledger.audit(*db).empty());
}

TEST_CASE("a backup does not overwrite, leaves no half, and says what is missing") {
    const tests::TemporaryDirectory directory;
    const std::string path = directory / "store.db";
    REQUIRE(open_sqlite(path));
    const std::string there = directory.write("there", "mine");
    CHECK(backup_sqlite(path, there).error().kind == ErrorKind::conflict);
    CHECK(tests::read_file(there) == "mine");
    CHECK_FALSE(backup_sqlite(path, directory / "no/such/place"));
    CHECK(backup_sqlite(directory / "none.db", directory / "copy").error().kind ==
          ErrorKind::not_found);
    CHECK_FALSE(std::filesystem::exists(directory / "none.db"));
    CHECK_FALSE(std::filesystem::exists(directory / "copy"));
    CHECK_FALSE(check_sqlite(directory / "none.db"));
}

TEST_CASE("somebody else's database is neither copied nor checked nor begun in") {
    const tests::TemporaryDirectory directory;
    const std::string foreign = directory / "foreign.db";
    execute(foreign, "CREATE TABLE mine (a)");
    const std::string before = tests::read_file(foreign);
    const std::string copy = directory / "copy.db";
    CHECK(backup_sqlite(foreign, copy).error().message.find("not created by this program") !=
          std::string::npos);
    CHECK_FALSE(std::filesystem::exists(copy));
    CHECK(check_sqlite(foreign).error().message.find("not created by this program") !=
          std::string::npos);
    CHECK(tests::read_file(foreign) == before);
    const std::string empty = directory.write("empty.db", "");
    CHECK(check_sqlite(empty).error().message.find("not created by this program") !=
          std::string::npos);
    CHECK(tests::read_file(empty).empty());
    CHECK(refusal(foreign).find("not created by this program") != std::string::npos);
    execute(foreign, "DROP TABLE mine");
    CHECK(check_sqlite(foreign).error().message.find("not created by this program") !=
          std::string::npos);
    REQUIRE(open_sqlite(foreign));  // the database has no owner now
    CHECK(check_sqlite(foreign));

    // A program does not copy a database of a newer version.
    const std::string newer = directory / "newer.db";
    REQUIRE(open_sqlite(newer));
    execute(newer, "INSERT INTO schema_migrations VALUES (9999, '9999_future', 'x', 0)");
    CHECK_FALSE(backup_sqlite(newer, copy));
    CHECK_FALSE(std::filesystem::exists(copy));
}

TEST_CASE("a store that is newer, damaged or none is refused in one sentence") {
    const tests::TemporaryDirectory directory;
    const std::string newer = directory / "newer.db";
    REQUIRE(open_sqlite(newer));
    execute(newer, "INSERT INTO schema_migrations VALUES (9999, '9999_future', 'x', 0)");
    CHECK(refusal(newer).find("9999_future") != std::string::npos);
    CHECK_FALSE(check_sqlite(newer));

    const std::string other = directory.write("other.db", std::string(8192, 'x'));
    CHECK(refusal(other).find("not a database") != std::string::npos);

    const std::string damaged = directory / "damaged.db";
    {
        const auto db = opened(open_sqlite(damaged));
        REQUIRE(db->transaction([](Transaction& tx) -> Result<void> {
            for (int i = 0; i < 500; ++i)
                if (Result<Rows> put =
                        tx.query("INSERT INTO thread_inbox (key, thread_id, body, received_at) "
                                 "VALUES ($1, 't', $2, 0)",
                                 {std::to_string(i), std::string(500, 'x')});
                    !put)
                    return fail(put.error());
            return {};
        }));
    }
    execute(damaged, "PRAGMA wal_checkpoint(TRUNCATE)");
    {
        std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
        const auto size = std::filesystem::file_size(damaged);
        for (std::uintmax_t at = size / 2; at < size; at += 4096) {
            file.seekp(static_cast<std::streamoff>(at));
            file << std::string(64, '\xa5');
        }
    }
    CHECK(refusal(damaged).find("restore a backup") != std::string::npos);
    CHECK_FALSE(check_sqlite(damaged));
}

}  // namespace control
