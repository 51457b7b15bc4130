// How long readers keep a snapshot between queries.
#include "control/store/sqlite/reader.h"
#include "drivers.h"
#include "tests/support/eventually.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <thread>

namespace control {

namespace {

constexpr const char* kCount = "SELECT COUNT(*) FROM a";

// A table in a file, with separate connections for writing and reading.
struct File {
    tests::TemporaryDirectory directory;
    std::string path = directory / "test.db";
    std::unique_ptr<SqliteConnection> writer;
    std::unique_ptr<SqliteReader> reader;

    explicit File(std::chrono::milliseconds longest = std::chrono::hours(1)) {
        auto opened = SqliteConnection::open(path, SqliteConnection::Access::read_write);
        REQUIRE(opened);
        writer = std::move(*opened);
        REQUIRE(writer->script("CREATE TABLE a (id INTEGER PRIMARY KEY, what TEXT)"));
        auto reading = SqliteReader::open(path, longest);
        REQUIRE(reading);
        reader = std::move(*reading);
    }
    void add() const { REQUIRE(writer->script("INSERT INTO a (what) VALUES ('x')")); }
    std::int64_t seen(CommitSequence now) const {
        const auto rows = reader->query(kCount, {}, now);
        REQUIRE(rows);
        return rows->rows.at(0).integer(0);
    }
};

std::int64_t inserted(Database& database, const std::string& what) {
    const auto done = database.transaction([&](Transaction& tx) -> Result<void> {
        const auto rows = tx.query("INSERT INTO snapshots_test (what) VALUES ($1)", {what});
        if (!rows) return fail(rows.error());
        return {};
    });
    REQUIRE(done);
    return database.query("SELECT MAX(id) FROM snapshots_test")->rows.at(0).integer(0);
}

}  // namespace

TEST_CASE("a reader keeps its snapshot while nobody commits, and no longer") {
    const File file;
    CHECK(file.seen(2) == 0);
    file.add();
    CHECK(file.seen(2) == 0);  // as up to date as the sequence number demands
    CHECK(file.seen(4) == 1);
    file.add();
    file.reader->let_go_unless(4);
    CHECK(file.seen(4) == 1);
    file.reader->let_go_unless(6);
    CHECK(file.seen(4) == 2);
}

TEST_CASE("while somebody commits each query has a snapshot of its own") {
    const File file;
    CHECK(file.seen(3) == 0);
    file.add();
    CHECK(file.seen(3) == 1);
}

TEST_CASE("what another process writes is seen soon") {
    const File file(SqliteReader::kLongestSnapshot);
    CHECK(file.seen(2) == 0);
    file.add();
    tests::eventually("the other's row", [&] { return file.seen(2) == 1; });
}

TEST_CASE("a query that fails leaves no snapshot behind") {
    const File file;
    CHECK(file.seen(2) == 0);
    CHECK_FALSE(file.reader->query("SELECT nothing FROM nowhere", {}, 2));
    file.add();
    CHECK(file.seen(2) == 1);
}

TEST_CASE("who was told of a commit reads it, whatever others read meanwhile") {
    const SqliteDriver driver;
    const auto database = driver.open();
    REQUIRE(database);
    REQUIRE(database->transaction([](Transaction& tx) -> Result<void> {
        const auto made =
            tx.query("CREATE TABLE snapshots_test (id INTEGER PRIMARY KEY, what TEXT)");
        if (!made) return fail(made.error());
        return {};
    }));
    std::atomic<bool> done = false;
    std::vector<std::thread> readers;
    readers.reserve(3);
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&] {
            while (!done)
                (void)database->query("SELECT id FROM snapshots_test WHERE id = 1");
        });
    const std::string pages(100'000, 'x');
    bool all_seen = true;
    constexpr int kRows = 400;
    for (int i = 1; i <= kRows; ++i)
        all_seen = all_seen && inserted(*database, pages) == i;
    done = true;
    for (std::thread& reader : readers)
        reader.join();
    CHECK(all_seen);
    // After 40 MB of writes: the log is restarted although there is always a reader.
    CHECK(std::filesystem::file_size(driver.path() + "-wal") < std::size_t{16} << 20);
}

}  // namespace control
