// Periodic tasks: when they run, what is recorded, and that only one of two daemons runs them; over
// every driver of the store.
#include "control/scheduler/scheduler.h"

#include "control/metrics/metrics.h"
#include "control/scheduler/retention_task.h"
#include "tests/support/eventually.h"
#include "tests/unit/control_scheduler/held_clock.h"
#include "tests/unit/control_store/drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using namespace std::chrono_literals;

contracts::Log silent_log() {
    return contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                          contracts::LogLevel::error, contracts::LogFormat::json, "test");
}

// The scheduler of one daemon with one task, driven by hand.
struct Desk {
    Desk(std::string daemon, std::unique_ptr<Database> database, HeldClock& clock)
        : db(std::move(database)),
          scheduler({.daemon = std::move(daemon),
                     .database = *db,
                     .clock = clock,
                     .log = silent_log(),
                     .metrics = metrics,
                     .lease = 15s},
                    {{.name = "count",
                      .interval = 60s,
                      .run_once = [this](const Lease& lease,
                                         const std::stop_token&) -> Result<PeriodicOutcome> {
                          ++runs;
                          if (meanwhile) meanwhile();
                          last_lease = lease;
                          return result;
                      }}}) {}

    // Runs the bodies of the two loops once each.
    void go_round() {
        CHECK(scheduler.keep_lease());
        (void)scheduler.run_due({});
    }
    [[nodiscard]] PeriodicTaskRow row() const {
        const auto found = periodic_tasks::find(*db, "count");
        REQUIRE(found);
        REQUIRE(*found);
        return **found;
    }

    std::unique_ptr<Database> db;
    Metrics metrics;
    int runs = 0;
    Result<PeriodicOutcome> result = PeriodicOutcome{.text = "counted"};
    std::function<void()> meanwhile{};
    std::optional<Lease> last_lease{};
    Scheduler scheduler;
};

}  // namespace

TEMPLATE_TEST_CASE("a task runs each interval, and its row says how it went", "", STORE_DRIVERS) {
    const TestType driver;
    HeldClock clock;
    Desk desk("a", driver.open(), clock);
    desk.go_round();
    CHECK(desk.runs == 0);
    CHECK(desk.row().next_at == clock.now() + 30s);
    clock.advance(30s);
    desk.go_round();
    CHECK(desk.runs == 1);
    PeriodicTaskRow row = desk.row();
    CHECK(row.interval == 60s);
    CHECK(row.next_at == clock.now() + 60s);
    CHECK(row.started_at == clock.now());
    CHECK(row.ended_at == clock.now());
    CHECK(row.daemon == "a");
    CHECK(row.outcome == "counted");
    CHECK(row.error.empty());
    CHECK(row.runs == 1);
    desk.go_round();
    CHECK(desk.runs == 1);

    desk.result = fail(ErrorKind::transient, "the disk is full");
    clock.advance(60s);
    desk.go_round();
    row = desk.row();
    CHECK(row.error == "the disk is full");
    CHECK(row.outcome.empty());
    CHECK(row.runs == 2);
    CHECK(row.failures == 1);
    CHECK(row.next_at == clock.now() + 60s);

    desk.result = PeriodicOutcome{.text = "counted", .is_more_due = true};
    clock.advance(60s);
    desk.go_round();
    CHECK(desk.row().next_at == clock.now() + 1s);
    CHECK(desk.row().error.empty());
    const std::string metrics = desk.metrics.text();
    CHECK(metrics.find("orchestrator_scheduler_leads 1") != std::string::npos);
    CHECK(metrics.find("orchestrator_periodic_runs_total{task=\"count\"} 3") != std::string::npos);
    CHECK(metrics.find("orchestrator_periodic_failures_total{task=\"count\"} 1") !=
          std::string::npos);
}

