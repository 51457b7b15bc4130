#include "control/redis/append_only.h"
#include "control/redis/redis_server.h"
#include "control/redis/server_process.h"
#include "control/subprocess/subprocess.h"
#include "tests/service/redis/bus_user.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>

using namespace contracts;
using namespace tests;
using control::RedisServer;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::unique_ptr<RedisServer> serve(const TemporaryDirectory& directory) {
    return must(RedisServer::start(directory / "redis", silent_log()));
}

std::string value(const RedisAddress& address, std::string_view key) {
    Connection connection = must(Connection::dial(address));
    return std::string(must(connection.command({"GET", key})).view().text());
}

mode_t mode_of(const std::string& path) {
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777;
}

bool gone(pid_t pid) {
    return ::kill(pid, 0) != 0;
}

// Runs `body` in a separate process, which then waits to be killed; returns its pid once the body
// is done.
template <class Body>
pid_t in_another_process(Body body) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        {
            const auto kept = body(ready[1]);
            ::pause();
        }
        ::_exit(0);
    }
    ::close(ready[1]);
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    return pid;
}

}  // namespace

TEST_CASE("our redis-server answers on a private socket to its password alone") {
    TemporaryDirectory directory;
    const auto server = serve(directory);
    Connection connection = must(Connection::dial(server->address()));
    CHECK(must(connection.command({"PING"})).view().text() == "PONG");
    CHECK(must(connection.command({"CONFIG", "GET", "port"})).view()[1].text() == "0");

    RedisAddress nobody = server->address();
    nobody.password.clear();
    Connection stranger = must(Connection::dial(nobody));
    const auto refused = stranger.command({"PING"});
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::fatal);

    CHECK(mode_of(directory / "redis") == 0700);
    CHECK(mode_of(directory / "redis/redis.conf") == 0600);
    CHECK(mode_of(directory / "redis/password") == 0600);
    CHECK(mode_of(server->address().path) == 0700);
    const std::string pid = std::to_string(server->pid());
    CHECK(read_file("/proc/" + pid + "/cmdline").find(server->address().password) ==
          std::string::npos);
    CHECK(read_file("/proc/" + pid + "/environ").find("PATH=") == std::string::npos);
}

TEST_CASE("what was written is there after a stop, with the same password") {
    TemporaryDirectory directory;
    std::string password;
    pid_t first = -1;
    {
        const auto server = serve(directory);
        password = server->address().password;
        first = server->pid();
        Connection connection = must(Connection::dial(server->address()));
        must(connection.command({"SET", "k", "kept"}));
    }
    CHECK(gone(first));
    const auto server = serve(directory);
    CHECK(server->address().password == password);
    CHECK(value(server->address(), "k") == "kept");
}

TEST_CASE("a killed redis-server comes back and has lost nothing that it answered") {
    TemporaryDirectory directory;
    const auto server = serve(directory);
    std::int64_t acknowledged = 0;
    for (int kills = 0; kills < 10; ++kills) {
        const pid_t before = server->pid();
        Connection connection = must(Connection::dial(server->address()));
        for (int i = 0; i < 200; ++i)
            acknowledged = must(connection.command({"INCR", "n"})).view().integer();
        REQUIRE(::kill(before, SIGKILL) == 0);
        eventually("another life", [&] {
            auto again = Connection::dial(server->address());
            return again && again->command({"PING"}) && server->pid() != before;
        });
        REQUIRE(value(server->address(), "n") == std::to_string(acknowledged));
    }
}

TEST_CASE("redis-server does not outlive a daemon that is killed, and loses nothing") {
    TemporaryDirectory directory;
    const pid_t daemon = in_another_process([&](int ready) {
        auto server = RedisServer::start(directory / "redis", silent_log());
        auto connection = Connection::dial((*server)->address());
        (void)connection->command({"SET", "k", "kept"});
        (void)!::write(ready, "x", 1);
        return server;
    });
    const RedisAddress address = must(control::prepare({directory / "redis"}));
    Connection connection = must(Connection::dial(address));
    const Reply information = must(connection.command({"INFO", "server"}));
    const std::string_view text = information.view().text();
    const pid_t child = std::atoi(text.substr(text.find("process_id:") + 11).data());
    REQUIRE(::kill(daemon, SIGKILL) == 0);
    ::waitpid(daemon, nullptr, 0);
    SECTION("it ends by itself") {
        eventually("the end of redis-server", [&] { return gone(child); });
    }
    SECTION("a new daemon starts at once") {}
    const auto server = serve(directory);
    CHECK(server->pid() != child);
    eventually("the end of the earlier redis-server", [&] { return gone(child); });
    CHECK(value(server->address(), "k") == "kept");
}

TEST_CASE("a server that an earlier daemon left behind is stopped in order") {
    TemporaryDirectory directory;
    const RedisAddress address = must(control::prepare({directory / "redis"}));
    // Started as the daemon starts it, but nothing will stop it.
    UniqueFd lock = must(control::take_lock({directory / "redis"}, milliseconds(0)));
    const UniqueFd log = must(control::open_log({directory / "redis"}));
    auto left = must(control::ServerProcess::start(
        {must(control::find_program("redis-server", std::getenv("PATH"))),
         directory / "redis/redis.conf", log.get(), lock.get()}));
    lock.reset();
    eventually("the server that is left behind", [&] {
        auto connection = Connection::dial(address);
        return connection && connection->command({"SET", "k", "kept"});
    });
    const auto server = serve(directory);
    CHECK(left.wait(seconds(10)));
    CHECK(left.how_it_ended() == "exit code 0");
    CHECK(value(server->address(), "k") == "kept");
}

TEST_CASE("what has grown is synced to the disk, once") {
    TemporaryDirectory directory;
    control::AppendOnlySync sync(directory / "appendonlydir");
    CHECK(!must(sync.sync()));
    directory.write("appendonlydir/a.aof", "12345");
    CHECK(must(sync.sync()));
    CHECK(!must(sync.sync()));
    directory.write("appendonlydir/b.aof", "1");
    CHECK(must(sync.sync()));
}

TEST_CASE("a redis-server that is not installed is fatal and says what to do") {
    TemporaryDirectory directory;
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", directory.text().c_str(), 1);
    const auto server = RedisServer::start(directory / "redis", silent_log());
    ::setenv("PATH", path.c_str(), 1);
    REQUIRE(!server);
    CHECK(server.error().kind == ErrorKind::fatal);
    CHECK(server.error().message == "redis-server is not installed");
    CHECK(server.error().next_step == "install it or set REDIS_URL");
}

TEST_CASE("a redis-server that refuses to start is fatal with its own words") {
    TemporaryDirectory directory;
    {
        const auto server = serve(directory);
    }
    SECTION("its files are damaged") {
        directory.write("redis/appendonlydir/appendonly.aof.manifest", "nonsense\n");
        const auto server = RedisServer::start(directory / "redis", silent_log());
        REQUIRE(!server);
        CHECK(server.error().kind == ErrorKind::fatal);
        CHECK(server.error().message.find("manifest") != std::string::npos);
    }
    SECTION("the path is too long for a socket") {
        const auto server = RedisServer::start(directory / std::string(120, 'd'), silent_log());
        REQUIRE(!server);
        CHECK(server.error().kind == ErrorKind::fatal);
        CHECK(server.error().message.find("too long") != std::string::npos);
    }
}
