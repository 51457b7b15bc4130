// The user that the agent runs as, and the environment that it gets.
#include "wrapper/wall/agent_environment.h"

#include "wrapper/wall/image_user.h"

#include <catch2/catch_test_macros.hpp>

using namespace wrapper;

TEST_CASE("a PATH that is asked for comes between our programs and the image's") {
    AgentEnvironment environment;
    environment.set("PATH", "/.worker/bin:/usr/bin:/bin");
    environment.set("LANG", "C.UTF-8");
    add_requested(environment, {"PATH=/opt/agent:/opt/more", "LANG=de_DE.UTF-8", "COLOUR=green"},
                  "/.worker/bin");
    CHECK(environment.find("PATH") == "/.worker/bin:/opt/agent:/opt/more:/usr/bin:/bin");
    CHECK(environment.find("LANG") == "de_DE.UTF-8");
    CHECK(environment.find("COLOUR") == "green");
    CHECK(environment.find("COL").empty());
    // An empty part would mean the current directory.
    add_requested(environment, {"PATH="}, "/.worker/bin");
    CHECK(environment.find("PATH") == "/.worker/bin:/opt/agent:/opt/more:/usr/bin:/bin");
}

TEST_CASE("the image's user worker is found by its line") {
    const auto user = find_image_user(
        "root:x:0:0:root:/root:/bin/sh\nworkers:x:7:7::/:\nworker:x:1001:1002:W:/home/worker:/bin/"
        "sh");
    REQUIRE(user);
    CHECK(user->uid == 1001);
    CHECK(user->gid == 1002);
    // The agent never gets a group of root's.
    CHECK(find_image_user("worker:x:1001:0::/:\n")->gid == 1001);
    CHECK(find_image_user("worker:x:1001\n")->gid == 1001);
}

TEST_CASE("without a user worker, or with one that is root, there is no agent") {
    for (const char* accounts :
         {"", "\n", "root:x:0:0::/root:/bin/sh\n", "worker:x:0:0::/:\n", "worker:x:-5:5::/:\n",
          "worker:x::5::/:\n", "worker\n", "worker:x:4294967295:5::/:\n", "worker:x:abc:5::/:\n"}) {
        const auto user = find_image_user(accounts);
        CAPTURE(accounts);
        REQUIRE(!user);
        CHECK(user.error().kind == contracts::ErrorKind::fatal);
        CHECK(user.error().field == "AGENT_UID");
        CHECK(!user.error().next_step.empty());
    }
}
