// A task with a plan: which plans of the architect are accepted, the order of the parts, and the
// ways in which each part may end.
#include "contracts/messages/plan.h"
#include "contracts/entities/planned.h"
#include "contracts/fields/read.h"
#include "contracts/fields/write.h"
#include "control/graphs/delivery/caller.h"
#include "control/graphs/engineering/engineering.h"
#include "control/graphs/engineering/state.h"
#include "control/graphs/kit/child_task.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "tests/unit/control_graphs/played_worker.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

namespace {

using contracts::Json;
using contracts::TaskStatus;
using namespace control::graphs;
using namespace std::chrono_literals;
using control::ThreadStatus;

// One planned task; the test plays everything else.
struct Planned {
    tests::SimulatedStore store;
    tests::StillClock clock;
    Engine engine;
    Caller caller;
    contracts::Task task;
    tests::PlayedWorker worker{store, engine, clock, [this] {
                                   run();
                               }};

    Planned()
        : engine(clock, tests::silent_log(), {.instance = "a"}, {program()}),
          caller(*store.db, engine, clock, tests::silent_log(), {.instance = "a"}, handlers()),
          task(store.make_task(contracts::TaskType::engineering, clock, "plan")) {
        contracts::EngineeringMessage message;
        message.request_id = "r";
        message.correlation_id = "c";
        message.user_id = "7";
        task.spec = contracts::planned_first("a shop with a till");
        const auto project = control::projects::find(*store.db, task.project_id);
        EngineeringState state = begin_engineering(message, task, project->entity);
        state.scaffold = false;
        const auto started = tests::in_transaction(*store.db, [&](control::Transaction& tx) {
            return engine.start(tx, "engineering", task.id, contracts::write_message(state));
        });
        REQUIRE(*started);
        run();
    }

    static Program program() {
        Module module = engineering_module({}, {{"forge.prepare", nullptr},
                                                {"forge.inspect_branch", nullptr},
                                                {"forge.set_aside", nullptr},
                                                {"forge.read_file", nullptr},
                                                {"forge.advance_default_branch", nullptr}});
        REQUIRE(module.check());
        return {.graph = std::move(module.graph), .writers = std::move(module.writers)};
    }
    CallHandlers handlers() {
        CallHandlers all = child_calls(*store.db);
        all["forge.prepare"] = [](const Json&) -> control::Result<Json> {
            return Json{{"location", "/forge/shop.git"}, {"merged", ""}};
        };
        return all;
    }

    // Runs for as long as the next look at a part may take.
    void run(std::chrono::seconds time = 31s) {
        for (auto passed = 0s; passed <= time; passed += 1s) {
            while (engine.run_due(*store.db).value() > 0 || caller.run_once().value()) {
            }
            clock.advance(1s);
        }
    }
    control::Thread thread() {
        return control::threads::find_subject(*store.db, "engineering", task.id).value().value();
    }
    // Plays an architect that ends with this answer; returns its prompt.
    std::string architect_says(const std::string& status, const Json& data,
                               const std::string& summary = "a plan") {
        const Json order = worker.order();
        CHECK(order["context"]["role"] == "architect");
        return worker.answer(order, task.id,
                             {{"status", status}, {"summary", summary}, {"data", data}});
    }
    // The tasks that were created from the plan, oldest first.
    std::vector<contracts::Task> parts() {
        std::vector<contracts::Task> all;
        const auto page = control::tasks::list(
            *store.db, {.limit = 100, .filters = {{"project_id", task.project_id}}});
        for (const auto& row : page.value().items)
            if (row.entity.id != task.id) all.push_back(row.entity);
        std::ranges::sort(all, {}, &contracts::Task::created_at);
        return all;
    }
    void end_part(const std::string& id, TaskStatus status) {
        for (const TaskStatus step : {TaskStatus::running, status})
            REQUIRE(store.db->transaction([&](control::Transaction& tx) {
                return control::tasks::set_status(tx, id, step, std::nullopt, clock.now());
            }));
        run();
    }
    void retry() {
        REQUIRE(store.db->transaction([&](control::Transaction& tx) {
            return engine.retry(tx, thread(), "", Json{{"text", "smaller parts"}});
        }));
        run();
    }
    contracts::Task row() { return control::tasks::find(*store.db, task.id)->entity; }
};

Json plan_of(std::size_t number) {
    Json tasks = Json::array();
    for (std::size_t i = 1; i <= number; ++i)
        tasks.push_back(
            {{"title", "part " + std::to_string(i)}, {"spec", "do " + std::to_string(i)}});
    return {{"tasks", std::move(tasks)}};
}

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a plan is read as it is written, and what is wrong with it is named") {
    REQUIRE(contracts::read_plan(plan_of(7)));
    CHECK(contracts::read_plan(plan_of(7))->back().spec == "do 7");
    Json empty_title = plan_of(2);
    empty_title["tasks"][1]["title"] = "";
    Json no_spec = plan_of(2);
    no_spec["tasks"][0].erase("spec");
    const struct {
        Json data;
        const char* field;
    } wrong[] = {{Json::object(), "tasks"},       {Json(7), "tasks"},
                 {{{"tasks", "one"}}, "tasks"},   {plan_of(0), "tasks"},
                 {plan_of(8), "tasks"},           {{{"tasks", {7}}}, "tasks[0]"},
                 {empty_title, "tasks[1].title"}, {no_spec, "tasks[0].spec"}};
    for (const auto& one : wrong) {
        CAPTURE(one.data.dump());
        const auto plan = contracts::read_plan(one.data);
        REQUIRE_FALSE(plan);
        CHECK(plan.error().field == one.field);
    }
}

