// Specific to SQLite: migrations, the file, and commits that survive kill -9.
#include "control/store/maintenance.h"
#include "control/store/sqlite/migrate.h"
#include "drivers.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <thread>

namespace control {

namespace {

using Access = SqliteConnection::Access;

constexpr Migration kFirst{1, "0001_a", "CREATE TABLE a (id TEXT PRIMARY KEY);"};
constexpr Migration kSecond{
    2, "0002_b", "CREATE TABLE b (id TEXT REFERENCES a (id)); INSERT INTO a VALUES ('x');"};
constexpr Migration kThird{3, "0003_c", "CREATE TABLE c (id TEXT);"};

struct File {
    tests::TemporaryDirectory directory;
    std::string path = directory / "test.db";

    std::unique_ptr<SqliteConnection> connect() const {
        auto connection = SqliteConnection::open(path, Access::read_write);
        REQUIRE(connection);
        return std::move(*connection);
    }
};

std::size_t tables(SqliteConnection& connection) {
    return connection
        .query("SELECT name FROM sqlite_master WHERE type = 'table' AND length(name) = 1", {})
        ->rows.size();
}

// The number of locks that this process has on the file, according to the kernel.
std::size_t locks(const std::string& path) {
    struct stat file{};
    REQUIRE(::stat(path.c_str(), &file) == 0);
    const std::string inode = ':' + std::to_string(file.st_ino) + ' ';
    const std::string process = ' ' + std::to_string(::getpid()) + ' ';
    std::istringstream lines(tests::read_file("/proc/locks"));
    std::size_t found = 0;
    for (std::string line; std::getline(lines, line);)
        if (line.contains(inode) && line.contains(process)) ++found;
    return found;
}

}  // namespace

TEST_CASE("migrations apply in order, once, and late ones are added") {
    const File file;
    const auto connection = file.connect();
    const Migration first_only[] = {kFirst};
    REQUIRE(migrate(*connection, first_only));
    REQUIRE(migrate(*connection, first_only));
    CHECK(tables(*connection) == 1);
    const Migration all[] = {kFirst, kSecond, kThird};
    REQUIRE(migrate(*connection, all));
    CHECK(tables(*connection) == 3);
    const auto ledger = connection->query("SELECT name FROM schema_migrations ORDER BY number", {});
    REQUIRE(ledger->rows.size() == 3);
    CHECK(ledger->rows[2].text(0) == "0003_c");
}

TEST_CASE("a number that another part of the program adds later is still applied") {
    const File file;
    const auto connection = file.connect();
    const Migration without_second[] = {kFirst, kThird};
    REQUIRE(migrate(*connection, without_second));
    const Migration all[] = {kFirst, kSecond, kThird};
    REQUIRE(migrate(*connection, all));
    CHECK(tables(*connection) == 3);
}

TEST_CASE("a newer schema and a changed migration are refused and nothing is touched") {
    const File file;
    const auto connection = file.connect();
    const Migration newer[] = {kFirst, kSecond};
    REQUIRE(migrate(*connection, newer));
    const Migration older[] = {kFirst};
    const Result<void> refused = migrate(*connection, older);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::fatal);
    CHECK(refused.error().message.find("0002_b") != std::string::npos);

    const Migration changed[] = {{1, "0001_a", "CREATE TABLE a (id INTEGER);"}, kSecond, kThird};
    CHECK(migrate(*connection, changed).error().kind == ErrorKind::fatal);
    CHECK(tables(*connection) == 2);
}

TEST_CASE("a migration that fails leaves the schema as the one before it left it") {
    for (const char* broken : {"CREATE TABLE d (id TEXT); CREATE TABLE d (id TEXT);",
                               "CREATE TABLE d (id TEXT); COMMIT;", "DELETE FROM a;",
                               "CREATE TABLE d (id TEXT); nonsense"}) {
        const File file;
        const auto connection = file.connect();
        const std::string prepared = std::string(kSecond.sql) + "INSERT INTO b VALUES ('x');";
        const Migration steps[] = {
            kFirst, {2, "0002_b", prepared}, {3, "0003_bad", broken}, {4, "0004_c", kThird.sql}};
        const Result<void> outcome = migrate(*connection, steps);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().message.starts_with("migration 0003_bad"));
        const auto ledger = connection->query("SELECT number FROM schema_migrations", {});
        CHECK(ledger->rows.size() == 2);
        CHECK(connection->query("SELECT id FROM a", {})->rows.size() == 1);
    }
}

