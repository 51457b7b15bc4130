// Every way a database can fail while daemons write to it. ORCH_SOAK=1 runs the full counts,
// ORCH_TEST_SEED repeats an earlier run.
#include "ledger.h"
#include "tests/support/eventually.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temporary_directory.h"

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <csignal>

namespace control {

namespace {

using tests::eventually;

std::unique_ptr<Database> opened(Result<std::unique_ptr<Database>> database) {
    if (!database) throw std::runtime_error(database.error().describe());
    return std::move(*database);
}

// Waits in small groups, each with its own time limit, since the total may take long.
void more_acknowledged(const Ledger& ledger, std::int64_t more) {
    constexpr std::int64_t kAtOnce = 500;
    const std::int64_t goal = ledger.acknowledged() + more;
    for (std::int64_t next = ledger.acknowledged(); next < goal;) {
        next = std::min(next + kAtOnce, goal);
        eventually("more transactions committed", [&] { return ledger.acknowledged() >= next; });
    }
}

void audit(Ledger& ledger, Database& db) {
    ledger.stop();
    const std::string faults = ledger.audit(db);
    INFO(faults);
    CHECK(faults.empty());
    WARN(ledger.acknowledged() << " acknowledged, " << ledger.refused() << " refused, "
                               << ledger.reruns() << " run again");
}

// Limits the size of every file that this process writes, to simulate a full disk.
class FullDisk {
public:
    explicit FullDisk(std::size_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("PostgreSQL crashes under the writes of two daemons and nothing is lost or doubled") {
    const std::uint32_t seed = test_seed();
    INFO("again with ORCH_TEST_SEED=" << seed);
    std::mt19937 random(seed);
    const int crashes = is_soak() ? 50 : 5;
    tests::PostgresServer server;
    const std::string url = server.make_schema();
    const auto one = opened(open_postgres(url));
    const auto other = opened(open_postgres(url));
    REQUIRE(Ledger::make_tables(*one));
    Ledger ledger({one.get(), other.get()}, 8, seed);
    for (int i = 0; i < crashes; ++i) {
        more_acknowledged(ledger, 1 + random() % 200);
        if (random() % 4 == 0)
            server.stop();
        else
            server.crash();
        server.start();
    }
    more_acknowledged(ledger, 100);
    audit(ledger, *one);
    CHECK(ledger.reruns() > 0);
}

TEST_CASE("connections that are cut at any moment lose and double nothing") {
    const std::uint32_t seed = test_seed();
    INFO("again with ORCH_TEST_SEED=" << seed);
    std::mt19937 random(seed);
    const int cuts = is_soak() ? 1'000 : 60;
    tests::PostgresServer server;
    const std::string url = server.make_schema();
    const auto one = opened(open_postgres(url));
    const auto other = opened(open_postgres(url));
    REQUIRE(Ledger::make_tables(*one));
    Ledger ledger({one.get(), other.get()}, 6, seed);
    for (int i = 0; i < cuts; ++i) {
        more_acknowledged(ledger, random() % 20);
        server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'orchestratord'");
    }
    more_acknowledged(ledger, 50);
    audit(ledger, *other);
}

TEST_CASE("daemons that write to the same rows of PostgreSQL are rolled back, and lose nothing") {
    const std::uint32_t seed = test_seed();
    INFO("again with ORCH_TEST_SEED=" << seed);
    tests::PostgresServer server;
    const std::string url = server.make_schema();
    std::vector<std::unique_ptr<Database>> daemons;
    std::vector<Database*> borrowed;
    for (int i = 0; i < 3; ++i) {
        daemons.push_back(opened(open_postgres(url)));
        borrowed.push_back(daemons.back().get());
    }
    REQUIRE(Ledger::make_tables(*daemons[0]));
    Ledger ledger(borrowed, 12, seed);
    more_acknowledged(ledger, is_soak() ? 20'000 : 1'500);
    audit(ledger, *daemons[0]);
    CHECK(ledger.reruns() > 20);
}

TEST_CASE("SQLite on a disk that is full again and again keeps what it acknowledged") {
    const std::uint32_t seed = test_seed();
    INFO("again with ORCH_TEST_SEED=" << seed);
    std::mt19937 random(seed);
    const tests::TemporaryDirectory directory;
    const std::string path = directory / "store.db";
    auto db = opened(open_sqlite(path));
    REQUIRE(Ledger::make_tables(*db));
    Ledger ledger({db.get()}, 8, seed);
    for (int i = 0; i < (is_soak() ? 100 : 8); ++i) {
        more_acknowledged(ledger, 1 + random() % 100);
        struct stat log{};
        REQUIRE(::stat((path + "-wal").c_str(), &log) == 0);
        const std::int64_t refused = ledger.refused();
        const FullDisk full(static_cast<std::size_t>(log.st_size) / 2 + random() % 4096);
        eventually("transactions refused", [&] { return ledger.refused() > refused + 20; });
    }
    more_acknowledged(ledger, 50);
    audit(ledger, *db);
    db = nullptr;
    db = opened(open_sqlite(path));
    CHECK(db->query("PRAGMA integrity_check")->rows.at(0).text(0) == "ok");
    const std::string faults = ledger.audit(*db);
    CHECK(faults.empty());
}

TEST_CASE("SQLite that somebody else locks for a while keeps everybody waiting and nothing else") {
    const std::uint32_t seed = test_seed();
    INFO("again with ORCH_TEST_SEED=" << seed);
    const tests::TemporaryDirectory directory;
    const std::string path = directory / "store.db";
    const auto db = opened(open_sqlite(path));
    REQUIRE(Ledger::make_tables(*db));
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> somebody(raw, sqlite3_close);
    sqlite3_busy_timeout(raw, 20'000);
    Ledger ledger({db.get()}, 8, seed);
    for (int i = 0; i < (is_soak() ? 300 : 30); ++i) {
        more_acknowledged(ledger, 5);
        REQUIRE(sqlite3_exec(raw, "BEGIN IMMEDIATE; UPDATE accounts SET total = total", nullptr,
                             nullptr, nullptr) == SQLITE_OK);
        // Long enough for a group of writers to have reached the lock.
        const std::int64_t before = ledger.acknowledged();
        tests::stays(
            "the lock", [&] { return ledger.acknowledged() <= before + 8; },
            std::chrono::milliseconds(20));
        REQUIRE(sqlite3_exec(raw, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    more_acknowledged(ledger, 50);
    audit(ledger, *db);
}

}  // namespace control
