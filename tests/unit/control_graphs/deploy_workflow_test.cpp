// Deployments by a project's own workflow: what they wait for, what a failure leads to, and that
// nothing is started twice.
#include "control/graphs/intake/intake.h"
#include "control/store/forge_deliveries.h"
#include "control/store/service_deployments.h"
#include "tests/unit/control_graphs/deployment.h"

#include <set>

namespace {

using namespace deploying_tests;

const std::string kFirst(40, 'a');
const std::string kBefore(40, 'b');
const std::string kRepaired(40, 'c');

Json run_of(const char* state, const std::string& commit) {
    const std::string word = state;
    return {{"state", state},
            {"run", 7},
            {"status", word == "waiting" ? "in_progress" : "completed"},
            {"conclusion", word == "passed"    ? "success"
                           : word == "failed"  ? "failure"
                           : word == "waiting" ? ""
                                               : word},
            {"url", "https://github.example/run/7"},
            {"commit", commit}};
}

// A workflow run that succeeds, unless a test changes an answer.
struct ByWorkflow : Deployment {
    std::string dispatched;  // the commit of the last start

    explicit ByWorkflow(DeploySettings settings = {}) : Deployment(std::move(settings)) {
        answers["deploy.analyse"] = [](const Json&) {
            return Json{{"health", "/health"}, {"way", "workflow"}};
        };
        answers["deploy.build"] = [](const Json&) {
            return Json{{"state", "passed"}, {"run", 3}};
        };
        answers["deploy.dispatch"] = [this](const Json& arguments) {
            dispatched = contracts::text_at(arguments, "commit");
            return Json{{"run", 7},
                        {"tag", "orchestrator-" + arguments["marker"].get<std::string>()}};
        };
        answers["deploy.look"] = [this](const Json&) {
            return run_of("passed", dispatched);
        };
        answers["deploy.answers"] = [](const Json&) {
            return Json{{"url", "http://192.0.2.1:8100"}};
        };
    }
    void fail_runs_of(const std::string& commit) {
        answers["deploy.look"] = [this, commit](const Json&) {
            return run_of(dispatched == commit ? "failed" : "passed", dispatched);
        };
        answers["deploy.failure"] = [](const Json&) {
            return Json{{"summary", "job deploy failed at the step \"Start\""},
                        {"log", "no such image"}};
        };
    }
    void repair_gives(const std::string& commit) {
        answers["deploy.fixed"] = [commit](const Json&) {
            return Json{{"status", "completed"}, {"commit", commit}};
        };
    }
    std::vector<contracts::Task> repairs() {
        std::vector<contracts::Task> all;
        const auto page = control::tasks::list(
            *store.db, {.limit = 100, .cursor = {}, .filters = {{"type", "engineering"}}});
        for (const auto& row : page.value().items)
            all.push_back(row.entity);
        return all;
    }
    std::vector<Json> statuses() {
        std::vector<Json> all;
        const auto effects =
            control::threads::undelivered(*store.db, "a", "publish", clock.now() + 1h, 1000);
        for (const control::OutboxEffect& effect : effects.value())
            if (effect.target == "workflow:status")
                all.push_back(*contracts::parse_json(effect.body));
        return all;
    }
};

}  // namespace

TEST_CASE("workflow: a report of the forge ends the wait for a run, once") {
    ByWorkflow deployment;
    deployment.answers["deploy.look"] = [&](const Json&) {
        return run_of("waiting", deployment.dispatched);
    };
    const std::vector<Module> none;
    Intake intake(*deployment.store.db, deployment.engine, none, deployment.clock,
                  tests::silent_log());
    const auto report = [&](const std::string& id, const std::string& repository) {
        REQUIRE(deployment.store.db->transaction([&](control::Transaction& tx) {
            auto kept = control::forge_deliveries::receive(
                tx, {id, repository, "workflow_run", deployment.clock.now()});
            return kept ? control::Result<void>() : control::Result<void>(kept.fault());
        }));
    };
    REQUIRE(deployment.store.db->transaction([&](control::Transaction& tx) {
        auto named = tx.query("UPDATE projects SET repository_url = $1 WHERE id = $2",
                              {"https://github.example/Acme/shop.git", deployment.task.project_id});
        return named ? control::Result<void>() : control::Result<void>(named.fault());
    }));
    REQUIRE(deployment.run(0s) == ThreadStatus::waiting);
    const auto looks = deployment.count("deploy.look");
    const auto look = [&] {
        const auto heard = intake.hear_forge();
        REQUIRE(heard);
        while (deployment.engine.run_due(*deployment.store.db).value() > 0 ||
               deployment.caller.run_once().value()) {
        }
        return *heard;
    };
    // Reports about other repositories, whose names only resemble ours.
    report("1", "acme/workshop");
    report("2", "shop");
    report("3", "evil/acme/shop");
    CHECK(look() == 3);
    CHECK(deployment.count("deploy.look") == looks);
    report("4", "acme/shop");
    CHECK(look() == 1);
    CHECK(deployment.count("deploy.look") == looks + 1);
    CHECK(look() == 0);
    CHECK(deployment.count("deploy.look") == looks + 1);
    // The next wait can be ended as well.
    report("5", "acme/shop");
    CHECK(look() == 1);
    CHECK(deployment.count("deploy.look") == looks + 2);
}

