#include "contracts/base/json.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "control/bus/bus_check.h"
#include "control/bus/stream_reader.h"
#include "control/jobs/pause.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>

using namespace contracts;
using namespace control;
using namespace std::chrono_literals;
using tests::eventually;

namespace {

class NoLines final : public LogSink {
public:
    void write(LogLevel, std::string_view) override {}
};

Log silent_log() {
    return {std::make_shared<NoLines>(), LogLevel::error, LogFormat::json, "test"};
}

class CountedLines final : public LogSink {
public:
    void write(LogLevel level, std::string_view line) override {
        const std::lock_guard lock(mutex_);
        lines_.append(std::to_string(static_cast<int>(level))).append(line).append("\n");
    }
    int count(std::string_view text) {
        const std::lock_guard lock(mutex_);
        int found = 0;
        for (std::size_t at = lines_.find(text); at != std::string::npos;
             at = lines_.find(text, at + 1))
            ++found;
        return found;
    }

private:
    std::mutex mutex_;
    std::string lines_;
};

RedisAddress address_of(const tests::RedisServer& server) {
    return *RedisAddress::parse(server.url());
}

void publish(const tests::RedisServer& server, const std::string& data) {
    Result<Connection> connection = Connection::dial(address_of(server));
    REQUIRE(connection);
    REQUIRE(publish_data(*connection, "work", data));
}

std::int64_t count(const tests::RedisServer& server, const std::string& command,
                   const std::string& key) {
    Result<Connection> connection = Connection::dial(address_of(server));
    REQUIRE(connection);
    if (command == "XLEN") return connection->command({"XLEN", key})->view().integer();
    return connection->command({"XPENDING", key, "role"})->view()[0].integer();
}

ConsumerSettings settings() {
    return {.streams = {"work"},
            .group = "role",
            .name = "role-1",
            .service = "test",
            .claim_after = 200ms,
            .sweep_every = 50ms};
}

}  // namespace

TEST_CASE("a pause ends with its time or with a stop, whichever is first") {
    std::stop_source source;
    CHECK(pause(1ms, source.get_token()));
    std::jthread stopper([&] { source.request_stop(); });
    CHECK_FALSE(pause(1h, source.get_token()));
    CHECK_FALSE(pause(1h, source.get_token()));
}

TEST_CASE("a bus dials when it is needed, again after a break, and never after an interrupt") {
    tests::RedisServer server;
    Bus bus(address_of(server));
    Result<Connection*> first = bus.connection();
    REQUIRE(first);
    REQUIRE((*first)->command({"SET", "k", "1"}));
    CHECK(*bus.connection() == *first);
    server.restart();
    CHECK_FALSE((*bus.connection())->command({"PING"}));
    Result<Connection*> second = bus.connection();
    REQUIRE(second);
    CHECK((*second)->command({"PING"}));
    bus.interrupt();
    CHECK_FALSE((*second)->command({"PING"}));
    Result<Connection*> third = bus.connection();
    REQUIRE_FALSE(third);
    CHECK(third.error().kind == ErrorKind::transient);
}

TEST_CASE("an entry is acknowledged when its handler is done, and refused when it never can be") {
    tests::RedisServer server;
    std::atomic<int> handled = 0;
    SystemClock clock;
    StreamReader reader(
        address_of(server), settings(),
        [&](const Entry& entry) -> Result<void> {
            if (entry.data == "poison") return fail(ErrorKind::invalid, "cannot be read");
            ++handled;
            return {};
        },
        clock, silent_log());
    reader.start();
    publish(server, "good");
    publish(server, "poison");
    publish(server, "good");
    eventually("both good ones", [&] { return handled == 2; });
    eventually("the dead letter", [&] { return count(server, "XLEN", "work:dlq") == 1; });
    eventually("nothing pending", [&] { return count(server, "XPENDING", "work") == 0; });
}

