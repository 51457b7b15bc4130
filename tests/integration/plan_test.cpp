// Large work through the real daemon: an architect's plan, and its parts in order.
#include "tests/integration/installation.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Json;
using namespace tests;

TEST_CASE("plan: an architect cuts the work into two tasks, and the second builds on the first") {
    Installation house({.script = "planned", .isolation = Isolation::processes});
    house.start();
    const Json project =
        house.orchestrator({"project", "create", "--name", "greeter"}).json.at("data");
    const auto started = house.orchestrator({"engineering", "start", "--project",
                                             project.at("id").get<std::string>(), "--plan",
                                             "--spec", "A greeter that also says goodbye."});
    INFO(started.json.dump(2));
    REQUIRE(started.exit_code == 0);
    const Json whole = house.await_end(started.json.at("data").at("id").get<std::string>());
    INFO(whole.dump(2));
    REQUIRE(whole.at("status") == "completed");
    const Json& parts = whole.at("result").at("parts");
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].at("title") == "Write the greeting");
    CHECK(parts[1].at("title") == "Add the farewell");
    for (const Json& part : parts) {
        const Json task =
            house.orchestrator({"engineering", "status", part.at("task_id").get<std::string>()})
                .json.at("data");
        INFO(task.dump(2));
        CHECK(task.at("status") == "completed");
        CHECK(task.at("result").at("tests").at("exit_code") == 0);
    }
    const std::string location = whole.at("result").at("repository").get<std::string>();
    const std::string name = location.substr(location.rfind('/') + 1);
    CHECK(house.git(name.substr(0, name.rfind(".git")), {"log", "--format=%s", "main"}) ==
          "Add the farewell\nWrite the greeting\nBegin the project\n");
    CHECK(house.stop().success());
}