TEST_CASE("a project with a workflow is deployed by it, on exactly its commit") {
    ByWorkflow deployment;
    CHECK(deployment.run(5min) == ThreadStatus::completed);
    CHECK(deployment.count("deploy.start") == 0);
    CHECK(deployment.count("deploy.settle") == 1);
    CHECK(deployment.count("deploy.dispatch") == 1);
    CHECK(deployment.dispatched == kFirst);
    CHECK(deployment.task_now()["result"]["deployed_url"] == "http://192.0.2.1:8100");
    const std::vector<Json> statuses = deployment.statuses();
    REQUIRE(statuses.size() == 1);
    CHECK(statuses.front()["run_id"] == "7");
    CHECK(statuses.front()["conclusion"] == "success");
}

TEST_CASE("the build of the commit is waited for, and looks come more rarely") {
    ByWorkflow deployment;
    deployment.answers["deploy.build"] = [](const Json&) {
        return Json{{"state", "waiting"}};
    };
    CHECK(deployment.run(20min) == ThreadStatus::waiting);
    CHECK(deployment.count("deploy.dispatch") == 0);
    CHECK(deployment.count("deploy.build") <= 24);
    deployment.answers["deploy.build"] = [](const Json&) {
        return Json{{"state", "passed"}};
    };
    CHECK(deployment.run(5min) == ThreadStatus::completed);
}

TEST_CASE("a build that does not end is a person's matter") {
    ByWorkflow deployment;
    deployment.answers["deploy.build"] = [](const Json&) {
        return Json{{"state", "waiting"}};
    };
    CHECK(deployment.run(40min) == ThreadStatus::blocked);
    CHECK(
        has(deployment.notices("task_blocked").front()["text"], "has not ended within 30 minutes"));
}

TEST_CASE("a run that GitHub does not show is started again under another marker") {
    ByWorkflow deployment;
    const auto seen = deployment.answers["deploy.look"];
    deployment.answers["deploy.look"] = [&](const Json& arguments) -> Answer {
        if (deployment.count("deploy.dispatch") >= 2) return seen(arguments);
        return Json{{"state", "absent"}, {"run", 0}};
    };
    CHECK(deployment.run(10min) == ThreadStatus::completed);
    std::set<std::string> markers;
    for (const auto& [name, arguments] : deployment.calls)
        if (name == "deploy.dispatch")
            CHECK(markers.insert(contracts::text_at(arguments, "marker")).second);
    CHECK(markers.size() == 2);
}

TEST_CASE("a run that fails is replaced by the version before, and engineering repairs it") {
    ByWorkflow deployment;
    deployment.answers["deploy.settle"] = [](const Json&) {
        return Json{{"previous_commit", kBefore}};
    };
    deployment.fail_runs_of(kFirst);
    deployment.repair_gives(kRepaired);
    CHECK(deployment.run(30min) == ThreadStatus::completed);
    std::vector<std::string> started;
    for (const auto& [name, arguments] : deployment.calls)
        if (name == "deploy.dispatch") started.push_back(contracts::text_at(arguments, "commit"));
    CHECK(started == std::vector<std::string>{kFirst, kBefore, kRepaired});
    REQUIRE(deployment.repairs().size() == 1);
    const std::string spec = deployment.repairs().front().spec.value();
    CHECK(has(spec, "job deploy failed at the step \"Start\""));
    CHECK(has(spec, "no such image"));
    CHECK(deployment.task_now()["result"]["commit"] == kRepaired);
}

TEST_CASE("a failure that comes back is repaired three times, and then a person's") {
    ByWorkflow deployment;
    deployment.fail_runs_of(kFirst);
    deployment.repair_gives(kFirst);
    CHECK(deployment.run(2h) == ThreadStatus::blocked);
    CHECK(deployment.repairs().size() == 3);
    CHECK(has(deployment.notices("task_blocked").front()["text"], "repairs did not help"));
}