TEST_CASE("what may succeed later stays pending and comes again") {
    tests::RedisServer server;
    std::atomic<int> tries = 0;
    SystemClock clock;
    StreamReader reader(
        address_of(server), settings(),
        [&](const Entry&) -> Result<void> {
            if (++tries < 3) return fail(ErrorKind::transient, "not now");
            return {};
        },
        clock, silent_log());
    publish(server, "one");
    reader.start();
    eventually("the third try", [&] { return tries == 3; });
    eventually("nothing pending", [&] { return count(server, "XPENDING", "work") == 0; });
    CHECK(count(server, "XLEN", "work:dlq") == 0);
}

TEST_CASE("a reader goes on after Redis was away, with what came before and after") {
    tests::RedisServer server({.durable = true});
    std::atomic<int> handled = 0;
    SystemClock clock;
    StreamReader reader(
        address_of(server), settings(),
        [&](const Entry&) -> Result<void> {
            ++handled;
            return {};
        },
        clock, silent_log());
    reader.start();
    publish(server, "before");
    eventually("the first", [&] { return handled == 1; });
    server.kill();
    server.start();
    publish(server, "after");
    eventually("the second", [&] { return handled == 2; });
}

TEST_CASE("stopping a reader that waits for entries takes no time") {
    tests::RedisServer server;
    SystemClock clock;
    StreamReader reader(
        address_of(server), settings(), [](const Entry&) -> Result<void> { return {}; }, clock,
        silent_log());
    reader.start();
    eventually("it reads", [&] {
        Result<Connection> connection = Connection::dial(address_of(server));
        return connection && connection->command({"XINFO", "CONSUMERS", "work", "role"}) &&
               connection->command({"XINFO", "CONSUMERS", "work", "role"})->view().size() == 1;
    });
    const auto began = std::chrono::steady_clock::now();
    reader.stop();
    CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("a refused entry is told once") {
    tests::RedisServer server;
    SystemClock clock;
    const auto lines = std::make_shared<CountedLines>();
    StreamReader reader(
        address_of(server), settings(),
        [](const Entry&) -> Result<void> { return fail(ErrorKind::invalid, "cannot be read"); },
        clock, Log(lines, LogLevel::debug, LogFormat::json, "test"));
    reader.start();
    publish(server, "poison");
    eventually("the dead letter", [&] { return count(server, "XLEN", "work:dlq") == 1; });
    eventually("it is told", [&] { return lines->count("cannot be read") > 0; });
    reader.stop();
    CHECK(lines->count("cannot be read") == 1);
}

TEST_CASE("a node of a Redis Cluster is no bus, whatever slots it has") {
    const tests::RedisServer server({.cluster = true});
    Connection connection = *Connection::dial(address_of(server));
    const auto check_refused = [&] {
        const Result<void> fit = check_bus(connection, silent_log());
        REQUIRE_FALSE(fit);
        CHECK(fit.error().kind == ErrorKind::fatal);
        CHECK(fit.error().describe().find("Redis Cluster") != std::string::npos);
    };
    check_refused();
    REQUIRE(connection.command({"CLUSTER", "ADDSLOTSRANGE", "0", "8000"}));
    check_refused();
    REQUIRE(connection.command({"CLUSTER", "ADDSLOTSRANGE", "8001", "16383"}));
    eventually("it serves", [&] { return connection.command({"SET", "a", "1"}).has_value(); });
    check_refused();
}

TEST_CASE("a Redis that evicts keys is warned of, and no other") {
    const tests::RedisServer server;
    Connection connection = *Connection::dial(address_of(server));
    const auto lines = std::make_shared<CountedLines>();
    const Log log(lines, LogLevel::info, LogFormat::json, "test");
    REQUIRE(check_bus(connection, log));
    CHECK(lines->count("EVICTS") == 0);
    int told = 0;
    for (const char* policy : {"allkeys-lru", "volatile-ttl", "allkeys-random"}) {
        REQUIRE(connection.command({"CONFIG", "SET", "maxmemory-policy", policy}));
        REQUIRE(check_bus(connection, log));
        CHECK(lines->count("EVICTS") == ++told);
        CHECK(lines->count(std::string("\"maxmemory_policy\":\"") + policy) == 1);
    }
    // Without the permission to ask there is no warning.
    REQUIRE(connection.command({"ACL", "SETUSER", "default", "-info"}));
    REQUIRE(check_bus(connection, log));
    CHECK(lines->count("EVICTS") == told);
}
