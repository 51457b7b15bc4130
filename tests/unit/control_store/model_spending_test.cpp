// Model calls in every driver: counted once, summed up, and pruned without losing the sums.
#include "control/store/budgets.h"
#include "control/store/daemons.h"

#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using namespace std::chrono_literals;

constexpr contracts::Timestamp kBegan{std::chrono::milliseconds(1'768'046'400'000)};
constexpr int kMany = 100;

const ModelCaller kCaller{"w-1", "t-1", "p-1", "u-1"};

BegunCall begun(const std::string& id, contracts::Timestamp at = kBegan) {
    return {.id = id,
            .daemon = "here",
            .life = "1",
            .caller = kCaller,
            .api = "messages",
            .model = "m",
            .began_at = at,
            .reserved = 100};
}

EndedCall ended(const std::string& id, Nanodollars cost) {
    return {.id = id,
            .ended_at = kBegan + 1s,
            .status = 200,
            .tokens = {.input = 5, .cache_read = 4, .cache_write = 3, .output = 2},
            .cost = cost};
}

std::map<SpendingKey, Spent> recorded(Database& db, const std::vector<BegunCall>& calls,
                                      const std::vector<EndedCall>& ends) {
    std::map<SpendingKey, Spent> sums;
    const Result<void> done = db.transaction([&](Transaction& tx) -> Result<void> {
        auto written = model_calls::record(tx, calls, ends);
        if (!written) return fail(std::move(written.error()));
        sums = *std::move(written);
        return {};
    });
    if (!done) throw std::runtime_error(done.error().describe());
    return sums;
}

void changed(Database& db, const std::function<Result<void>(Transaction&)>& work) {
    const Result<void> done = db.transaction(work);
    if (!done) throw std::runtime_error(done.error().describe());
}

model_calls::LostCalls lost_to(const std::string& daemon, const std::string& life,
                               contracts::Timestamp silent_since = kBegan) {
    return {.daemon = daemon,
            .life = life,
            .cutoff = kBegan - 2h,
            .silent_since = silent_since,
            .limit = kMany};
}

}  // namespace

TEMPLATE_TEST_CASE("a call counts once however often it is written", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const SpendingKey task{SpendingScope::task, "t-1", {}};
    CHECK(recorded(*db, {begun("a")}, {}).at(task) == Spent{0, 100});
    CHECK(recorded(*db, {begun("a")}, {}).empty());
    CHECK(recorded(*db, {}, {ended("a", 70)}).at(task) == Spent{70, 0});
    CHECK(recorded(*db, {begun("a")}, {ended("a", 70)}).empty());
    CHECK(recorded(*db, {}, {ended("unheard", 70)}).empty());
    CHECK(recorded(*db, {begun("b")}, {ended("b", 30)}).at(task) == Spent{100, 0});
    const auto rows = model_spending::list(*db, {.scope = SpendingScope::task});
    REQUIRE(rows);
    REQUIRE(rows->size() == 1);
    CHECK(rows->front().calls == 2);
    CHECK(rows->front().tokens ==
          TokenCounts{.input = 10, .cache_read = 8, .cache_write = 6, .output = 4});
    CHECK(rows->front().user_id == "u-1");
    CHECK(rows->front().project_id == "p-1");
}

TEMPLATE_TEST_CASE("sums are asked for by scope, day and whose they are", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    BegunCall other = begun("b", kBegan + 24h);
    other.caller = {"w-2", "t-2", "p-2", "u-2"};
    recorded(*db, {begun("a"), other}, {ended("a", 10), ended("b", 20)});
    const auto list = [&](model_spending::Question question) {
        auto rows = model_spending::list(*db, question);
        std::string text;
        if (!rows) throw std::runtime_error(rows.error().describe());
        for (const SpendingRow& row : *rows)
            text.append(row.key.subject + '|' + row.key.day + '|' + std::to_string(row.spent.cost) +
                        ' ');
        return text;
    };
    CHECK(list({.scope = SpendingScope::project}) == "p-2||20 p-1||10 ");
    CHECK(list({.scope = SpendingScope::project, .user_id = "u-1"}) == "p-1||10 ");
    CHECK(list({.scope = SpendingScope::task, .project_id = "p-2"}) == "t-2||20 ");
    CHECK(list({.scope = SpendingScope::user, .limit = 1}) == "u-2||20 ");
    CHECK(list({.scope = SpendingScope::all, .by_day = true}) == "|2026-01-11|20 |2026-01-10|10 ");
    CHECK(list({.scope = SpendingScope::all, .by_day = true, .last_day = "2026-01-10"}) ==
          "|2026-01-10|10 ");
    CHECK(list({.scope = SpendingScope::all, .first_day = "2026-01-01"}) == "||30 ");
    CHECK(list({.scope = SpendingScope::task, .first_day = "2026-01-11"}) == "t-2||20 ");
    CHECK(list({.scope = SpendingScope::model, .subject = "m"}) == "m||30 ");
}