TEST_CASE("a build that fails goes to engineering, and nothing is started") {
    ByWorkflow deployment;
    deployment.answers["deploy.settle"] = [](const Json&) {
        return Json{{"previous_commit", kBefore}};
    };
    deployment.answers["deploy.build"] = [](const Json& arguments) {
        return Json{{"state", arguments["commit"] == kFirst ? "failed" : "passed"}, {"run", 3}};
    };
    deployment.answers["deploy.failure"] = [](const Json& arguments) {
        CHECK(arguments["run"] == 3);
        return Json{{"summary", "job build failed"}, {"log", ""}};
    };
    deployment.repair_gives(kRepaired);
    CHECK(deployment.run(30min) == ThreadStatus::completed);
    CHECK(deployment.count("deploy.dispatch") == 1);
    CHECK(deployment.dispatched == kRepaired);
}

TEST_CASE("a run that takes too long is cancelled") {
    ByWorkflow deployment;
    deployment.answers["deploy.look"] = [&](const Json&) {
        return run_of("waiting", deployment.dispatched);
    };
    deployment.answers["deploy.fixed"] = [](const Json&) {
        return Json{{"status", "failed"}};
    };
    CHECK(deployment.run(2h) == ThreadStatus::blocked);
    CHECK(deployment.count("deploy.cancel") == 1);
    CHECK(deployment.count("deploy.look") <= 40);
    CHECK(
        has(deployment.notices("task_blocked").front()["text"], "had not ended within 30 minutes"));
}

TEST_CASE("a run that somebody cancels at GitHub is nobody's fault") {
    ByWorkflow deployment;
    deployment.answers["deploy.look"] = [&](const Json&) {
        return run_of("cancelled", deployment.dispatched);
    };
    CHECK(deployment.run(10min) == ThreadStatus::failed);
    CHECK(deployment.repairs().empty());
    CHECK(has(deployment.task_now()["result"]["error"], "was cancelled at GitHub"));
}

TEST_CASE("a URL that does not answer after a good run is a failure too") {
    ByWorkflow deployment;
    deployment.answers["deploy.answers"] = [&](const Json&) {
        Json answer{{"url", "http://192.0.2.1:8100"}};
        if (deployment.dispatched == kFirst) answer["fault"] = "it answers with 502";
        return answer;
    };
    deployment.repair_gives(kRepaired);
    CHECK(deployment.run(1h) == ThreadStatus::completed);
    REQUIRE(deployment.repairs().size() == 1);
    CHECK(has(deployment.repairs().front().spec.value(), "it answers with 502"));
}

TEST_CASE("a value that GitHub does not take ends the task, and nothing is started") {
    ByWorkflow deployment;
    deployment.answers["deploy.settle"] = [](const Json&) {
        return Json{{"fault", "the values of the environment are more than GitHub takes"}};
    };
    CHECK(deployment.run(5min) == ThreadStatus::failed);
    CHECK(deployment.count("deploy.dispatch") == 0);
}

TEST_CASE("a deployment that is cancelled while its run goes on cancels the run") {
    ByWorkflow deployment;
    deployment.answers["deploy.look"] = [](const Json&) {
        return run_of("waiting", kFirst);
    };
    CHECK(deployment.run(5min) == ThreadStatus::waiting);
    deployment.cancel();
    CHECK(deployment.run(5min) == ThreadStatus::cancelled);
    REQUIRE(deployment.count("deploy.cancel") == 1);
    CHECK(deployment.calls.back().second["run"] == 7);
    CHECK(deployment.task_now()["status"] == "cancelled");
}

TEST_CASE("a run whose start is answered after the cancellation is cancelled, and no other") {
    ByWorkflow deployment;
    const auto dispatch = deployment.answers["deploy.dispatch"];
    deployment.answers["deploy.dispatch"] = [&](const Json& arguments) {
        deployment.cancel();
        return dispatch(arguments);
    };
    CHECK(deployment.run(5min) == ThreadStatus::cancelled);
    REQUIRE(deployment.count("deploy.cancel") == 1);
    CHECK(deployment.calls.back().second["run"] == 7);

    ByWorkflow early;
    early.answers["deploy.build"] = [](const Json&) {
        return Json{{"state", "waiting"}};
    };
    CHECK(early.run(5min) == ThreadStatus::waiting);
    early.cancel();
    CHECK(early.run(5min) == ThreadStatus::cancelled);
    CHECK(early.count("deploy.cancel") == 0);
}
