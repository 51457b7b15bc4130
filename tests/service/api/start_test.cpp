// The start of orchestratord: what it refuses to start with, what it repairs, what it logs about
// itself, and how it answers wrong command lines.
#include "small_disk.h"

#include "tests/support/daemon.h"
#include "tests/support/eventually.h"
#include "tests/support/programs.h"
#include "tests/support/redis_server.h"

#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

namespace tests {

namespace {

bool says(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

Finished orchestratord(std::vector<std::string> words,
                       std::map<std::string, std::string> environment = {}) {
    words.insert(words.begin(), program("orchestratord"));
    return run({.argv = std::move(words), .environment = std::move(environment)});
}

}  // namespace

TEST_CASE("a Redis that asks for a password which REDIS_URL lacks ends the start") {
    const RedisServer redis({.tcp = true});
    run_successfully(
        {.argv = {"redis-cli", "-s", redis.socket(), "CONFIG", "SET", "requirepass", "right"}});
    Daemon daemon;
    for (const std::string& url : {"unix://" + redis.socket(), redis.tcp_url()}) {
        const Finished refused = daemon.fail_to_start({{"REDIS_URL", url}});
        INFO(refused.error_output);
        CHECK(refused.end.exit_code == 78);
        CHECK(says(refused.error_output, "REDIS_URL: Redis at "));
        CHECK(says(refused.error_output, " requires a password; add it to the URL: "));
        CHECK_FALSE(says(refused.error_output, "serving"));
    }
    daemon.start({{"REDIS_URL", "unix://:right@" + redis.socket()}});
    CHECK(daemon.stop().success());
}

TEST_CASE("a Redis that anybody may command is refused where workers would reach it") {
    const RedisServer redis;
    Daemon daemon({{"REDIS_URL", "unix://" + redis.socket()}});
    const Finished refused = daemon.fail_to_start({{"ROLES", "api,workers"}});
    INFO(refused.error_output);
    CHECK(refused.end.exit_code == 78);
    CHECK(says(refused.error_output, "REDIS_URL: Redis' default user needs no password"));
    CHECK(says(refused.error_output, "set requirepass"));
    daemon.start();
    CHECK(daemon.stop().success());
}

TEST_CASE("a REDIS_URL that names the daemon's own server is no other's") {
    Daemon daemon;
    daemon.start();
    const std::string url = daemon.access().at("REDIS_URL");
    REQUIRE(daemon.stop().success());
    daemon.start({{"REDIS_URL", url}});  // in a shell that took over `orchestratord env`
    CHECK(daemon.access().at("REDIS_URL") == url);
    CHECK(daemon.stop().success());
}

TEST_CASE("the first start tells whoever watches it the admin's token, and no log") {
    const Daemon daemon;
    ChildOptions watched = daemon.command("serve");
    watched.argv = {"script", "-qfec", watched.argv[0] + " serve", "/dev/null"};
    const std::string file = daemon.data() + "/token";
    const auto start = [&] {
        ChildProcess terminal(watched);
        eventually("the daemon serves",
                   [&] { return says(terminal.output(), R"("event":"serving")"); });
        terminal.stop();
        return terminal.output();
    };
    const std::string first = start();
    const std::string token = read_file(file);
    REQUIRE(token.starts_with("orch_"));
    CHECK(says(first, "the administrator's token, stored in " + file + ": " + token));
    CHECK_FALSE(says(start(), token));

    Daemon unwatched;
    unwatched.start();
    REQUIRE(unwatched.stop().success());
    CHECK_FALSE(says(unwatched.log(), read_file(unwatched.data() + "/token")));
}

TEST_CASE("a store that was emptied is not begun anew") {
    Daemon daemon;
    daemon.start();
    REQUIRE(daemon.stop().success());
    for (const char* suffix : {"-wal", "-shm"})
        ::unlink((daemon.data() + "/orchestrator.db" + suffix).c_str());
    REQUIRE(::truncate((daemon.data() + "/orchestrator.db").c_str(), 0) == 0);
    const Finished refused = daemon.fail_to_start();
    CHECK(refused.end.exit_code == 78);
    CHECK(says(refused.error_output, "orchestrator.db is empty, and was not; restore a backup"));
}

TEST_CASE("the log says where the API is, and where Redis is") {
    Daemon daemon;
    daemon.start();
    const std::string log = daemon.log();
    const std::size_t at = log.find(R"("event":"serving")");
    REQUIRE(at != std::string::npos);
    const std::string line = log.substr(at, log.find('\n', at) - at);
    INFO(line);
    CHECK(says(line, R"("address":")" + daemon.url() + '"'));
    CHECK(says(line, R"("socket":")" + (daemon.directory() / "api.sock") + '"'));
    CHECK(says(line, R"("redis":"unix://)" + daemon.data() + "/redis/redis.sock\""));
}

TEST_CASE("a store that was restored for all to read is theirs no longer after a start") {
    Daemon daemon;
    daemon.start();
    REQUIRE(daemon.stop().success());
    const std::string store = daemon.data() + "/orchestrator.db";
    REQUIRE(::chmod(store.c_str(), 0644) == 0);
    daemon.start();
    for (const char* suffix : {"", "-wal", "-shm"}) {
        struct stat there{};
        REQUIRE(::stat((store + suffix).c_str(), &there) == 0);
        CHECK((there.st_mode & 0777) == 0600);
    }
}

TEST_CASE("a check names the file and its fault, on a disk that cannot be written too") {
    Daemon daemon;
    daemon.start();
    REQUIRE(daemon.stop().success());
    const std::string store = daemon.data() + "/orchestrator.db";
    const auto check = [](const std::string& data) {
        return orchestratord({"check"}, {{"DATA_DIR", data}});
    };
    CHECK(check(daemon.data()).end.success());

    if (SmallDisk::is_possible()) {
        const std::string place = daemon.directory() / "disk";
        std::filesystem::create_directory(place);
        const SmallDisk disk(place, 16 << 20);
        std::filesystem::copy_file(store, place + "/orchestrator.db");
        disk.make_read_only(true);
        const Finished refused = check(place);
        CHECK(refused.end.exit_code == 78);
        CHECK(says(refused.error_output, place + "/orchestrator.db: Read-only file system; make"));
        CHECK(says(refused.error_output, "or check a copy of it"));
    }

    std::fstream file(store, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8192);
    file << std::string(64, '\xa5');
    file.close();
    const Finished damaged = check(daemon.data());
    INFO(damaged.error_output);
    CHECK(damaged.end.exit_code == 78);
    CHECK(says(damaged.error_output, store + ": the database is damaged: "));
    CHECK(says(damaged.error_output, "Page 3"));
    CHECK(damaged.error_output.ends_with("; restore a backup\n"));
}

TEST_CASE("orchestratord tells its version as the client does") {
    const Finished told = orchestratord({"--version"});
    CHECK(told.end.success());
    CHECK(told.output.starts_with("orchestratord "));
    const Finished client = run({.argv = {program("orchestrator"), "--version"}});
    CHECK(told.output.substr(std::string("orchestratord ").size()) ==
          client.output.substr(std::string("orchestrator ").size()));
}

TEST_CASE("a command that there is none of is exit 2 with the one that was meant") {
    const std::pair<std::vector<std::string>, const char*> cases[] = {
        {{"bakcup", "file"}, "there is no command \"bakcup\"; did you mean backup?"},
        {{"serv"}, "did you mean serve?"},
        {{"config", "chekc"}, "there is no command \"chekc\"; did you mean check?"},
        {{"migrate"},
         "there is no command \"migrate\"; use serve, env, chat, demo, config, backup, check, "
         "image, doctor"},
        {{"migrate", "--help"}, "there is no command \"migrate\""},
        {{"--help", "migrate"}, "there is no command \"migrate\""},
        {{}, "subcommand is required"},
        {{"config"}, "subcommand is required"},
        {{"backup"}, "file is required"},
        {{"serve", "--ephemerl"}, "--ephemerl"},
        {{"check", "this"}, "this"},
    };
    for (const auto& [words, said] : cases) {
        const Finished refused = orchestratord(words);
        INFO(said << "\n" << refused.error_output);
        CHECK(refused.end.exit_code == 2);
        CHECK(refused.output.empty());
        CHECK(says(refused.error_output, said));
    }
    CHECK(orchestratord({"--help"}).end.success());
    CHECK(orchestratord({"backup", "--help"}).end.success());
}

TEST_CASE("a node of a Redis Cluster is refused at the start") {
    const RedisServer redis({.cluster = true});
    Daemon daemon({{"REDIS_URL", "unix://" + redis.socket()}});
    const Finished refused = daemon.fail_to_start();
    INFO(refused.error_output);
    CHECK(refused.end.exit_code == 78);
    CHECK(says(refused.error_output, "REDIS_URL: names a node of a Redis Cluster"));
    CHECK_FALSE(says(refused.error_output, "serving"));
}

TEST_CASE("a Redis that evicts keys is warned of at the start") {
    const RedisServer redis({.arguments = {"--maxmemory-policy", "allkeys-lru"}});
    Daemon daemon({{"REDIS_URL", "unix://" + redis.socket()}});
    daemon.start();
    CHECK(says(daemon.log(), "allkeys-lru"));
    CHECK(daemon.stop().success());
}

TEST_CASE("a daemon that is started without standard descriptors logs into no file of its own") {
    Daemon daemon;
    const ChildOptions serve = daemon.command("serve");
    for (const char* closed : {"2>&-", "<&- >&- 2>&-"}) {
        INFO(closed);
        ChildOptions options = serve;
        options.argv = {"sh", "-c", "exec \"$@\" " + std::string(closed), "sh"};
        options.argv.insert(options.argv.end(), serve.argv.begin(), serve.argv.end());
        ChildProcess child(options);
        eventually("it serves", [&] { return std::filesystem::exists(daemon.data() + "/ready"); });
        for (int fd = 0; fd <= 2; ++fd) {
            std::error_code ignored;
            const auto place = std::filesystem::read_symlink(
                "/proc/" + std::to_string(child.pid()) + "/fd/" + std::to_string(fd), ignored);
            CHECK(!place.string().starts_with(daemon.data()));
            CHECK(!place.string().starts_with("anon_inode"));
            CHECK(!place.string().starts_with("socket"));
            CHECK(!place.empty());
        }
        CHECK(child.stop().success());
        for (const auto& file : std::filesystem::directory_iterator(daemon.data()))
            if (file.is_regular_file() && file.file_size() < 4096)
                CHECK_FALSE(says(read_file(file.path().string()), "\"event\""));
    }
}

TEST_CASE("a log that nobody reads stops no request") {
    const Daemon daemon;
    const ChildOptions serve = daemon.command("serve");
    // A client that never reads: its pipe is full after a few dozen requests.
    const std::string fifo = daemon.directory() / "log";
    ChildOptions options = serve;
    options.argv = {"sh", "-c", "mkfifo \"$0\"; exec 3<>\"$0\"; exec \"$@\" 2>&3", fifo};
    options.argv.insert(options.argv.end(), serve.argv.begin(), serve.argv.end());
    ChildProcess child(options);
    eventually("it serves", [&] { return std::filesystem::exists(daemon.data() + "/ready"); });
    const std::string long_path = "/" + std::string(1500, 'x');
    for (int i = 0; i < 300; ++i)
        REQUIRE(http(daemon.socket_url(), {.target = long_path}).status >= 400);
    CHECK(child.stop().success());
}

}  // namespace tests
