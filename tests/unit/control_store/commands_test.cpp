// Commands of people, flows, graphs and workers as rows; over every driver.
#include "control/store/commands.h"

#include "control/store/flow_graphs.h"
#include "control/store/flows.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "control/store/workers.h"
#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using namespace std::chrono_literals;

constexpr contracts::Timestamp kNow{std::chrono::milliseconds(1'768'046'400'000)};
const Owner kUser{.user_id = "u1"};
const Owner kOther{.user_id = "u2"};

void write(Database& db, const std::function<Result<void>(Transaction&)>& work) {
    const Result<void> done = db.transaction(work);
    if (!done) FAIL(done.error().describe());
}

Result<void> done(const Result<bool>& written) {
    return written && *written ? Result<void>() : Result<void>(fail(ErrorKind::fatal, "not there"));
}

// Task t of u1's project p, with its flow f and its worker w.
void furnish(Database& db) {
    write(db, [](Transaction& tx) -> Result<void> {
        contracts::Project project;
        project.id = "p";
        project.name = "shop";
        project.owner_id = "u1";
        contracts::Task task;
        task.id = "t";
        task.project_id = "p";
        task.created_at = kNow;
        Thread thread;
        thread.id = "f";
        thread.graph = "engineering";
        thread.subject = "t";
        thread.node = "develop";
        thread.status = ThreadStatus::waiting;
        thread.state = "{}";
        thread.fencing = 4;
        thread.created_at = thread.updated_at = kNow;
        WorkerRow worker;
        worker.id = "w";
        worker.request_id = "r";
        worker.config.name = "dev";
        worker.context = {{"task_id", "t"}};
        worker.owner = "d1";
        worker.created_at = kNow;
        Result<void> put = projects::insert(tx, project, kNow);
        if (put) put = tasks::insert(tx, task);
        if (put) put = done(threads::insert(tx, thread));
        if (put) put = done(workers::insert(tx, worker));
        return put;
    });
}

PersonCommand a_command(const std::string& id, CommandTarget target, const std::string& of) {
    PersonCommand command;
    command.id = id;
    command.target = target;
    command.target_id = of;
    command.task_id = "t";
    command.asked_by = "local";
    command.created_at = kNow;
    return command;
}

}  // namespace

TEMPLATE_TEST_CASE("a command is kept with how it went, and ends once", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    furnish(*db);
    write(*db, [](Transaction& tx) {
        return commands::insert(tx, a_command("c1", CommandTarget::flow, "f"));
    });
    write(*db, [](Transaction& tx) {
        return commands::insert(tx, a_command("c2", CommandTarget::worker, "w"));
    });
    const auto waiting = commands::in_status(*db, CommandStatus::waiting, CommandTarget::flow, 10);
    REQUIRE(waiting);
    REQUIRE(waiting->size() == 1);
    PersonCommand command = waiting->front();
    commands::refuse(command, {ErrorKind::conflict, "it has moved on", {}, "look"}, kNow + 1s);
    bool first = false;
    bool second = true;
    write(*db, [&](Transaction& tx) -> Result<void> {
        const Result<bool> one = commands::update(tx, command);
        if (!one) return fail(one.error());
        command.status = CommandStatus::done;
        const Result<bool> other = commands::update(tx, command);
        if (!other) return fail(other.error());
        first = *one;
        second = *other;
        return {};
    });
    CHECK(first);
    CHECK_FALSE(second);
    const PersonCommand kept = commands::find(*db, "c1", kUser)->entity;
    CHECK(kept.status == CommandStatus::refused);
    CHECK(kept.reason == "it has moved on");
    CHECK(kept.next_step == "look");
    CHECK(kept.ended_at == kNow + 1s);
    CHECK_FALSE(commands::find(*db, "c1", kOther));
    CHECK(commands::list(*db, {.filters = {{"target_id", "w"}}})->items.size() == 1);
    write(*db, [](Transaction& tx) -> Result<void> {
        const Result<std::int64_t> gone = commands::prune(tx, kNow + 1s, 1);
        if (!gone) return fail(gone.error());
        CHECK(*gone == 1);
        return {};
    });
    CHECK(commands::list(*db, {})->items.size() == 1);
}

TEMPLATE_TEST_CASE("flows and workers are listed with their task, for its owner alone", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    furnish(*db);
    write(*db, [](Transaction& tx) {
        return flow_graphs::put(tx, {.name = "engineering",
                                     .start = "develop",
                                     .nodes = {"develop"},
                                     .edges = {},
                                     .updated_at = kNow});
    });
    const auto flows = flows::list(*db, {.filters = {{"project_id", "p"}}, .owner = kUser});
    REQUIRE(flows);
    REQUIRE(flows->items.size() == 1);
    CHECK(flows->items[0].entity.task_id == "t");
    CHECK(flows->items[0].version == 4);
    CHECK(flows::list(*db, {.owner = kOther})->items.empty());
    CHECK(flows::show(*db, "f")->entity.drawing.find("class develop current") != std::string::npos);
    CHECK(flow_graphs::all(*db)->size() == 1);

    const auto listed = workers::list(*db, {.filters = {{"task_id", "t"}}, .owner = kUser});
    REQUIRE(listed);
    REQUIRE(listed->items.size() == 1);
    CHECK(listed->items[0].entity.owner == "d1");
    CHECK_FALSE(workers::find(*db, "w", kOther));
    write(*db, [](Transaction& tx) { return workers::keep_output(tx, "w", "the end"); });
    CHECK(workers::last_output(*db, "w")->value() == "the end");
    CHECK(workers::find(*db, "w", kUser)->version == 1);
}

}  // namespace control
