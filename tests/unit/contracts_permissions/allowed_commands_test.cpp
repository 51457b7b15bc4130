#include "contracts/permissions/allowed_commands.h"

#include <catch2/catch_test_macros.hpp>

using namespace contracts;

namespace {

AllowedCommands parsed(std::string_view text) {
    auto commands = AllowedCommands::parse(text);
    REQUIRE(commands);
    return *commands;
}

}  // namespace

TEST_CASE("a pattern has at most 64 bytes") {
    const std::string longest = "project." + std::string(56, 'a');
    REQUIRE(longest.size() == 64);
    CHECK(AllowedCommands::parse(longest));
    CHECK_FALSE(AllowedCommands::parse(longest + 'a'));
    CHECK_FALSE(AllowedCommands::parse(std::string(65, 'a')));
}

TEST_CASE("nothing listed is nothing allowed") {
    for (const char* text : {"", " ", ",", " , ,", "[]"})
        CHECK(!parsed(text).allows("project.get"));
    CHECK(!AllowedCommands().allows("project.get"));
    const auto refused = AllowedCommands().check("project.get");
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::permission);
    CHECK(refused.error().next_step == "no command is allowed");
}

TEST_CASE("a pattern allows its command, its group or everything") {
    CHECK(parsed("project.get").allows("project.get"));
    CHECK(!parsed("project.get").allows("project.getall"));
    CHECK(!parsed("project.get").allows("project"));
    CHECK(parsed("project.*").allows("project.create"));
    CHECK(!parsed("project.*").allows("projects.create"));
    CHECK(!parsed("project.*").allows("projec"));
    CHECK(!parsed("respond.*").allows("respondents"));
    CHECK(parsed("respond.*").allows("respond"));  // a command without a group
    CHECK(parsed("*").allows("anything.at-all"));
    CHECK(parsed("respond").allows("respond"));
}

TEST_CASE("a list is commas or JSON") {
    for (const char* text :
         {"project.get,deploy.*", " project.get , deploy.* ", R"(["project.get","deploy.*"])",
          R"( [ "project.get", "deploy.*" ] )", "project.get,\tdeploy.*\r\n"}) {
        const AllowedCommands commands = parsed(text);
        CHECK(commands.allows("project.get"));
        CHECK(commands.allows("deploy.start"));
        CHECK(!commands.allows("project.create"));
    }
}

TEST_CASE("what is no pattern is refused, and nothing of the list counts") {
    for (const char* text : {"project.get,pro ject", "project.", ".get", "project.g*", "**",
                             "*.get", "project.get.more", "PROJECT.get", "project;get",
                             R"(["a.b", 1])", "[\"a.b\"", R"([["a.b"]])"}) {
        INFO(text);
        const auto refused = AllowedCommands::parse(text);
        REQUIRE(!refused);
        CHECK(refused.error().kind == ErrorKind::invalid);
        CHECK(refused.error().field == "ALLOWED_COMMANDS");
    }
}

TEST_CASE("a profile stands for its patterns") {
    const AllowedCommands developer = parsed("DEVELOPER");
    CHECK(developer.allows("project.get"));
    CHECK(!developer.allows("project.create"));
    CHECK(!developer.allows("deploy.start"));
    const AllowedCommands both = parsed("DEVELOPER,deploy.start");
    CHECK(both.allows("deploy.start"));
    CHECK(parsed("PRODUCT_OWNER").allows("engineering.start"));
    CHECK(!parsed("DEVOPS").allows("project.create"));
    CHECK(expand_profiles({"x.y", "DEVELOPER"}).size() > 2);
    CHECK(expand_profiles({"x.y"}) == std::vector<std::string>{"x.y"});
}

TEST_CASE("a refusal says what would be allowed") {
    const auto refused = parsed("project.get,deploy.*").check("project.create");
    REQUIRE(!refused);
    CHECK(refused.error().message == "project.create is not allowed here");
    CHECK(refused.error().next_step == "allowed: project.get, deploy.*");
}

TEST_CASE("a pattern is allowed when every command that it stands for is allowed") {
    const AllowedCommands some = parsed("project.*,deploy.start");
    for (const char* pattern : {"project.*", "project.get", "project.secret_set", "deploy.start"})
        CHECK(some.allows(pattern));
    for (const char* pattern : {"*", "deploy.*", "deploy.status", "projects.get"})
        CHECK(!some.allows(pattern));
    CHECK(parsed("*").allows("*"));
    CHECK(!AllowedCommands().allows("project.get"));
}

TEST_CASE("what two lists allow together is what both allow") {
    const char* const lists[] = {"",
                                 "*",
                                 "project.*",
                                 "project.get",
                                 "project.get,project.list",
                                 "project.*,deploy.start",
                                 "deploy.*,respond",
                                 "respond.*",
                                 "DEVELOPER",
                                 "PRODUCT_OWNER"};
    const char* const commands[] = {"project.get",   "project.list",  "project.create",
                                    "project.tasks", "deploy.start",  "deploy.wait",
                                    "respond",       "infra.servers", "engineering.status"};
    for (const char* one : lists)
        for (const char* other : lists) {
            const AllowedCommands both = parsed(one).narrowed_to(parsed(other));
            for (const char* command : commands) {
                INFO(one << " and " << other << ": " << command);
                CHECK(both.allows(command) ==
                      (parsed(one).allows(command) && parsed(other).allows(command)));
            }
        }
}
