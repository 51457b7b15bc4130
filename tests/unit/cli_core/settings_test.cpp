#include "cli/settings.h"

#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <map>

namespace cli {

namespace {

contracts::Result<Settings> read(std::map<std::string, std::string> environment) {
    environment.emplace("ORCHESTRATOR_SOCKET", "/nonexistent/agent.sock");
    return Settings::read([&](const std::string& name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        if (found == environment.end()) return std::nullopt;
        return found->second;
    });
}

}  // namespace

TEST_CASE("outside of a worker an absent list restricts nothing, an empty one everything") {
    const auto absent = read({});
    CHECK_FALSE(absent->inside_worker);
    CHECK_FALSE(absent->allowed);
    CHECK(absent->user_id == "admin");
    const auto empty = read({{"ALLOWED_COMMANDS", ""}});
    REQUIRE(empty->allowed);
    CHECK_FALSE(empty->allowed->allows("project.list"));
}

TEST_CASE("inside a worker an absent or empty list denies everything") {
    const tests::TemporaryDirectory directory;
    const std::string socket = directory.write("agent.sock", "");
    using Environment = std::map<std::string, std::string>;
    for (const Environment& environment :
         {Environment{{"WORKER_ID", "w1"}},
          Environment{{"WORKER_ID", "w1"}, {"ALLOWED_COMMANDS", ""}},
          Environment{{"ORCHESTRATOR_SOCKET", socket}}}) {
        const auto settings = read(environment);
        CHECK(settings->inside_worker);
        REQUIRE(settings->allowed);
        CHECK_FALSE(settings->allowed->allows("project.list"));
    }
    CHECK(read({{"ORCHESTRATOR_SOCKET", socket}})->agent_socket == socket);
    CHECK(read({{"WORKER_ID", "w1"}})->agent_socket.empty());
}

TEST_CASE("both spellings of a list are read, and a malformed one allows nothing") {
    for (const char* list : {"project.get,infra.*", R"(["project.get", "infra.*"])"}) {
        const auto settings = read({{"WORKER_ID", "w"}, {"ALLOWED_COMMANDS", list}});
        CHECK(settings->allowed->allows("project.get"));
        CHECK(settings->allowed->allows("infra.servers"));
        CHECK_FALSE(settings->allowed->allows("project.list"));
    }
    for (const char* list : {"[", "[1]", "project get", "a.b.c", "*.get"}) {
        const auto settings = read({{"ALLOWED_COMMANDS", list}});
        REQUIRE_FALSE(settings);
        CHECK(settings.error().kind == contracts::ErrorKind::fatal);
        CHECK(settings.error().field == "ALLOWED_COMMANDS");
    }
}

TEST_CASE("a token or a user that cannot travel is named before anything is sent") {
    CHECK(read({{"API_TOKEN", "a\r\nX-Evil: 1"}}).error().field == "API_TOKEN");
    CHECK(read({{"API_TOKEN", "a\r\nX-Evil: 1"}}).error().message.find("Evil") ==
          std::string::npos);
    CHECK(read({{"USER_ID", "a b"}}).error().field == "USER_ID");
    CHECK(read({{"API_TOKEN", std::string(4096, 'x')}}));
    const contracts::Error long_token = read({{"API_TOKEN", std::string(4097, 'x')}}).error();
    CHECK(long_token.field == "API_TOKEN");
    CHECK(long_token.message == "must have at most 4096 bytes, not 4097");
}

}  // namespace cli