TEST_CASE("programs that start together migrate once") {
    const File file;
    const Migration all[] = {kFirst, kSecond, kThird};
    std::vector<std::jthread> starters;
    std::vector<Result<void>> outcomes(8);
    for (Result<void>& outcome : outcomes)
        starters.emplace_back([&] {
            auto connection = SqliteConnection::open(file.path, Access::read_write);
            outcome = connection ? migrate(**connection, all)
                                 : Result<void>(fail(std::move(connection.error())));
        });
    starters.clear();
    for (const Result<void>& outcome : outcomes) {
        INFO((outcome ? std::string() : outcome.error().describe()));
        CHECK(outcome.has_value());
    }
    CHECK(file.connect()->query("SELECT id FROM a", {})->rows.size() == 1);
}

TEST_CASE("a connection more leaves the locks of the others where they are") {
    const File file;
    const auto first = file.connect();
    REQUIRE(first->script("CREATE TABLE a (id TEXT)"));
    const std::size_t held = locks(file.path);
    CHECK(held > 0);
    const auto second = file.connect();
    CHECK(locks(file.path) >= held);
}

TEST_CASE("the built-in migrations apply, and their numbers rise") {
    int last = 0;
    for (const Migration& migration : sqlite_migrations()) {
        CHECK(migration.number > last);
        last = migration.number;
    }
    CHECK(last >= 1);
    const SqliteDriver driver;
    CHECK(driver.open()->query("SELECT COUNT(*) FROM tasks"));
    CHECK(driver.open()->query("SELECT COUNT(*) FROM tasks"));
}

TEST_CASE("the database and its companions are readable by us alone") {
    const SqliteDriver driver;
    const auto database = driver.open();
    REQUIRE(database->query("SELECT 1"));
    for (const char* suffix : {"", "-wal", "-shm"}) {
        struct stat there{};
        REQUIRE(::stat((driver.path() + suffix).c_str(), &there) == 0);
        CHECK((there.st_mode & 0777) == 0600);
    }
}

TEST_CASE("a database that was put back for all to read is closed to them again") {
    const SqliteDriver driver;
    constexpr const char* kSuffixes[] = {"", "-wal", "-shm"};
    const auto before = driver.open();
    REQUIRE(before->query("SELECT 1"));
    for (const char* suffix : kSuffixes)
        REQUIRE(::chmod((driver.path() + suffix).c_str(), 0644) == 0);
    const auto database = driver.open();
    REQUIRE(database->query("SELECT 1"));
    for (const char* suffix : kSuffixes) {
        struct stat there{};
        REQUIRE(::stat((driver.path() + suffix).c_str(), &there) == 0);
        CHECK((there.st_mode & 0777) == 0600);
    }
}

TEST_CASE("a check says what is damaged, and does not send to itself") {
    const File file;
    REQUIRE(open_sqlite(file.path));
    CHECK(check_sqlite(file.path));
    constexpr std::streamoff kPage = 4096;
    const auto said = [&](std::streamoff at) {
        std::fstream bytes(file.path, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(at);
        bytes << std::string(64, '\xa5');
        bytes.close();
        const Result<void> checked = check_sqlite(file.path);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().message.contains(file.path));
        CHECK(checked.error().next_step == "restore a backup");
        return checked.error().message;
    };
    CHECK(said(2 * kPage).contains("Page 3"));
    // A file whose list of tables cannot be read.
    CHECK(said(100).contains("malformed"));
}

TEST_CASE("a path that cannot be opened is named") {
    const Result<std::unique_ptr<Database>> opened = open_sqlite("/nowhere/at/all.db");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.find("/nowhere/at/all.db") != std::string::npos);
    const tests::TemporaryDirectory directory;
    const std::string text = directory.write("not.db", std::string(8192, 'x'));
    CHECK(open_sqlite(text).error().kind == ErrorKind::fatal);
}

