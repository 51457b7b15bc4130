// What a deployment waits for, and how each wait ends: a value that the user must give, a port that
// another program has, a disk that is full.
#include "contracts/fields/write.h"
#include "control/graphs/deploy/calls.h"
#include "control/graphs/deploy/deploy.h"
#include "control/store/servers.h"
#include "control/store/tasks.h"
#include "tests/unit/control_graphs/simulation.h"

#include <algorithm>

namespace {

using contracts::ErrorKind;
using contracts::Json;
using namespace control::graphs;
using namespace std::chrono_literals;
using control::ThreadStatus;
using Answer = control::Result<Json>;

// One deployment under a clock that this test turns, and a deployer whose answers it chooses.
struct Deployment {
    tests::SimulatedStore store;
    tests::StillClock clock;
    std::map<std::string, std::function<Answer(const Json&)>> answers;
    std::vector<std::pair<std::string, Json>> calls;
    Engine engine;
    Caller caller;
    contracts::Task task;

    explicit Deployment(DeploySettings settings = {})
        : engine(clock, tests::silent_log(), {.instance = "a"}, {program(std::move(settings))}),
          caller(*store.db, engine, clock, tests::silent_log(), {.instance = "a"}, handlers()),
          task(store.make_task(contracts::TaskType::deploy, clock, "d")) {
        contracts::Server server;
        server.id = server.name = server.handle = server.provider_id = "s";
        server.ip_address = "192.0.2.1";
        REQUIRE(store.db->transaction([&](control::Transaction& tx) {
            return control::servers::insert(tx, server, clock.now());
        }));
        answers["deploy.allocate"] = [](const Json& arguments) {
            return Json{{"server_id", "s"},
                        {"server_ip", "192.0.2.1"},
                        {"port", arguments.value("avoid", 8099) + 1}};
        };
        const auto started = tests::in_transaction(*store.db, [&](control::Transaction& tx) {
            return engine.start(tx, "deploy", task.id,
                                {{"request_id", "r"},
                                 {"correlation_id", "c"},
                                 {"task_id", task.id},
                                 {"project_id", task.project_id},
                                 {"user_id", "7"},
                                 {"action", "start"},
                                 {"project_name", "shop"},
                                 {"repository", "shop"},
                                 {"commit", std::string(40, 'a')}});
        });
        REQUIRE(*started);
    }

    static Program program(DeploySettings settings) {
        Module module = deploy_module(std::move(settings), deploy_call_names());
        return {.graph = std::move(module.graph), .writers = std::move(module.writers)};
    }
    CallHandlers handlers() {
        CallHandlers handlers = deploy_call_names();
        for (auto& [name, handler] : handlers)
            handler = [this, name](const Json& arguments) -> Answer {
                calls.emplace_back(name, arguments);
                const auto chosen = answers.find(name);
                return chosen != answers.end() ? chosen->second(arguments) : Json::object();
            };
        return handlers;
    }

    // Until it has ended or this much time has passed; each step of the clock is small enough for
    // every look.
    ThreadStatus run(std::chrono::seconds time) {
        for (auto passed = 0s; passed <= time; passed += 5s) {
            while (engine.run_due(*store.db).value() > 0 || caller.run_once().value()) {
            }
            if (thread().status != ThreadStatus::waiting) break;
            clock.advance(5s);
        }
        return thread().status;
    }
    control::Thread thread() {
        return control::threads::find_subject(*store.db, "deploy", task.id).value().value();
    }
    control::Thread retry() {
        REQUIRE(store.db->transaction([&](control::Transaction& tx) {
            return engine.retry(tx, thread(), "", Json::object());
        }));
        return thread();
    }
    Json task_now() {
        return contracts::write_message(control::tasks::find(*store.db, task.id)->entity);
    }
    std::vector<Json> notices(const std::string& kind) {
        std::vector<Json> all;
        const auto effects =
            control::threads::undelivered(*store.db, "a", "publish", clock.now() + 1h, 1000);
        for (const control::OutboxEffect& effect : effects.value())
            if (effect.target == "chat:notices")
                if (Json notice = *contracts::parse_json(effect.body); notice["kind"] == kind)
                    all.push_back(std::move(notice));
        return all;
    }
    std::int64_t count(const std::string& name) {
        return std::ranges::count(calls, name, [](const auto& call) { return call.first; });
    }
};

Answer missing(const Json&) {
    return Json{{"missing", {"API_TOKEN"}}};
}

bool has(const Json& text, std::string_view part) {
    return text.get<std::string>().find(part) != std::string::npos;
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
