// Tasks that a cap has stopped: when they are asked to continue, and when not.
#include "control/scheduler/budget_resume.h"

#include "control/store/budgets.h"
#include "control/store/commands.h"
#include "control/store/threads.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;

namespace {

constexpr contracts::Timestamp kToday{std::chrono::milliseconds(1'768'046'400'000)};

class SetClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override { return time; }
    [[nodiscard]] contracts::Instant instant() const override { return {}; }
    contracts::Timestamp time = kToday;
};

// A store with a blocked task of a project, stopped by the cap of its day.
struct StoppedTask {
    tests::TemporaryDirectory directory{};
    SetClock clock{};
    std::unique_ptr<Database> db{};
    std::optional<PeriodicTask> task{};
    Lease lease{};

    StoppedTask() {
        auto opened = open_sqlite(directory / "a.db");
        REQUIRE(opened.has_value());
        db = std::move(*opened);
        task = budget_resume_task(*db, clock, std::chrono::seconds(10));
        write([&](Transaction& tx) -> Result<void> {
            auto held = leases::acquire(tx, "scheduler", "here", kToday, std::chrono::hours(48));
            if (!held) return fail(held.error());
            lease = **held;
            return {};
        });
        cap(0);
        stop("t-1", ThreadStatus::blocked);
    }
    void write(const std::function<Result<void>(Transaction&)>& work) {
        const Result<void> done = db->transaction(work);
        if (!done) FAIL(done.error().describe());
    }
    void cap(Nanodollars most) {
        write([&](Transaction& tx) {
            return budgets::set(tx, {.scope = SpendingScope::project,
                                     .subject = "p",
                                     .period = BudgetPeriod::day,
                                     .cap = most,
                                     .set_by = "t"});
        });
    }
    void stop(const std::string& id, ThreadStatus status) {
        write([&](Transaction& tx) -> Result<void> {
            Thread flow;
            flow.id = "f-" + id;
            flow.graph = "engineering";
            flow.subject = id;
            flow.node = "ask_person";
            flow.status = status;
            flow.state = "{}";
            const Result<bool> put = threads::insert(tx, flow);
            if (!put) return fail(put.error());
            return budgets::stop_task(tx, {{}, id, "p", "u"}, kToday);
        });
    }
    std::size_t resumed() {
        const auto done = task->run_once(lease, {});
        if (!done) FAIL(done.error().describe());
        return commands::in_status(*db, CommandStatus::waiting, CommandTarget::task, 100)->size();
    }
    std::size_t stopped() { return budgets::stopped_tasks(*db, "", 1000)->size(); }
};

}  // namespace

TEST_CASE("a task that a cap has stopped goes on once, when the cap is raised") {
    StoppedTask house;
    CHECK(house.resumed() == 0);
    CHECK(house.stopped() == 1);
    house.cap(1);
    CHECK(house.resumed() == 1);
    CHECK(house.stopped() == 0);
    CHECK(house.resumed() == 1);  // the same command, not a second one
    const auto command =
        commands::in_status(*house.db, CommandStatus::waiting, CommandTarget::task, 1)->front();
    CHECK(command.command == CommandVerb::retry);
    CHECK(command.target_id == "t-1");
    CHECK(command.asked_by == "budget");
}

TEST_CASE("a task that a day's cap has stopped goes on when another day has begun") {
    StoppedTask house;
    house.cap(kNanodollarsInDollar);
    house.write([&](Transaction& tx) -> Result<void> {
        auto spent = model_calls::record(tx,
                                         {{.id = "c",
                                           .daemon = "d",
                                           .caller = {{}, "t-1", "p", "u"},
                                           .api = "messages",
                                           .model = "m",
                                           .began_at = kToday,
                                           .reserved = 0}},
                                         {{.id = "c", .cost = kNanodollarsInDollar}});
        return spent ? Result<void>() : fail(spent.error());
    });
    CHECK(house.resumed() == 0);
    house.clock.time += std::chrono::hours(12);
    CHECK(house.resumed() == 1);
}

TEST_CASE("a flow that is not blocked yet is looked at again, and one that is over is forgotten") {
    StoppedTask house;
    house.cap(kNanodollarsInDollar);
    house.stop("t-2", ThreadStatus::waiting);
    house.stop("t-3", ThreadStatus::cancelled);
    CHECK(house.resumed() == 1);
    const auto left = budgets::stopped_tasks(*house.db, "", 10);
    REQUIRE(left->size() == 1);
    CHECK(left->front().task_id == "t-2");
}

TEST_CASE("tasks that cannot go on do not stand in the way of those that can") {
    StoppedTask house;
    house.write([&](Transaction& tx) -> Result<void> {
        for (int i = 0; i < 600; ++i) {
            const std::string id = "a-" + std::to_string(i);
            Thread flow;
            flow.id = "f-" + id;
            flow.graph = "engineering";
            flow.subject = id;
            flow.node = "ask_person";
            flow.status = ThreadStatus::blocked;
            flow.state = "{}";
            if (const auto put = threads::insert(tx, flow); !put) return fail(put.error());
            if (auto put = budgets::stop_task(tx, {{}, id, "p", "u"}, kToday); !put) return put;
        }
        return budgets::stop_task(tx, {{}, "t-1", "p", "u"}, kToday);
    });
    house.write([](Transaction& tx) {
        auto moved = tx.query("UPDATE budget_stops SET project_id = 'rich' WHERE task_id = 't-1'");
        return moved ? Result<void>() : fail(moved.error());
    });
    std::size_t resumed = 0;
    for (int pass = 0; pass < 4 && resumed == 0; ++pass)
        resumed = house.resumed();
    CHECK(resumed == 1);
}

TEST_CASE("a daemon that no longer leads asks nobody to go on") {
    StoppedTask house;
    house.cap(kNanodollarsInDollar);
    house.lease.fencing -= 1;
    CHECK_FALSE(house.task->run_once(house.lease, {}));
    CHECK(house.stopped() == 1);
}