TEMPLATE_TEST_CASE("of two daemons one runs the tasks, and the other one when it is gone", "",
                   STORE_DRIVERS) {
    const TestType driver;
    HeldClock clock;
    Desk a("a", driver.open(), clock), b("b", driver.open(), clock);
    a.go_round();
    b.go_round();
    CHECK(a.scheduler.leads());
    CHECK_FALSE(b.scheduler.leads());
    for (int i = 0; i < 12; ++i) {
        clock.advance(10s);
        a.go_round();
        b.go_round();
    }
    CHECK(a.runs == 2);
    CHECK(b.runs == 0);
    // a is silent: its lease expires, and b takes over with a larger fencing number.
    clock.advance(60s);
    CHECK_FALSE(a.scheduler.leads());
    b.go_round();
    CHECK(b.scheduler.leads());
    CHECK(b.runs == 1);
    CHECK(b.last_lease->fencing == a.last_lease->fencing + 1);
    CHECK(b.row().daemon == "b");
    a.go_round();
    CHECK_FALSE(a.scheduler.leads());
    CHECK(a.runs == 2);
    // b stops properly, so a need not wait.
    b.scheduler.stop();
    a.go_round();
    CHECK(a.scheduler.leads());
}

TEMPLATE_TEST_CASE("a daemon that was slow does not write beside its successor", "",
                   STORE_DRIVERS) {
    const TestType driver;
    HeldClock clock;
    Desk a("a", driver.open(), clock), b("b", driver.open(), clock);
    a.go_round();
    clock.advance(30s);
    CHECK(a.scheduler.keep_lease());
    a.meanwhile = [&] {  // a's run takes so long that b runs the task as well
        clock.advance(120s);
        b.go_round();
    };
    CHECK_FALSE(a.scheduler.run_due({}));
    CHECK(a.runs == 1);
    CHECK(b.runs == 1);
    CHECK(b.row().daemon == "b");
    CHECK(b.row().runs == 2);  // the run that a began, and b's run
    CHECK(b.row().ended_at);
}

TEST_CASE("an interval that is changed while tasks run counts from then on") {
    const SqliteDriver driver;
    HeldClock clock;
    const auto db = driver.open();
    Metrics metrics;
    auto interval = std::make_shared<std::chrono::milliseconds>(3600s);
    int runs = 0;
    std::vector<PeriodicTask> tasks(1);
    tasks[0] = {.name = "count",
                .interval = 3600s,
                .live_interval = [interval] { return *interval; },
                .run_once =
                    [&runs](const Lease&, const std::stop_token&) {
                        ++runs;
                        return Result<PeriodicOutcome>(PeriodicOutcome{.text = "counted"});
                    }};
    Scheduler scheduler(
        {.daemon = "a", .database = *db, .clock = clock, .log = silent_log(), .metrics = metrics},
        std::move(tasks));
    const auto go_on = [&](std::chrono::milliseconds time) {
        clock.advance(time);
        CHECK(scheduler.keep_lease());
        CHECK(scheduler.run_due({}));
    };
    go_on(0s);
    go_on(30s);
    CHECK(runs == 1);
    *interval = 60s;  // it was due in an hour before
    go_on(1s);
    CHECK(periodic_tasks::find(*db, "count")->value().interval == 60s);
    for (int i = 0; i < 6; ++i)
        go_on(10s);
    CHECK(runs == 2);
    *interval = 3600s;
    for (int i = 0; i < 12; ++i)
        go_on(10s);
    CHECK(runs <= 3);
}

TEST_CASE("old rows are forgotten by the scheduler, as a role that starts and stops") {
    const SqliteDriver driver;
    const auto db = driver.open();
    const contracts::SystemClock clock;
    Metrics metrics;
    std::vector<PeriodicTask> tasks;
    tasks.push_back(retention_task(*db, clock, silent_log(), [] { return Retention(); }, 1s));
    Scheduler scheduler(
        {.daemon = "a", .database = *db, .clock = clock, .log = silent_log(), .metrics = metrics},
        std::move(tasks));
    REQUIRE(scheduler.start());
    tests::eventually("the first run has ended", [&] {
        const auto row = periodic_tasks::find(*db, "retention");
        return row && *row && (*row)->ended_at;
    });
    CHECK(scheduler.health());
    scheduler.stop();
    scheduler.stop();
    CHECK(periodic_tasks::find(*db, "retention")->value().outcome == "0 rows were deleted");
    const auto lease = leases::find(*db, Scheduler::kLease);
    REQUIRE(lease);
    CHECK((*lease)->until < clock.now());
}

}  // namespace control