TEST_CASE("a lock that somebody else holds is transient, not a wait without end") {
    const SqliteDriver driver;
    const auto database = driver.open();
    const auto other = SqliteConnection::open(driver.path(), Access::read_write);
    REQUIRE(other);
    REQUIRE((*other)->script("BEGIN IMMEDIATE"));
    const Result<void> outcome =
        database->transaction([](Transaction&) -> Result<void> { return {}; });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == ErrorKind::transient);
    REQUIRE((*other)->script("ROLLBACK"));
    CHECK(database->transaction([](Transaction&) -> Result<void> { return {}; }));
}

TEST_CASE("a full disk fails who needs it as transient, and goes by") {
    const File file;
    REQUIRE(open_sqlite(file.path));
    const auto connection = file.connect();
    REQUIRE(connection->script("CREATE TABLE notes (id TEXT)"));
    REQUIRE(connection->script("PRAGMA max_page_count = 60"));
    REQUIRE(connection->script("BEGIN IMMEDIATE"));
    const std::vector<Value> large{std::string(1 << 20, 'x')};
    const Result<Rows> outcome = connection->query("INSERT INTO notes (id) VALUES ($1)", large);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == ErrorKind::transient);
}

namespace {

// In the child: eight threads commit, and report each commit only after its confirmation.
[[noreturn]] void commit_until_killed(const std::string& path, int pipe) {
    Result<std::unique_ptr<Database>> database = open_sqlite(path);
    if (!database) ::_exit(1);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0;; ++i) {
                const std::string key = std::to_string(t) + "." + std::to_string(i);
                const Result<void> done = (*database)->transaction([&](Transaction& tx) {
                    Result<void> outcome;
                    // Two rows, so that a partial transaction would show.
                    for (const char* half : {"-l", "-r"})
                        if (!tx.query("INSERT INTO tokens (prefix, name, role, digest, scopes, "
                                      "speaks_for_users, created_at) "
                                      "VALUES ($1, '', '', '', '', 0, 0)",
                                      {key + half}))
                            outcome = fail(ErrorKind::fatal, "insert");
                    return outcome;
                });
                if (!done) ::_exit(2);
                const std::string line = key + "\n";
                if (::write(pipe, line.data(), line.size()) < 0) ::_exit(3);
            }
        });
    threads.clear();
    ::_exit(4);
}

// Kills a committing child after `patience` bytes of reports; returns all its reports.
std::string told_before_kill(const std::string& path, std::size_t patience) {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(pipe[0]);
        commit_until_killed(path, pipe[1]);
    }
    ::close(pipe[1]);
    std::string told;
    char bytes[4096];
    ssize_t got = 0;
    bool killed = false;
    while ((got = ::read(pipe[0], bytes, sizeof bytes)) > 0) {
        told.append(bytes, static_cast<std::size_t>(got));
        if (told.size() < patience || killed) continue;
        ::kill(child, SIGKILL);
        killed = true;
    }
    ::close(pipe[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    return told;
}

}  // namespace

TEST_CASE("kill -9 in the middle of commits loses nothing that was answered and halves nothing") {
    const unsigned seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 5; ++round) {
        const SqliteDriver driver;
        REQUIRE(driver.open());
        const std::string told = told_before_kill(driver.path(), random() % 3000);

        const auto database = driver.open();
        const auto check = database->query("PRAGMA integrity_check");
        REQUIRE(check);
        CHECK(check->rows.at(0).text(0) == "ok");
        const auto rows = database->query("SELECT prefix FROM tokens");
        REQUIRE(rows);
        std::map<std::string, int> halves;
        for (const Row& row : rows->rows)
            ++halves[row.text(0).substr(0, row.text(0).size() - 2)];
        for (const auto& [key, count] : halves)
            REQUIRE(count == 2);
        std::istringstream lines(told.substr(0, told.rfind('\n') + 1));
        for (std::string key; std::getline(lines, key);)
            REQUIRE(halves.contains(key));
    }
}

}  // namespace control
