// What a deployment waits for, and how each wait ends: a value that the user must supply, a port
// that another program uses, a full disk.
#include "tests/unit/control_graphs/deployment.h"

namespace {

using namespace deploying_tests;

Answer missing(const Json&) {
    return Json{{"missing", {"API_TOKEN"}}};
}

}  // namespace

TEST_CASE("a value that never comes is asked for, reminded of once, and given up on") {
    Deployment deployment;
    deployment.answers["deploy.secrets"] = missing;
    CHECK(deployment.run(30min) == ThreadStatus::waiting);
    REQUIRE(deployment.notices("secret_needed").size() == 1);
    const Json asked = deployment.notices("secret_needed").front();
    CHECK(asked["user_id"] == "7");
    CHECK(has(asked["text"], "API_TOKEN"));
    CHECK(has(asked["text"], "orchestrator project secret set"));

    CHECK(deployment.run(20h) == ThreadStatus::waiting);
    CHECK(deployment.notices("secret_needed").size() == 2);
    CHECK(deployment.count("deploy.secrets") < 20h / 30s + 100);

    CHECK(deployment.run(4h) == ThreadStatus::failed);
    CHECK(deployment.notices("secret_needed").size() == 2);
    CHECK(deployment.task_now()["status"] == "failed");
    CHECK(deployment.task_now()["result"]["error"] ==
          "these values were not given in time: API_TOKEN");
    REQUIRE(deployment.notices("deploy_failed").size() == 1);
    CHECK(has(deployment.notices("deploy_failed").front()["text"], "not given in time: API_TOKEN"));
    CHECK(deployment.count("deploy.start") == 0);
}

TEST_CASE("one reminder comes also where the wait is shorter than an hour") {
    DeploySettings settings;
    settings.secret_wait = 600s;
    Deployment deployment(settings);
    deployment.answers["deploy.secrets"] = missing;
    CHECK(deployment.run(20min) == ThreadStatus::failed);
    CHECK(deployment.notices("secret_needed").size() == 2);
}

TEST_CASE("a value that comes late lets the deployment go on by itself") {
    Deployment deployment;
    deployment.answers["deploy.secrets"] = missing;
    CHECK(deployment.run(5h) == ThreadStatus::waiting);
    deployment.answers["deploy.secrets"] = [](const Json&) {
        return Json{{"missing", Json::array()}};
    };
    CHECK(deployment.run(1min) == ThreadStatus::completed);
    CHECK(deployment.notices("deployed").size() == 1);
}

TEST_CASE("a place that never served moves away from a port that another program has") {
    Deployment deployment;
    deployment.answers["deploy.start"] = [](const Json& arguments) {
        if (arguments["port"] < 8102) return Json{{"port_taken", true}, {"may_move", true}};
        return Json{{"url", "http://192.0.2.1:8102"}};
    };
    CHECK(deployment.run(1min) == ThreadStatus::completed);
    CHECK(deployment.count("deploy.start") == 3);
    CHECK(deployment.task_now()["result"]["port"] == 8102);
}

TEST_CASE("a place that has served is waited for, then a person is asked, and can say go on") {
    Deployment deployment;
    deployment.answers["deploy.start"] = [](const Json&) {
        return Json{{"port_taken", true}, {"may_move", false}};
    };
    CHECK(deployment.run(2h) == ThreadStatus::blocked);
    CHECK(deployment.count("deploy.start") == 8);
    REQUIRE(deployment.notices("task_blocked").size() == 1);
    CHECK(has(deployment.notices("task_blocked").front()["text"],
              "port 8100 is in use by another program on the server"));
    CHECK(deployment.task_now()["status"] == "failed");

    deployment.answers["deploy.start"] = [](const Json&) {
        return Json{{"url", "http://192.0.2.1:8100"}};
    };
    (void)deployment.retry();
    CHECK(deployment.run(1min) == ThreadStatus::completed);
    CHECK(deployment.task_now()["status"] == "completed");
    CHECK(deployment.notices("deployed").size() == 1);
}

TEST_CASE("a disk that is full is waited for") {
    Deployment deployment;
    deployment.answers["deploy.start"] = [&](const Json&) -> Answer {
        if (deployment.count("deploy.start") < 3)
            return contracts::fail(ErrorKind::transient, "write: No space left on device");
        return Json{{"url", "http://192.0.2.1:8100"}};
    };
    CHECK(deployment.run(1h) == ThreadStatus::completed);
    CHECK(deployment.count("deploy.start") == 3);
    CHECK(deployment.notices("task_blocked").empty());
}

TEST_CASE("room on a server is waited for, told once, and found") {
    Deployment deployment;
    const auto place = deployment.answers["deploy.allocate"];
    deployment.answers["deploy.allocate"] = [](const Json&) {
        return Json{{"no_room", "web-1 has no memory left"}, {"is_final", false}};
    };
    CHECK(deployment.run(2h) == ThreadStatus::waiting);
    REQUIRE(deployment.notices("incident").size() == 1);
    CHECK(has(deployment.notices("incident").front()["text"], "web-1 has no memory left"));
    CHECK(deployment.count("deploy.allocate") < 2h / 300s + 10);
    CHECK(deployment.task_now()["status"] == "running");
    deployment.answers["deploy.allocate"] = place;
    CHECK(deployment.run(10min) == ThreadStatus::completed);
}

TEST_CASE("room that never comes is a person's to decide, and no failure of the work") {
    Deployment deployment;
    deployment.answers["deploy.allocate"] = [](const Json&) {
        return Json{{"no_room", "web-1 has no memory left"}, {"is_final", false}};
    };
    CHECK(deployment.run(25h) == ThreadStatus::blocked);
    CHECK(deployment.notices("incident").size() == 1);
    REQUIRE(deployment.notices("task_blocked").size() == 1);
    CHECK(deployment.notices("deploy_failed").empty());
}

TEST_CASE("where no server could ever take it, a person is asked at once") {
    Deployment deployment;
    deployment.answers["deploy.allocate"] = [](const Json&) {
        return Json{{"no_room", "no server is managed"}, {"is_final", true}};
    };
    CHECK(deployment.run(1min) == ThreadStatus::blocked);
    CHECK(deployment.notices("incident").empty());
    CHECK(deployment.notices("task_blocked").size() == 1);
}
