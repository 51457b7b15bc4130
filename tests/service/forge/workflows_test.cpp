// Deploying by a workflow at a GitHub that checks every request by its published description.
#include "control/deployer/workflow/workflows.h"

#include "bodies.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace control::deployer;
using Catch::Matchers::ContainsSubstring;
using contracts::Json;

namespace {

struct WorkflowHouse : forge_tests::GithubHouse {
    std::unique_ptr<Workflows> workflows;
    std::string deployed;  // a commit that has both workflows

    WorkflowHouse() {
        compares = false;
        (void)commit_there("acme/shop",
                           "mkdir -p .github/workflows && echo 'on: workflow_dispatch' > "
                           ".github/workflows/deploy.yml && echo 'on: push' > "
                           ".github/workflows/ci.yml");
        deployed = there("acme/shop");
        workflows = std::make_unique<Workflows>(*client, *forge,
                                                WorkflowSettings{.git_url = hub.git_url()});
    }
    void end_run(std::int64_t run, const char* conclusion) {
        hub.change({{"do", "run"},
                    {"name", "acme/shop"},
                    {"run_id", run},
                    {"status", "completed"},
                    {"conclusion", conclusion}});
    }
};

}  // namespace

TEST_CASE("what a workflow reads is set, all of it or a failure that names it") {
    WorkflowHouse house;
    REQUIRE(house.workflows->put_secrets("shop", {{"DOTENV", "QQ=="}, {"DEPLOY_HOST", "192.0.2.1"}})
                .has_value());
    CHECK(house.hub.state()["secrets"]["acme/shop"]["DOTENV"] == "QQ==");
    const auto refused = house.workflows->put_secrets("shop", {{"A", "b"}, {"GITHUB_X", "c"}});
    CHECK(refused.error().kind == contracts::ErrorKind::invalid);
    CHECK_THAT(refused.error().describe(), ContainsSubstring("GITHUB_X"));
    house.hub.misbehave("/actions/secrets/B", 503, "");
    CHECK_FALSE(house.workflows->put_secrets("shop", {{"B", "c"}}).has_value());
    REQUIRE(house.workflows->delete_secrets("shop", {"DOTENV", "DEPLOY_HOST", "A", "NONE"})
                .has_value());
    CHECK(house.hub.state()["secrets"]["acme/shop"] == Json::object());
}

TEST_CASE("the build of exactly one commit is looked at") {
    WorkflowHouse house;
    CHECK(house.workflows->build("shop", house.deployed)->state == RunState::absent);
    house.hub.change({{"do", "push_run"},
                      {"name", "acme/shop"},
                      {"commit", house.deployed},
                      {"workflow", "ci.yml"}});
    const auto waiting = house.workflows->build("shop", house.deployed);
    REQUIRE(waiting.has_value());
    CHECK(waiting->state == RunState::waiting);
    house.end_run(waiting->run, "success");
    CHECK(house.workflows->build("shop", house.deployed)->state == RunState::passed);
    CHECK(house.workflows->build("shop", std::string(40, 'a'))->state == RunState::absent);
}

TEST_CASE("a start with one marker is one run, and its tag goes when it has ended") {
    WorkflowHouse house;
    const auto started = house.workflows->start("shop", house.deployed, "m-0");
    REQUIRE(started.has_value());
    const auto again = house.workflows->start("shop", house.deployed, "m-0");
    REQUIRE(again.has_value());
    CHECK(house.hub.state()["runs"]["acme/shop"].size() == 1);
    // A caller that does not know the run finds it by its tag.
    const auto found = house.workflows->look("shop", again->run, again->tag);
    REQUIRE(found.has_value());
    CHECK(found->run == started->run);
    CHECK(found->state == RunState::waiting);
    CHECK(found->commit == house.deployed);
    house.end_run(started->run, "success");
    CHECK(house.workflows->look("shop", started->run, started->tag)->state == RunState::passed);
    CHECK(house.hub.count("DELETE", "/git/refs/tags/" + started->tag) == 1);
    CHECK(house.workflows->look("shop", 0, "none")->state == RunState::absent);
}

TEST_CASE("a failed run is explained by its step and the end of its log, without secrets") {
    WorkflowHouse house;
    const auto started = house.workflows->start("shop", house.deployed, "m-0");
    REQUIRE(started.has_value());
    house.hub.change({{"do", "settings"},
                      {"log_bytes", 100 << 20},
                      {"log_end", "pulling with s3cret-word\nno such image\n"}});
    house.end_run(started->run, "failure");
    CHECK(house.workflows->look("shop", started->run, started->tag)->state == RunState::failed);
    const auto failure = house.workflows->failure("shop", started->run, {"s3cret-word"});
    REQUIRE(failure.has_value());
    CHECK(failure->summary == "job deploy failed at the step \"Start\"");
    CHECK_THAT(failure->log, ContainsSubstring("pulling with ***\nno such image"));
    CHECK(failure->log.size() <= 8 << 10);
}

TEST_CASE("a run is cancelled once, also where it has ended meanwhile") {
    WorkflowHouse house;
    const auto started = house.workflows->start("shop", house.deployed, "m-0");
    REQUIRE(started.has_value());
    REQUIRE(house.workflows->cancel("shop", started->run, started->tag).has_value());
    CHECK(house.workflows->cancel("shop", started->run, started->tag).has_value());
    CHECK(house.workflows->look("shop", started->run, "")->state == RunState::cancelled);
}
