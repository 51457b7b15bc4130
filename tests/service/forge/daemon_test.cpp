// The real daemon with FORGE=github: from a task in its queue to a repository at GitHub.
#include "tests/support/daemon.h"
#include "contracts/entities/opening.h"
#include "contracts/fields/read.h"
#include "contracts/streams/connection.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/publisher.h"
#include "tests/fakes/github_server.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>

using contracts::Json;

namespace {

struct HubDaemon {
    tests::GithubServer& hub = tests::GithubServer::fresh();
    tests::Daemon daemon{{{"ROLES", "api,graphs"},
                          {"SCAFFOLD", "false"},
                          {"FORGE", "github"},
                          {"GITHUB_OWNER", "acme"},
                          {"GITHUB_APP_ID", tests::GithubServer::kAppId},
                          {"GITHUB_APP_KEY_FILE", hub.key_file()},
                          {"GITHUB_API_URL", hub.api_url()},
                          {"GITHUB_URL", hub.git_url()}}};

    Json made(const std::string& target, const Json& body) const {
        const auto answer = daemon.ask("POST", target, contracts::dump_json(body));
        INFO(answer.body);
        REQUIRE(answer.status == 201);
        return contracts::parse_json(answer.body).value();
    }
    Json read(const std::string& target) const {
        return contracts::parse_json(daemon.ask("GET", target).body).value();
    }
    // Creates a task of the project and puts it into its queue.
    std::string begin(const std::string& project) const {
        const Json task =
            made("/api/tasks", {{"project_id", project}, {"type", "engineering"}, {"spec", "x"}});
        auto redis = contracts::Connection::dial(
            contracts::RedisAddress::parse(daemon.access().at("REDIS_URL")).value());
        REQUIRE(redis.has_value());
        const Json message = contracts::opening_message(
            contracts::read_message<contracts::Task>(task).value(),
            "request-" + task["id"].get<std::string>(), "u-1", contracts::SystemClock());
        REQUIRE(contracts::publish_data(*redis, "engineering:queue", contracts::dump_json(message))
                    .has_value());
        return task["id"];
    }
};

}  // namespace

TEST_CASE("a project's task makes its repository at GitHub, and no token gets into a log") {
    HubDaemon house;
    house.daemon.start();
    const std::string project = house.made("/api/projects", {{"name", "shop"}})["id"];
    (void)house.begin(project);
    const std::string repository = "shop-" + project.substr(project.size() - 8);
    const std::string url = house.hub.git_url() + "/acme/" + repository + ".git";
    tests::eventually("the project has its repository", [&] {
        return house.read("/api/projects/" + project).value("repository_url", "") == url;
    });
    CHECK(house.hub.state()["repositories"] == Json{"acme/" + repository});
    CHECK(house.hub.violations() == std::vector<std::string>());
    CHECK(house.daemon.log().find("ghs_") == std::string::npos);
    CHECK(house.daemon.log().find("x-access-token") == std::string::npos);
}

TEST_CASE("a project that brings its repository along is worked on there") {
    HubDaemon house;
    house.hub.change({{"do", "repository"}, {"name", "else/own"}, {"files", {{"a", "b"}}}});
    house.daemon.start();
    const std::string url = house.hub.git_url() + "/else/own";
    const std::string project =
        house.made("/api/projects", {{"name", "own"}, {"repository_url", url}})["id"];
    const std::string task = house.begin(project);
    const std::string bare =
        house.daemon.data() + "/forge/own-" + project.substr(project.size() - 8) + ".git";
    tests::eventually("the branch begins where the repository stands", [&] {
        const auto branch = tests::run({.argv = {"git", "--git-dir=" + bare, "cat-file", "-p",
                                                 "refs/heads/task/" + task + ":a"}});
        return branch.end.success() && branch.output == "b";
    });
    CHECK(house.hub.state()["repositories"] == Json{"else/own"});
    CHECK(house.read("/api/projects/" + project)["repository_url"] == url);
}

TEST_CASE("a key that cannot be used stops the start and names the setting") {
    HubDaemon house;
    std::filesystem::permissions(house.hub.key_file(), std::filesystem::perms(0644));
    const auto end = house.daemon.fail_to_start();
    std::filesystem::permissions(house.hub.key_file(), std::filesystem::perms(0600));
    CHECK(end.end.exit_code == 78);
    CHECK_THAT(end.error_output, Catch::Matchers::ContainsSubstring("GITHUB_APP_KEY_FILE"));
}
