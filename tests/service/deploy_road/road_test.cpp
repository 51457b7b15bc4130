// A whole deployment with a real daemon: from a task to a URL that answers, and its removal.
#include "road.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace deploy_road;

TEST_CASE("from a tested commit to a URL, through a value that the user gives, and back") {
    const std::string runtime = GENERATE("process", "docker");
    CAPTURE(runtime);
    Road road(environment_of(runtime));
    const std::string first = road.tested_commit(greeter("one"));

    const std::string task = road.begin_task("");
    tests::eventually("the user is asked", [&] { return !road.notices("secret_needed").empty(); });
    CHECK(road.notices("secret_needed").front()["data"]["missing"] == Json{"API_TOKEN"});
    (void)road.made("PUT", "/api/projects/" + road.project() + "/secrets/API_TOKEN",
                    {{"value", "given-by-the-user"}});
    const Json done = road.wait_task(task);
    INFO(done.dump());
    REQUIRE(done["status"] == "completed");
    const std::string url = done["result"]["deployed_url"];
    CHECK(done["result"]["commit"] == first);
    const std::string page = get(url);
    INFO(page);
    REQUIRE(page.starts_with("200 one hello|"));
    const std::string secret = page.substr(14, 32);
    CHECK(page == "200 one hello|" + secret + "|x://u:" + secret + "@h|given-by-the-user");
    CHECK(road.read("/api/projects/" + road.project())["status"] == "active");
    const Json rows = road.read("/api/service_deployments");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["status"] == "active");
    CHECK(rows[0]["commit"] == first);
    CHECK(rows[0]["url"] == url);
    CHECK(road.notices("deployed").size() == 1);
    CHECK(road.notices("secret_needed").size() == 1);

    // A second deployment keeps the address and the secrets; only the text changes.
    const std::string second = road.tested_commit(greeter("two"));
    const Json again = road.run_task();
    CHECK(again["result"]["deployed_url"] == url);
    CHECK(get(url) == "200 two hello|" + secret + "|x://u:" + secret + "@h|given-by-the-user");

    // A failed deployment reports its last lines without secrets; the running one stays up.
    auto broken = greeter("three");
    broken["serve.py"] = "import os\nraise SystemExit('no luck with ' + os.environ['API_TOKEN'])";
    (void)road.tested_commit(broken);
    const Json failed = road.run_task();
    CHECK(failed["status"] == "failed");
    CHECK(failed["result"]["log"].get<std::string>().find("no luck with ***") != std::string::npos);
    CHECK(failed.dump().find("given-by-the-user") == std::string::npos);
    CHECK(get(url).starts_with("200 two"));
    const Json after = road.read("/api/service_deployments");
    REQUIRE(after.size() == 1);
    CHECK(after[0]["status"] == "active");
    CHECK(after[0]["commit"] == second);
    CHECK(after[0]["error"].is_string());
    CHECK(road.notices("deploy_failed").size() == 1);

    // The deployment survives the daemon, and the next daemon finds it.
    road.kill_daemon();
    CHECK(get(url).starts_with("200 two"));
    road.start_daemon();
    CHECK(get(url).starts_with("200 two"));

    const Json logs = road.run_task("logs");
    CHECK(logs["status"] == "completed");
    CHECK(logs["result"]["log"].is_string());
    const Json stopped = road.run_task("stop");
    CHECK(stopped["result"]["stopped"] == true);
    CHECK_THROWS(get(url));
    CHECK(road.read("/api/allocations").empty());
    CHECK(road.read("/api/service_deployments")[0]["status"] == "stopped");
    CHECK(road.run_task("stop")["result"]["stopped"] == false);
}

TEST_CASE(
    "a project is deleted: its work, its deployment and its secrets, and what stays is said") {
    Road road(environment_of("process"));
    (void)road.tested_commit(greeter("one"));
    (void)road.made("PUT", "/api/projects/" + road.project() + "/secrets/API_TOKEN",
                    {{"value", "given"}});
    const Json live = road.run_task();
    REQUIRE(live["status"] == "completed");
    const std::string url = live["result"]["deployed_url"];
    // This task stays open: no daemon has the role workers.
    const std::string open = road.made(
        "POST", "/api/tasks",
        {{"project_id", road.project()}, {"type", "engineering"}, {"spec", "more"}})["id"];

    const Json unsure = road.orchestrator({"project", "delete", "greeter"});
    CHECK(unsure["details"]["field"] == "--yes");
    CHECK(get(url).starts_with("200 one"));

    // A deployment continues after its daemon was killed in the middle.
    const std::string removal = road.begin_task("remove");
    road.kill_daemon();
    road.start_daemon();
    CHECK_THROWS(
        road.made("POST", "/api/tasks",
                  {{"project_id", road.project()}, {"type", "deploy"}, {"spec", "remove"}}));
    const Json done = road.orchestrator({"project", "delete", "greeter", "--yes"});
    INFO(done.dump(2));
    REQUIRE(done["success"] == true);
    CHECK(done["data"]["id"] == removal);
    CHECK(done["data"]["result"]["stopped"] == true);
    CHECK(done["data"]["result"]["secrets_erased"].get<int>() >= 2);
    CHECK(done["data"]["result"]["left"].dump().find("the repository ") != std::string::npos);
    CHECK_THROWS(get(url));
    CHECK(road.read("/api/tasks/" + open)["status"] == "cancelled");
    CHECK(road.read("/api/projects/" + road.project())["status"] == "archived");
    CHECK(road.read("/api/projects/" + road.project() + "/secrets").empty());
    CHECK(road.read("/api/allocations").empty());
    CHECK(road.read("/api/service_deployments")[0]["status"] == "stopped");

    // Deleting the project again changes nothing.
    const Json again = road.orchestrator({"project", "delete", road.project(), "--yes"});
    CHECK(again["data"]["id"] == removal);
    CHECK(road.run_task("remove")["result"]["stopped"] == false);
    CHECK(road.orchestrator({"project", "delete", "nothing", "--yes"})["success"] == false);

    // `project delete --repository NAME` also deletes the repository.
    const Json wrong =
        road.orchestrator({"project", "delete", "greeter", "--repository", "greeter", "--yes"});
    CHECK(wrong["details"]["field"] == "--repository");
    CHECK(!road.head().empty());
    const std::string repository = "greeter-" + road.project().substr(road.project().size() - 8);
    const Json whole =
        road.orchestrator({"project", "delete", "greeter", "--repository", repository, "--yes"});
    INFO(whole.dump(2));
    CHECK(whole["data"]["result"]["repository_deleted"] == true);
    CHECK(whole["data"]["result"]["left"].empty());
    CHECK(road.head().empty());
}

TEST_CASE("what cannot be deployed says why") {
    Road road(environment_of("process"));
    SECTION("nothing was tested") {
        const Json task = road.run_task();
        CHECK(task["status"] == "failed");
        CHECK(task["result"]["error"].get<std::string>().find("engineering task") !=
              std::string::npos);
    }
    SECTION("its .project.yml is wrong") {
        auto files = greeter("x");
        files[".project.yml"] = "run: [1\n";
        (void)road.tested_commit(files);
        const Json task = road.run_task();
        CHECK(task["status"] == "failed");
        CHECK(task["result"]["error"].get<std::string>().find("line") != std::string::npos);
    }
    SECTION("there is no log to read, and no such thing to do") {
        CHECK(road.run_task("logs")["result"]["error"] == "nothing is deployed");
        CHECK(road.run_task("dance")["status"] == "failed");
    }
    CHECK(road.read("/api/service_deployments").size() <= 1);
}