TEMPLATE_TEST_CASE("what a daemon left open is ended, and old calls go without the sums", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    recorded(*db, {begun("a"), begun("old", kBegan - 3h)}, {});
    std::int64_t lost = 0;
    changed(*db, [&](Transaction& tx) -> Result<void> {
        auto done = model_calls::end_lost(tx, lost_to("there", "1"), kBegan);
        if (!done) return fail(done.error());
        lost = *done;
        return {};
    });
    CHECK(lost == 1);  // the call that no daemon will finish, whoever began it
    changed(*db, [&](Transaction& tx) -> Result<void> {
        auto done = model_calls::end_lost(tx, lost_to("here", "2"), kBegan);
        if (!done) return fail(done.error());
        lost = *done;
        return {};
    });
    CHECK(lost == 1);
    const SpendingKey everybody{SpendingScope::all, {}, {}};
    CHECK(model_spending::find(*db, everybody).value() == Spent{200, 0});
    std::int64_t gone = 0;
    changed(*db, [&](Transaction& tx) -> Result<void> {
        auto done = model_calls::prune(tx, kBegan + 1h, kMany);
        if (!done) return fail(done.error());
        gone = *done;
        return {};
    });
    CHECK(gone == 2);
    CHECK(model_spending::find(*db, everybody).value() == Spent{200, 0});
}

TEMPLATE_TEST_CASE("a daemon that is silent has lost its calls, and one that is not has not", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    recorded(*db, {begun("a")}, {});
    changed(*db, [&](Transaction& tx) {
        DaemonRow row;
        row.name = "here";
        row.started_at = row.seen_at = kBegan;
        return daemons::announce(tx, row);
    });
    CHECK_FALSE(model_calls::has_lost(*db, lost_to("there", "1", kBegan)).value());
    CHECK(model_calls::has_lost(*db, lost_to("there", "1", kBegan + 1s)).value());
    CHECK_FALSE(model_calls::has_lost(*db, lost_to("here", "1", kBegan + 1s)).value());
    for (const std::int64_t lost : {1, 0})
        changed(*db, [&](Transaction& tx) -> Result<void> {
            auto done = model_calls::end_lost(tx, lost_to("there", "1", kBegan + 1s), kBegan);
            if (!done) return fail(done.error());
            CHECK(*done == lost);
            return {};
        });
    CHECK(model_spending::find(*db, {SpendingScope::all, {}, {}}).value() == Spent{100, 0});
    CHECK(recorded(*db, {}, {ended("a", 70)}).empty());  // it comes back: it is settled already
}

TEMPLATE_TEST_CASE("a call that is withdrawn leaves nothing, and one that has ended stays", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const SpendingKey task{SpendingScope::task, "t-1", {}};
    recorded(*db, {begun("a"), begun("b"), begun("c")}, {ended("c", 70)});
    changed(*db, [&](Transaction& tx) -> Result<void> {
        auto sums = model_calls::withdraw(tx, {"a", "c", "unheard"});
        if (!sums) return fail(sums.error());
        CHECK(sums->at(task) == Spent{70, 100});
        return {};
    });
    CHECK(recorded(*db, {}, {ended("a", 5)}).empty());
    CHECK(recorded(*db, {}, {ended("b", 30)}).at(task) == Spent{100, 0});
}

TEMPLATE_TEST_CASE("caps are found for whom they hold, and say when they are reached", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const auto cap = [&](SpendingScope scope, const std::string& subject, BudgetPeriod period,
                         Nanodollars most) {
        changed(*db, [&](Transaction& tx) {
            return budgets::set(tx, {.scope = scope,
                                     .subject = subject,
                                     .period = period,
                                     .cap = most,
                                     .set_by = "token a",
                                     .by_admin = true,
                                     .set_at = kBegan});
        });
    };
    cap(SpendingScope::task, "t-1", BudgetPeriod::total, 100);
    cap(SpendingScope::task, "t-2", BudgetPeriod::total, 0);
    cap(SpendingScope::all, "", BudgetPeriod::day, 50);
    CHECK(budgets::of(*db, kCaller)->size() == 2);
    CHECK(budgets::list(*db, {}, 10)->size() == 3);
    CHECK(budgets::list(*db, {.user_id = "u-1"}, 10)->empty());
    CHECK_FALSE(*budgets::reached(*db, kCaller, "2026-01-10"));
    recorded(*db, {begun("a")}, {ended("a", 50)});
    const auto reached = budgets::reached(*db, kCaller, "2026-01-10");
    REQUIRE(reached);
    REQUIRE(*reached);
    CHECK((*reached)->scope == SpendingScope::all);
    CHECK_FALSE(*budgets::reached(*db, kCaller, "2026-01-11"));
    cap(SpendingScope::all, "", BudgetPeriod::day, 51);
    CHECK_FALSE(*budgets::reached(*db, kCaller, "2026-01-10"));
    changed(*db, [&](Transaction& tx) { return budgets::erase(tx, reached->value()); });
    CHECK_FALSE(*budgets::find(*db, SpendingScope::all, "", BudgetPeriod::day));
}

TEMPLATE_TEST_CASE("tasks that a cap stopped are noted once, until they go on", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    for (int i = 0; i < 2; ++i)
        changed(*db, [](Transaction& tx) { return budgets::stop_task(tx, kCaller, kBegan); });
    const auto stopped = budgets::stopped_tasks(*db, "", 10);
    REQUIRE(stopped->size() == 1);
    CHECK(stopped->front().project_id == "p-1");
    changed(*db, [](Transaction& tx) { return budgets::forget_stop(tx, "t-1"); });
    CHECK(budgets::stopped_tasks(*db, "", 10)->empty());
}

}  // namespace control
