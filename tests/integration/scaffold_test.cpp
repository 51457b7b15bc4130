// A draft project is made from the template by the real Copier before its developer starts.
#include "contracts/streams/publisher.h"
#include "tests/integration/installation.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

using contracts::Json;
using namespace tests;

namespace {

constexpr const char* kCopier = ORCH_SOURCE_DIR "/build/tools/copier/bin/copier";

}  // namespace

TEST_CASE("scaffold: the developer begins in the files of the template") {
    Installation house({.isolation = Isolation::processes, .environment = {{"COPIER", kCopier}}});
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

TEST_CASE(
    "scaffold: a template that fails is told to the user, and tried again when it is mended") {
    const TemporaryDirectory theirs;
    const auto git = [&](const std::string& script) {
        run_successfully({.argv = {"/bin/sh", "-ec",
                                   script + " && git add -A && git -c user.name=a -c "
                                            "user.email=a@b commit -qm change"},
                          .directory = theirs / "template"});
    };
    std::filesystem::permissions(theirs.path(), std::filesystem::perms(0755));
    std::filesystem::create_directory(theirs / "template");
    git("git init -q -b main . && printf 'colour: {type: str}\\n' > copier.yml");
    Installation house(
        {.isolation = Isolation::processes,
         .environment = {{"COPIER", kCopier}, {"SERVICE_TEMPLATE", theirs / "template"}}});
    house.start();
    const std::string task_id = house.begin_project("greeter", "Greets people by name.");
    const Json failed = house.await_end(task_id);
    INFO(failed.dump(2));
    REQUIRE(failed.at("status") == "failed");
    std::vector<Json> told;
    eventually("the user is told", [&] {
        told = house.messages("chat:notices");
        return !told.empty();
    });
    CHECK(told.size() == 1);
    CHECK(told[0].at("kind") == "task_blocked");
    CHECK(told[0].at("text").get<std::string>().find("colour") != std::string::npos);

    git("rm copier.yml && mkdir -p services/backend && touch services/backend/keep && "
        "printf 'project_name: {type: str}\\nmodules: {type: str}\\n' > copier.yml && "
        "printf '{{ _copier_answers|to_nice_yaml }}' > "
        "'{{ _copier_conf.answers_file }}.jinja'");
    contracts::Connection redis = house.redis();
    REQUIRE(contracts::publish_data(
        redis, "graphs:commands",
        contracts::dump_json(
            {{"request_id", "again"}, {"command", "retry"}, {"task_id", task_id}})));
    eventually(
        "the task is done",
        [&] {
            return house.orchestrator({"engineering", "status", task_id})
                       .json.at("data")
                       .at("status") == "completed";
        },
        std::chrono::minutes{3});
}
