// The daemon while its store fails: callers get an error in time and without internal details,
// acknowledged work is not lost, nothing is done twice, and the daemon recovers when the store
// does.
#include "load.h"
#include "small_disk.h"

#include "tests/support/eventually.h"
#include "tests/support/postgres_server.h"

#include <sqlite3.h>
#include <catch2/catch_test_macros.hpp>
#include <fstream>

namespace tests {

namespace {

constexpr int kCallers = 8;
// The API's own time limit, plus a margin for a busy machine.
constexpr std::chrono::milliseconds kBounded{14'000};

void refuse_some(const Load& load, std::size_t more) {
    const std::size_t goal = load.refused() + more;
    eventually("requests refused", [&] { return load.refused() >= goal; }, std::chrono::minutes(2));
}

void acknowledge_some(const Load& load, std::size_t more) {
    const std::size_t goal = load.acknowledged() + more;
    eventually(
        "requests acknowledged", [&] { return load.acknowledged() >= goal; },
        std::chrono::minutes(2));
}

// `secrets`: texts that no answer may contain.
void check(Load& load, const std::vector<std::string>& secrets) {
    acknowledge_some(load, 50);
    load.stop();
    WARN(load.acknowledged() << " acknowledged, " << load.refused()
                             << " refused; the slowest answer took " << load.slowest().count()
                             << " ms");
    CHECK(load.audit() == "");
    CHECK(load.slowest() < kBounded);
    CHECK(load.statuses() == std::set<int>{201, 503});
    for (const std::string& body : load.bodies())
        for (const std::string& secret : secrets) {
            INFO(body);
            CHECK(body.find(secret) == std::string::npos);
        }
}

const std::vector<std::string> kNobodysBusiness{"SQL",    "sqlite", "database is", "disk",  "lock",
                                                "server", "socket", "PostgreSQL",  "libpq", "/tmp"};

// Checks that the error is one sentence and nothing else.
void check_sentence(const Finished& finished, const std::vector<std::string>& words) {
    INFO(finished.error_output);
    CHECK(finished.end.exit_code == 78);
    const std::string& text = finished.error_output;
    const std::size_t begin = text.rfind("orchestratord: ");
    REQUIRE(begin != std::string::npos);
    const std::string sentence = text.substr(begin);
    CHECK(sentence.find('\n') == sentence.size() - 1);
    for (const std::string& word : words)
        CHECK(sentence.find(word) != std::string::npos);
}

// PostgreSQL and all processes that it has started.
void signal_all(const PostgresServer& server, int signal) {
    std::ifstream children("/proc/" + std::to_string(server.pid()) + "/task/" +
                           std::to_string(server.pid()) + "/children");
    std::vector<pid_t> all{server.pid()};
    for (pid_t child = 0; children >> child;)
        all.push_back(child);
    for (const pid_t one : all)
        ::kill(one, signal);
}

}  // namespace

TEST_CASE("a store that cannot be written ends the start with one sentence") {
    if (!SmallDisk::is_possible()) SKIP("only root mounts");
    Daemon daemon;
    const SmallDisk disk(daemon.directory().text(), 64 << 20);
    daemon.start();
    daemon.stop();
    disk.make_read_only(true);
    check_sentence(daemon.fail_to_start(), {"Read-only file system", "choose another DATA_DIR"});
    disk.make_read_only(false);
    daemon.start();
    CHECK(daemon.ask("GET", "/api/projects").status == 200);
}

TEST_CASE("a store that another program locks is waited for, and refuses in time") {
    Daemon daemon;
    daemon.start();
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open((daemon.data() + "/orchestrator.db").c_str(), &raw) == SQLITE_OK);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> other(raw, sqlite3_close);
    sqlite3_busy_timeout(raw, 20'000);
    Load load(daemon, kCallers);
    acknowledge_some(load, 20);
    REQUIRE(sqlite3_exec(raw, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    refuse_some(load, kCallers);
    CHECK(daemon.ask("GET", "/api/projects").status == 200);
    REQUIRE(sqlite3_exec(raw, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
    check(load, kNobodysBusiness);
}

TEST_CASE("a full disk under SQLite refuses writes, answers reads, and is forgotten with it") {
    if (!SmallDisk::is_possible()) SKIP("only root mounts");
    Daemon daemon;
    const SmallDisk disk(daemon.directory().text(), 32 << 20);
    daemon.start();
    Load load(daemon, kCallers);
    for (int i = 0; i < 3; ++i) {
        acknowledge_some(load, 20);
        disk.fill();
        refuse_some(load, 50);
        CHECK(daemon.ask("GET", "/api/projects").status == 200);
        disk.make_room();
    }
    check(load, kNobodysBusiness);
    CHECK(daemon.log().find("full") != std::string::npos);
    daemon.stop();
    CHECK(run_successfully({.argv = {"sqlite3", daemon.data() + "/orchestrator.db",
                                     "PRAGMA integrity_check"}}) == "ok\n");
}

TEST_CASE("a full disk under PostgreSQL refuses writes and is forgotten with it") {
    if (!SmallDisk::is_possible() || !PostgresServer::is_installed()) SKIP("only root mounts");
    const TemporaryDirectory directory;
    const SmallDisk disk(directory.text(), 192 << 20);
    const char* before = std::getenv("TMPDIR");
    const std::string kept = before == nullptr ? "/tmp" : before;
    ::setenv("TMPDIR", directory.text().c_str(), 1);
    PostgresServer server;
    ::setenv("TMPDIR", kept.c_str(), 1);
    Daemon daemon({{"DATABASE_URL", server.url()}});
    daemon.start();
    Load load(daemon, kCallers);
    for (int i = 0; i < 3; ++i) {
        acknowledge_some(load, 20);
        disk.fill();
        refuse_some(load, 20);
        disk.make_room();
    }
    check(load, kNobodysBusiness);
}

TEST_CASE("a PostgreSQL that hangs is given up in time, and holds up nothing but itself") {
    if (!PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
    PostgresServer server;
    Daemon daemon({{"DATABASE_URL", server.url()}});
    daemon.start();
    Load load(daemon, kCallers);
    acknowledge_some(load, 50);
    signal_all(server, SIGSTOP);
    refuse_some(load, kCallers);
    const auto asked = std::chrono::steady_clock::now();
    CHECK(daemon.ask("GET", "/livez").status == 200);
    CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds(2));
    CHECK(daemon.ask("GET", "/readyz").status == 503);
    CHECK(daemon.ask("GET", "/api/projects").status == 503);
    CHECK(std::chrono::steady_clock::now() - asked < 2 * kBounded);
    signal_all(server, SIGCONT);
    check(load, kNobodysBusiness);
}

TEST_CASE("a PostgreSQL that went away is nobody's business but the log's") {
    if (!PostgresServer::is_installed()) SKIP("PostgreSQL is not installed");
    PostgresServer server;
    Daemon daemon({{"DATABASE_URL", server.url()}});
    daemon.start();
    Load load(daemon, kCallers);
    acknowledge_some(load, 50);
    server.crash();
    refuse_some(load, kCallers);
    const HttpResponse read = daemon.ask("GET", "/api/projects");
    CHECK(read.status == 503);
    CHECK(read.header("Retry-After") == "1");
    for (const std::string& word : kNobodysBusiness)
        CHECK(read.body.find(word) == std::string::npos);
    server.start();
    check(load, kNobodysBusiness);
    CHECK(daemon.log().find("PostgreSQL") != std::string::npos);
}

TEST_CASE("a start without its PostgreSQL says what to do, and not with which password") {
    Daemon daemon;
    const Finished absent = daemon.fail_to_start(
        {{"DATABASE_URL", "postgresql://somebody:canary-4711@127.0.0.1:1/nothing"}});
    check_sentence(absent, {"PostgreSQL", "that the server is running"});
    CHECK(absent.error_output.find("canary-4711") == std::string::npos);
}

}  // namespace tests
