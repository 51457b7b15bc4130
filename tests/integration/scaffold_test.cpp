// A draft project is made from the template by the real Copier before its developer starts.
#include "tests/integration/installation.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Json;
using namespace tests;

TEST_CASE("scaffold: the developer begins in the files of the template") {
    Installation house(
        {.isolation = Isolation::processes,
         .environment = {{"COPIER", ORCH_SOURCE_DIR "/build/tools/copier/bin/copier"}}});
    house.start();
    const std::string task_id = house.begin_project("greeter", "Greets people by name.");
    const Json task = house.await_end(task_id);
    INFO(task.dump(2));
    REQUIRE(task.at("status") == "completed");
    const std::string location = task.at("result").at("repository").get<std::string>();
    const std::string name = location.substr(location.rfind('/') + 1);
    const std::string repository = name.substr(0, name.rfind(".git"));
    const std::string history = house.git(repository, {"log", "--format=%s", "--reverse", "main"});
    INFO(history);
    const std::size_t scaffold = history.find("Scaffold the project\n");
    REQUIRE(scaffold != std::string::npos);
    CHECK(history.find('\n', scaffold) + 1 < history.size());  // the developer's work follows
    const std::string files = house.git(repository, {"ls-tree", "-r", "--name-only", "main"});
    for (const char* file : {".project.yml\n", "AGENTS.md\n", "main.py\n", "greeter.py\n"})
        CHECK(files.find(file) != std::string::npos);
}
