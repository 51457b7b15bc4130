// A task through all three programs, seen from outside: the bare repository, the streams, the
// engine, the API.
#include "tests/integration/installation.h"
#include "tests/support/eventually.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

using contracts::Json;
using namespace tests;

namespace {

// Uses real Claude Code and real containers; skipped with a reason without an engine.
std::unique_ptr<Installation> begin(InstallationOptions options) {
    try {
        auto installation = std::make_unique<Installation>(std::move(options));
        installation->start();
        return installation;
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    return nullptr;
}

std::string repository_of(const Json& task) {
    const std::string location = task.at("result").at("repository").get<std::string>();
    const std::string name = location.substr(location.rfind('/') + 1);
    return name.substr(0, name.rfind(".git"));
}

std::string file(const Installation& house, const Json& task, const std::string& path) {
    return house.git(repository_of(task),
                     {"show", task.at("result").at("commit_sha").get<std::string>() + ':' + path});
}

// Checks that each request to a worker has exactly one output.
void check_one_output_each(const Installation& house, std::size_t requests) {
    std::multiset<std::string> answered;
    for (const Json& output : house.messages("worker:developer:output"))
        answered.insert(output.at("request_id").get<std::string>());
    CHECK(answered.size() == requests);
    CHECK(std::set<std::string>(answered.begin(), answered.end()).size() == requests);
}

// Checks what holds at the end of every successful task, in either runtime.
void check_road(Installation& house) {
    const std::string task_id = house.begin_project("greeter", "Greets people by name.");
    const Json task = house.await_end(task_id);
    INFO(task.dump(2));
    REQUIRE(task.at("status") == "completed");
    const Json& result = task.at("result");
    CHECK(result.at("branch") == "task/" + task_id);
    CHECK(result.at("tests").at("exit_code") == 0);
    CHECK(result.at("tests").at("commit") == result.at("commit_sha"));
    CHECK(result.at("rounds") == 1);
    CHECK(result.at("usage").at("output_tokens").get<int>() > 0);

    CHECK(file(house, task, "greeter.py").find("def greet") != std::string::npos);
    const std::string head = house.git(repository_of(task), {"rev-parse", "task/" + task_id});
    CHECK(head.substr(0, 40) == result.at("commit_sha").get<std::string>());
    const std::string advanced = house.git(repository_of(task), {"rev-parse", "main"});
    CHECK(advanced.substr(0, 40) == result.at("commit_sha").get<std::string>());
    check_one_output_each(house, 2);

    for (const Json& request : house.model().requests())
        CHECK(request.at("key_ok") == true);
    const auto projects = house.orchestrator({"project", "list"});
    CHECK(projects.json.at("data").at(0).at("status") == "active");
}

void check_no_secret(const std::string& text, const Installation& house) {
    CHECK(text.find(house.model_key()) == std::string::npos);
    CHECK(text.find(house.access().at("API_TOKEN")) == std::string::npos);
    auto redis = contracts::RedisAddress::parse(house.access().at("REDIS_URL"));
    REQUIRE(redis.has_value());
    CHECK(text.find(redis->password) == std::string::npos);
}

}  // namespace

TEST_CASE("road: a sentence becomes a tested commit in containers, and nothing of them is left") {
    auto house = begin({.script = "greeter"});
    check_road(*house);
    eventually("the workers are gone", [&] { return house->containers().empty(); });
    CHECK(house->stop().success());
}

TEST_CASE("road: the same without containers") {
    auto house = begin({.script = "greeter", .isolation = Isolation::processes});
    check_road(*house);
    CHECK(house->stop().success());
}

TEST_CASE("road: a worker holds no secret and has no network, and its wrapper is PID 1") {
    auto house = begin({.script = "probe"});
    const std::string task_id = house->begin_project("probe", "Look around.");
    std::set<std::string> inspected;
    Json task;
    eventually(
        "the task has ended",
        [&] {
            for (const std::string& id : house->containers()) {
                const HttpResponse seen = house->engine().ask("GET", "/containers/" + id + "/json");
                if (seen.status != 200 || !inspected.insert(id).second) continue;
                check_no_secret(seen.body, *house);
                const auto facts = contracts::parse_json(seen.body);
                REQUIRE(facts.has_value());
                CHECK(facts->at("HostConfig").at("NetworkMode") == "none");
                CHECK(facts->at("HostConfig").at("Privileged") == false);
                CHECK(facts->at("HostConfig").at("ReadonlyRootfs") == true);
                CHECK(facts->at("Path") == "/.worker/bin/worker-wrapper");
            }
            task = house->orchestrator({"engineering", "status", task_id}).json.at("data");
            return task.at("status") == "completed" || task.at("status") == "failed";
        },
        std::chrono::minutes{3});
    INFO(task.dump(2));
    REQUIRE(task.at("status") == "completed");
    CHECK_FALSE(inspected.empty());

    CHECK(file(*house, task, "seen/pid1") == "worker-wrapper\n");
    CHECK(file(*house, task, "seen/uid") == std::to_string(first_uid()) + "\n");
    const std::string environment = file(*house, task, "seen/environment");
    check_no_secret(environment, *house);
    CHECK(environment.find("ANTHROPIC_API_KEY=worker\n") != std::string::npos);
    CHECK(environment.find("REDIS_URL") == std::string::npos);
    CHECK(file(*house, task, "seen/pid1_environment").find("Permission denied") !=
          std::string::npos);
    CHECK(file(*house, task, "seen/control").find("Permission denied") != std::string::npos);
    CHECK(file(*house, task, "seen/state").find("Permission denied") != std::string::npos);
    const std::string interfaces = file(*house, task, "seen/interfaces");
    CHECK(std::ranges::count(interfaces, ':') == 1);
    CHECK(interfaces.find("lo:") != std::string::npos);
    const std::string privileges = file(*house, task, "seen/privileges");
    CHECK(privileges.find("CapEff:\t0000000000000000") != std::string::npos);
    CHECK(privileges.find("NoNewPrivs:\t1") != std::string::npos);
    CHECK(privileges.find("Seccomp:\t2") != std::string::npos);
    // A developer may list projects but not create one.
    CHECK(file(*house, task, "seen/list").find("\"success\":true") != std::string::npos);
    CHECK(file(*house, task, "seen/create").find("\"success\":false") != std::string::npos);
    CHECK(file(*house, task, "seen/create_code") == "4\n");
    // The agent tried to push to the default branch; only tested work has reached it.
    CHECK(house->git(repository_of(task), {"log", "--format=%s", "main"}) ==
          "What I saw\nBegin the project\n");
}

TEST_CASE("road: failing tests go back to the developer, who mends them in the second round") {
    auto house = begin({.script = "greeter_mends", .isolation = Isolation::processes});
    const Json task = house->await_end(house->begin_project("greeter", "Greets people."));
    INFO(task.dump(2));
    REQUIRE(task.at("status") == "completed");
    CHECK(task.at("result").at("rounds") == 2);
    CHECK(task.at("result").at("tests").at("exit_code") == 0);
    check_one_output_each(*house, 4);
}

TEST_CASE("road: after three rounds a person is asked") {
    auto house = begin({.script = "greeter_never", .isolation = Isolation::processes});
    const Json task = house->await_end(house->begin_project("greeter", "Greets people."));
    INFO(task.dump(2));
    REQUIRE(task.at("status") == "failed");
    CHECK(task.at("result").at("rounds") == 3);
    CHECK(task.at("result").at("reason").get<std::string>().find("blocked") != std::string::npos);
    check_one_output_each(*house, 6);
}

TEST_CASE("road: what is no message goes to the dead letters, and the road goes on") {
    auto house = begin({.script = "greeter", .isolation = Isolation::processes});
    contracts::Connection redis = house->redis();
    for (const char* bad :
         {"not json at all", R"({"request_id":"r1","project_id":"p","user_id":"u"})",
          R"({"request_id":"r2","task_id":"none","project_id":"none","user_id":"u"})"})
        REQUIRE(redis.command({"XADD", "engineering:queue", "*", "data", bad}).has_value());
    const Json task = house->await_end(house->begin_project("greeter", "Greets people."));
    CHECK(task.at("status") == "completed");
    const auto dead = house->messages("engineering:queue:dlq");
    REQUIRE(dead.size() == 3);
    CHECK(dead.at(0).at("original_message") == "not json at all");
    CHECK(dead.at(1).at("error_context").at("error").get<std::string>().find("task_id") !=
          std::string::npos);
    CHECK(dead.at(2).at("error_context").at("error").get<std::string>().find("none") !=
          std::string::npos);
}

TEST_CASE(
    "road: what does not exist is 404 and exit code 3, a bad name is refused by CLI and API") {
    auto house = begin({.isolation = Isolation::processes});
    const auto unknown = house->orchestrator({"project", "get", "nobody"});
    CHECK(unknown.exit_code == 3);
    CHECK(unknown.json.at("success") == false);
    const HttpHeaders token{{"Authorization", "Bearer " + house->access().at("API_TOKEN")},
                            {"Content-Type", "application/json"}};
    CHECK(http(house->access().at("API_URL"), {.target = "/api/projects/nobody", .headers = token})
              .status == 404);

    const auto refused = house->orchestrator({"project", "create", "--name", "Not A Name"});
    CHECK(refused.exit_code == 2);
    CHECK(refused.json.dump().find("name") != std::string::npos);
    const HttpResponse answer =
        http(house->access().at("API_URL"), {.method = "POST",
                                             .target = "/api/projects",
                                             .headers = token,
                                             .body = R"({"name":"Not A Name"})"});
    CHECK(answer.status == 422);
    const auto problem = contracts::parse_json(answer.body);
    REQUIRE(problem.has_value());
    CHECK(problem->at("field") == "name");
}
