#include "control/settings/bus.h"

#include <catch2/catch_test_macros.hpp>
#include <map>

namespace control {

namespace {

using BusVariables = std::map<std::string, std::string>;

// The error for these settings; empty if they are valid.
std::string bus_fault(const BusVariables& variables, BusSettings& settings) {
    contracts::Environment environment([&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
    read(environment, settings);
    const contracts::Result<void> finished = environment.finish();
    return finished ? "" : finished.error().message;
}

RemoteBus remote_of(const std::string& url) {
    contracts::Result<RemoteBus> bus = parse_remote_bus(url);
    INFO(url);
    REQUIRE(bus);
    return *bus;
}

TEST_CASE("a Redis behind TLS is told by its scheme") {
    const RemoteBus bus = remote_of("rediss://daemon:p%40ss@redis.example:7000/3");
    CHECK(bus.tls);
    CHECK(bus.server.host == "redis.example");
    CHECK(bus.server.port == 7000);
    CHECK(bus.server.user == "daemon");
    CHECK(bus.server.password == "p@ss");
    CHECK(bus.server.database == 3);
    CHECK(bus.master.empty());
    CHECK(bus.sentinels.empty());
    CHECK(!is_remote_bus("redis://redis.example"));
    CHECK(!is_remote_bus("unix:///run/redis.sock"));
}

TEST_CASE("Sentinels are listed with the name of the master") {
    const RemoteBus bus =
        remote_of("redis+sentinel://:pw@a.example,b.example:1,[::1],[::2]:5/main/2");
    CHECK(!bus.tls);
    CHECK(bus.master == "main");
    CHECK(bus.server.host.empty());
    CHECK(bus.server.password == "pw");
    CHECK(bus.server.database == 2);
    REQUIRE(bus.sentinels.size() == 4);
    CHECK(bus.sentinels[0].host == "a.example");
    CHECK(bus.sentinels[0].port == 26379);
    CHECK(bus.sentinels[0].password.empty());
    CHECK(bus.sentinels[1].port == 1);
    CHECK(bus.sentinels[2].host == "::1");
    CHECK(bus.sentinels[2].port == 26379);
    CHECK(bus.sentinels[3].port == 5);
    CHECK(remote_of("rediss+sentinel://a/main").tls);
}

TEST_CASE("a remote Redis that cannot be meant is refused without its password") {
    for (const char* url :
         {"rediss://", "rediss://u:hidden@", "rediss://h:0", "rediss://h/x", "redis+sentinel://a",
          "redis+sentinel://a/", "redis+sentinel://a//1", "redis+sentinel://a,/main",
          "redis+sentinel://u:hidden@/main", "redis+sentinel://a:x/main",
          "redis+sentinel://a/main/x", "redis+sentinel://a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a/main"}) {
        INFO(url);
        BusSettings settings;
        const std::string fault = bus_fault({{"REDIS_URL", url}}, settings);
        CHECK(fault.find("REDIS_URL") != std::string::npos);
        CHECK(fault.find("hidden") == std::string::npos);
        CHECK(!settings.remote);
        CHECK(!settings.redis);
    }
}

TEST_CASE("what a remote Redis asks for beside its address") {
    BusSettings settings;
    BusVariables variables{{"REDIS_URL", "rediss+sentinel://a,b/main"},
                           {"REDIS_SENTINEL_PASSWORD", "s"},
                           {"REDIS_CA_FILE", "/ca"},
                           {"REDIS_CERTIFICATE", "/c"},
                           {"REDIS_KEY", "/k"}};
    CHECK(bus_fault(variables, settings).empty());
    REQUIRE(settings.remote);
    CHECK(settings.remote->sentinels[1].password == "s");
    CHECK(settings.remote->authorities == "/ca");
    CHECK(settings.remote->certificate == "/c");
    CHECK(settings.remote->key == "/k");
    variables.erase("REDIS_KEY");
    CHECK(bus_fault(variables, settings).find("REDIS_KEY") != std::string::npos);
    variables["REDIS_URL"] = "redis://h";
    variables["REDIS_KEY"] = "/k";
    BusSettings plain;
    CHECK(bus_fault(variables, plain).empty());
    CHECK(plain.redis);
    CHECK(!plain.remote);
}

}  // namespace

}  // namespace control
