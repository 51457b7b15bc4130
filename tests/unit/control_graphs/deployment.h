// One deployment with a clock that the test advances and a deployer whose answers it chooses.
#pragma once

#include "contracts/fields/write.h"
#include "control/graphs/deploy/calls.h"
#include "control/graphs/deploy/deploy.h"
#include "control/store/servers.h"
#include "control/store/tasks.h"
#include "tests/unit/control_graphs/simulation.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

namespace deploying_tests {

using contracts::ErrorKind;
using contracts::Json;
using namespace control::graphs;
using namespace std::chrono_literals;
using control::ThreadStatus;
using Answer = control::Result<Json>;

struct Deployment {
    tests::SimulatedStore store;
    tests::StillClock clock;
    std::map<std::string, std::function<Answer(const Json&)>> answers;
    std::vector<std::pair<std::string, Json>> calls;
    Engine engine;
    Caller caller;
    contracts::Task task;

    explicit Deployment(DeploySettings settings = {}, const std::string& action = "start",
                        const std::string& criteria = {})
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
                                 {"action", action},
                                 {"project_name", "shop"},
                                 {"repository", "shop"},
                                 {"commit", std::string(40, 'a')},
                                 {"criteria", criteria}});
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

    // Runs until the deployment has ended or this much time has passed; the clock's steps are small
    // enough for every poll.
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
    void cancel() {
        REQUIRE(store.db->transaction([&](control::Transaction& tx) {
            return engine.cancel(tx, thread(), "a person asked for it");
        }));
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

inline bool has(const Json& text, std::string_view part) {
    return text.get<std::string>().find(part) != std::string::npos;
}

}  // namespace deploying_tests
