#include "tests/support/redis_server.h"

#include "tests/support/child_process.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace tests {
namespace {

std::string cli(const RedisServer& server, std::vector<std::string> command) {
    ChildOptions options{.argv = {"redis-cli", "-s", server.socket()}};
    options.argv.insert(options.argv.end(), command.begin(), command.end());
    return run_successfully(std::move(options));
}

TEST_CASE("a durable redis-server keeps its keys through a kill") {
    RedisServer server({.durable = true});
    REQUIRE(cli(server, {"set", "a", "1"}) == "OK\n");
    server.kill();
    CHECK_FALSE(server.answers());
    server.start();
    CHECK(cli(server, {"get", "a"}) == "1\n");
}

TEST_CASE("a redis-server that keeps nothing is empty after a restart") {
    RedisServer server;
    REQUIRE(cli(server, {"set", "a", "1"}) == "OK\n");
    server.restart();
    CHECK(cli(server, {"get", "a"}) == "\n");
}

TEST_CASE("a paused redis-server does not answer until it is resumed") {
    RedisServer server;
    server.pause();
    CHECK_FALSE(server.answers());
    server.resume();
    CHECK(server.answers());
}

TEST_CASE("a redis-server on TCP is reached by its port") {
    const RedisServer server({.tcp = true});
    CHECK(server.tcp_url() == "redis://127.0.0.1:" + std::to_string(server.port()));
    CHECK(run_successfully({.argv = {"redis-cli", "-p", std::to_string(server.port()), "ping"}}) ==
          "PONG\n");
}

}  // namespace
}  // namespace tests
