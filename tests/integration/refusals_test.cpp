// A daemon that cannot work gives the reason in one sentence, exits with 78 and leaves nothing
// half-started.
#include "contracts/base/unique_fd.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

using namespace tests;

namespace {

struct Place {
    TemporaryDirectory directory;
    std::map<std::string, std::string> environment;

    Place() {
        ::chmod(directory.text().c_str(), 0711);
        std::filesystem::create_directory(directory / "programs");
        std::filesystem::copy_file(std::string(ORCH_BIN_DIR) + "/worker-wrapper",
                                   directory / "programs/worker-wrapper");
        environment = {{"DATA_DIR", directory / "data"},
                       {"LISTEN", "127.0.0.1:0"},
                       {"RUNTIME", "process"},
                       {"WORKER_BIN_DIR", directory / "programs"},
                       {"PATH", "/usr/local/bin:/usr/bin:/bin"}};
    }

    // The single sentence of the daemon's error.
    std::string refusal() const {
        const Finished done = run({.argv = {std::string(ORCH_BIN_DIR) + "/orchestratord", "serve"},
                                   .environment = environment,
                                   .inherit_environment = false});
        INFO(done.error_output);
        CHECK(done.end.exit_code == 78);
        CHECK_FALSE(std::filesystem::exists(directory / "data/ready"));
        const std::string& said = done.error_output;
        const std::size_t begin = said.find("orchestratord: ");
        REQUIRE(begin != std::string::npos);
        CHECK(std::ranges::count(said.substr(begin), '\n') == 1);
        return said.substr(begin);
    }
};

bool says(const std::string& sentence, std::string_view words) {
    return sentence.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("refusals: a missing engine") {
    Place place;
    place.environment["RUNTIME"] = "docker";
    place.environment["DOCKER_HOST"] = "unix://" + (place.directory / "nobody.sock");
    const std::string sentence = place.refusal();
    CHECK(says(sentence, "nobody.sock"));
}

TEST_CASE("refusals: an engine that is there and cannot be used, also where processes would do") {
    const contracts::UniqueFd unserved(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    Place place;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (place.directory / "docker.sock").copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(unserved.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    place.environment["DOCKER_HOST"] = "unix://" + (place.directory / "docker.sock");
    place.environment["RUNTIME"] = "auto";
    const std::string sentence = place.refusal();
    CHECK(says(sentence, "docker.sock"));
    CHECK(says(sentence, "RUNTIME=process"));
}

TEST_CASE("refusals: a missing redis-server") {
    Place place;
    std::filesystem::create_directory(place.directory / "bin");
    std::filesystem::create_symlink("/usr/bin/git", place.directory / "bin/git");
    place.environment["PATH"] = place.directory / "bin";
    const std::string sentence = place.refusal();
    CHECK(says(sentence, "redis-server"));
    CHECK(says(sentence, "REDIS_URL"));
}

TEST_CASE("refusals: a port in use") {
    const contracts::UniqueFd taken(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(taken.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(taken.get(), 1) == 0);
    REQUIRE(::getsockname(taken.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    Place place;
    const std::string port = std::to_string(ntohs(address.sin_port));
    place.environment["LISTEN"] = "127.0.0.1:" + port;
    const std::string sentence = place.refusal();
    CHECK(says(sentence, port));
    CHECK(says(sentence, "LISTEN"));
    CHECK_FALSE(std::filesystem::exists(place.directory / "data/redis/redis.sock"));
}

TEST_CASE("refusals: a data directory that cannot be written") {
    Place place;
    place.environment["DATA_DIR"] = "/proc/orchestrator";
    const std::string sentence = place.refusal();
    CHECK(says(sentence, "/proc/orchestrator"));
    CHECK(says(sentence, "DATA_DIR"));
}

TEST_CASE("refusals: programs where the workers' users cannot get") {
    if (::geteuid() != 0) SKIP("only root's workers are other users");
    Place place;
    ::chmod((place.directory / "programs").c_str(), 0700);
    const std::string sentence = place.refusal();
    CHECK(says(sentence, "WORKER_BIN_DIR"));
    CHECK(says(sentence, "chmod o+x " + (place.directory / "programs")));
}

TEST_CASE("refusals: a bad configuration, with every fault at once") {
    Place place;
    place.environment["LISTEN"] = "nowhere";
    place.environment["RUNTIME"] = "magic";
    place.environment["MAX_CONCURRENT_WORKERS"] = "many";
    const std::string sentence = place.refusal();
    CHECK(says(sentence, "LISTEN"));
    CHECK(says(sentence, "RUNTIME"));
    CHECK(says(sentence, "MAX_CONCURRENT_WORKERS"));
    CHECK_FALSE(std::filesystem::exists(place.directory / "data"));
}

TEST_CASE("refusals: two daemons in one directory") {
    Place place;
    ChildProcess first({.argv = {std::string(ORCH_BIN_DIR) + "/orchestratord", "serve"},
                        .environment = place.environment,
                        .inherit_environment = false});
    while (!std::filesystem::exists(place.directory / "data/ready"))
        if (auto ended = first.wait(std::chrono::milliseconds{20})) FAIL(first.error_output());
    const Finished second = run({.argv = {std::string(ORCH_BIN_DIR) + "/orchestratord", "serve"},
                                 .environment = place.environment,
                                 .inherit_environment = false});
    CHECK(second.end.exit_code == 78);
    CHECK(says(second.error_output, "another orchestratord"));
    CHECK(first.stop().success());
}

TEST_CASE("refusals: the address of a daemon that was killed is not handed out") {
    Place place;
    const auto ask = [&] {
        return run({.argv = {std::string(ORCH_BIN_DIR) + "/orchestratord", "env"},
                    .environment = place.environment,
                    .inherit_environment = false});
    };
    CHECK(ask().end.exit_code == 69);
    ChildProcess daemon({.argv = {std::string(ORCH_BIN_DIR) + "/orchestratord", "serve"},
                         .environment = place.environment,
                         .inherit_environment = false});
    while (!ask().end.success())
        if (auto ended = daemon.wait(std::chrono::milliseconds{20})) FAIL(daemon.error_output());
    daemon.kill();
    CHECK(std::filesystem::exists(place.directory / "data/ready"));
    const Finished told = ask();
    CHECK(told.end.exit_code == 69);
    CHECK(told.output.empty());
    CHECK(says(told.error_output, "no daemon is running"));
}

TEST_CASE("refusals: a store that is damaged, and one of a newer version") {
    Place place;
    std::filesystem::create_directory(place.directory / "data");
    const std::string store = place.directory.write("data/orchestrator.db", std::string(9000, 'x'));
    CHECK(says(place.refusal(), "not a database; move the file away, or restore a backup"));
    std::filesystem::remove(store);
    run_successfully({.argv = {"sqlite3", store,
                               "CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY, name "
                               "TEXT, digest TEXT, applied_at INTEGER); INSERT INTO "
                               "schema_migrations VALUES (9999, '9999_future', 'x', 0)"}});
    CHECK(
        says(place.refusal(), "9999_future, which this version does not know; start the version"));
    place.environment["DATABASE_URL"] = "postgresql:///nowhere?host=/nowhere&password=s3cret";
    const std::string sentence = place.refusal();
    CHECK(says(sentence, "DATABASE_URL: "));
    CHECK(says(sentence, "check its host"));
    CHECK_FALSE(says(sentence, "s3cret"));
}

TEST_CASE("the store is checked and copied by hand, and only where it is SQLite") {
    Place place;
    const auto orchestratord = [&](std::vector<std::string> words) {
        words.insert(words.begin(), std::string(ORCH_BIN_DIR) + "/orchestratord");
        return run({.argv = words, .environment = place.environment, .inherit_environment = false});
    };
    CHECK(orchestratord({"check"}).end.exit_code == 78);
    std::filesystem::create_directory(place.directory / "data");
    place.directory.write("data/orchestrator.db", "");
    CHECK(orchestratord({"backup"}).end.exit_code != 0);
    place.environment["DATABASE_URL"] = "postgresql:///x";
    for (const auto& [command, instead] :
         {std::pair("check", "pg_amcheck"), std::pair("backup", "pg_dump")}) {
        std::vector<std::string> words{command};
        if (command == std::string("backup")) words.push_back(place.directory / "copy");
        const Finished done = orchestratord(words);
        CHECK(done.end.exit_code == 78);
        CHECK(says(done.error_output, instead));
    }
}

TEST_CASE(
    "refusals: a key of the secrets that others can read, is none, is another store's or gone") {
    Place place;
    const std::string key = place.directory / "data/secrets.key";
    ChildProcess daemon({.argv = {std::string(ORCH_BIN_DIR) + "/orchestratord", "serve"},
                         .environment = place.environment,
                         .inherit_environment = false});
    while (!std::filesystem::exists(place.directory / "data/ready"))
        if (auto ended = daemon.wait(std::chrono::milliseconds{20})) FAIL(daemon.error_output());
    REQUIRE(daemon.stop().success());
    const std::string right = read_file(key);
    CHECK(right.size() == 32);
    CHECK((std::filesystem::status(key).permissions() & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));

    ::chmod(key.c_str(), 0644);
    CHECK(says(place.refusal(), "SECRETS_KEY_FILE: the key of the secrets " + key +
                                    " can be read by others; chmod 600 " + key));
    ::chmod(key.c_str(), 0600);
    place.directory.write("data/secrets.key", right.substr(0, 31), 0600);
    CHECK(says(place.refusal(), "does not have 32 bytes; restore the key"));
    place.directory.write("data/secrets.key", std::string(32, 'x'), 0600);
    CHECK(says(place.refusal(), "is not the one this store was sealed with; put the right one"));
    std::filesystem::remove(key);
    CHECK(says(place.refusal(), "does not exist; restore it"));
    CHECK_FALSE(std::filesystem::exists(key));
    place.environment["SECRETS_KEY_FILE"] = "secrets.key";
    CHECK(says(place.refusal(), "SECRETS_KEY_FILE must be an absolute path"));

    place.environment["SECRETS_KEY_FILE"] = place.directory.write("elsewhere.key", right, 0600);
    ChildProcess again({.argv = {std::string(ORCH_BIN_DIR) + "/orchestratord", "serve"},
                        .environment = place.environment,
                        .inherit_environment = false});
    while (!std::filesystem::exists(place.directory / "data/ready"))
        if (auto ended = again.wait(std::chrono::milliseconds{20})) FAIL(again.error_output());
    CHECK(again.stop().success());
}