TEST_CASE("the parts of a plan are done one after another, each as a task of its own") {
    Planned planned;
    const std::string told = planned.architect_says("success", plan_of(2));
    CHECK(says(told, "a shop with a till"));
    CHECK_FALSE(says(told, "%plan"));
    auto parts = planned.parts();
    REQUIRE(parts.size() == 1);
    CHECK(parts[0].type == contracts::TaskType::engineering);
    CHECK(says(*parts[0].spec, "do 1"));
    CHECK(says(*parts[0].spec, "2. part 2"));
    CHECK(says(*parts[0].spec, "a shop with a till"));
    CHECK_FALSE(contracts::work_to_plan(*parts[0].spec));

    planned.end_part(parts[0].id, TaskStatus::completed);
    parts = planned.parts();
    REQUIRE(parts.size() == 2);
    CHECK(says(*parts[1].spec, "do 2"));
    CHECK(says(*parts[1].spec, "1. part 1 (done)"));
    CHECK(planned.row().status == TaskStatus::running);
    planned.end_part(parts[1].id, TaskStatus::completed);
    CHECK(planned.thread().status == ThreadStatus::completed);
    CHECK(planned.row().status == TaskStatus::completed);
    const Json result = planned.row().result.value();
    REQUIRE(result["parts"].size() == 2);
    CHECK(result["parts"][1]["task_id"] == parts[1].id);
    CHECK(result["parts"][1]["done"] == true);
}

TEST_CASE("a plan that cannot be read goes back with what is wrong, and then to a person") {
    Planned planned;
    (void)planned.architect_says("success", plan_of(8));
    CHECK(says(planned.architect_says("success", Json::object()), "1 to 7 entries, not 8"));
    (void)planned.architect_says("success", plan_of(0));
    CHECK(planned.thread().status == ThreadStatus::blocked);
    CHECK(planned.row().status == TaskStatus::failed);
    CHECK(planned.parts().empty());
    planned.retry();
    CHECK(says(planned.architect_says("success", plan_of(1)), "smaller parts"));
    CHECK(planned.parts().size() == 1);
}

TEST_CASE("an architect that gives up is a person's matter") {
    Planned planned;
    (void)planned.architect_says("failed", Json::object(), "it contradicts itself");
    CHECK(planned.thread().status == ThreadStatus::blocked);
    CHECK(says(planned.thread().reason.value_or(""), "it contradicts itself"));
}

TEST_CASE("a part that failed is waited for, and one that was cancelled is a person's matter") {
    Planned planned;
    (void)planned.architect_says("success", plan_of(2));
    const std::string first = planned.parts()[0].id;
    planned.end_part(first, TaskStatus::failed);
    planned.run(10min);
    CHECK(planned.thread().status == ThreadStatus::waiting);
    planned.end_part(first, TaskStatus::completed);
    REQUIRE(planned.parts().size() == 2);
    planned.end_part(planned.parts()[1].id, TaskStatus::cancelled);
    CHECK(planned.thread().status == ThreadStatus::blocked);
    planned.retry();
    REQUIRE(planned.parts().size() == 3);
    CHECK(says(*planned.parts()[2].spec, "do 2"));
}

TEST_CASE("a plan that is cancelled cancels the part that is being done") {
    Planned planned;
    (void)planned.architect_says("success", plan_of(2));
    REQUIRE(planned.store.db->transaction([&](control::Transaction& tx) {
        return planned.engine.cancel(tx, planned.thread(), "a person asked for it");
    }));
    CHECK(planned.row().status == TaskStatus::cancelled);
    CHECK(planned.parts()[0].status == TaskStatus::cancelled);
}
