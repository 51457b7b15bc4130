// Caps as the meter enforces them over a real store: before each call, with concurrent calls,
// across restarts and midnight.
#include "control/models/meter.h"

#include "control/store/available_models.h"
#include "control/store/daemons.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>

using namespace control;
using namespace std::chrono_literals;
using contracts::Timestamp;

namespace {

constexpr Timestamp kNoon{1'768'046'400'000ms};  // 2026-01-10T12:00:00Z

class MovedClock final : public contracts::Clock {
public:
    Timestamp now() const override { return Timestamp(std::chrono::milliseconds(wall.load())); }
    contracts::Instant instant() const override {
        return contracts::Instant(std::chrono::milliseconds(steady.load()));
    }
    void pass(std::chrono::milliseconds time) {
        wall += time.count();
        steady += time.count();
    }
    std::atomic<std::int64_t> wall = kNoon.time_since_epoch().count();
    std::atomic<std::int64_t> steady = 3'600'000;
};

class NoLines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

struct House {
    tests::TemporaryDirectory directory{};
    MovedClock clock{};
    std::unique_ptr<Database> db = [this] {
        auto opened = open_sqlite(directory / "orchestrator.db");
        if (!opened) FAIL(opened.error().describe());
        return std::move(*opened);
    }();
    std::optional<Meter> meter{};

    House() { open(); }
    void open() {
        meter.emplace(
            MeterNeeds{*db, clock, "here",
                       contracts::Log(std::make_shared<NoLines>(), contracts::LogLevel::error,
                                      contracts::LogFormat::json, "test")});
    }

    void write(const std::function<Result<void>(Transaction&)>& work) {
        const Result<void> done = db->transaction(work);
        if (!done) FAIL(done.error().describe());
        clock.pass(kStale + 1ms);  // cached values expire
    }
    void cap(SpendingScope scope, const std::string& subject, Nanodollars most,
             BudgetPeriod period = BudgetPeriod::total) {
        write([&](Transaction& tx) {
            return budgets::set(tx, {.scope = scope,
                                     .subject = subject,
                                     .period = period,
                                     .cap = most,
                                     .set_by = "test"});
        });
    }
    // Sets the price of a token in both directions; `dollars` is for a million of them.
    void price(const std::string& name, double dollars) {
        write([&](Transaction& tx) {
            contracts::AvailableModel model{};
            model.id = model.name = name;
            model.provider = "p";
            model.context_window = 1;
            model.input_price = model.output_price = dollars * 1'000'000;
            return available_models::insert(tx, model, kNoon);
        });
    }

    Admission admit(const ModelCaller& caller, const std::string& model = "dollar") {
        std::promise<Admission> told;
        meter->admit({caller,
                      ModelProvider::openai,
                      ModelApi::chat,
                      {.model = model, .most_output = 1, .bytes = 100}},
                     [&told](Admission admission) { told.set_value(std::move(admission)); });
        return told.get_future().get();
    }
    void end(const Admission& admission, std::int64_t input, std::int64_t output) {
        meter->end(admission.id, {.status = 200,
                                  .usage = {.tokens = {.input = input, .output = output},
                                            .tells_input = true,
                                            .tells_output = true}});
    }
    Spent spent(SpendingScope scope, const std::string& subject, const std::string& day = {}) {
        REQUIRE(meter->wait_until_written(10s));
        return model_spending::find(*db, {scope, subject, day}).value();
    }
};

const ModelCaller kDeveloper{"w-1", "t-1", "p-1", "u-1"};

}  // namespace

TEST_CASE("a call counts once for its task, project, user, worker, model and day") {
    House house;
    house.price("dollar", 1);
    const Admission admission = house.admit(kDeveloper);
    REQUIRE(admission.verdict == Verdict::admitted);
    CHECK_FALSE(admission.left);
    CHECK(house.spent(SpendingScope::task, "t-1") == Spent{0, 2 * kNanodollarsInDollar});
    house.end(admission, 1, 1);
    house.end(admission, 1, 1);  // reported twice
    const Spent two{2 * kNanodollarsInDollar, 0};
    for (const auto& [scope, subject] : {std::pair{SpendingScope::task, "t-1"},
                                         {SpendingScope::project, "p-1"},
                                         {SpendingScope::user, "u-1"},
                                         {SpendingScope::worker, "w-1"},
                                         {SpendingScope::model, "dollar"},
                                         {SpendingScope::all, ""}}) {
        CHECK(house.spent(scope, subject) == two);
        CHECK(house.spent(scope, subject, "2026-01-10") == two);
    }
    house.end(admission, 5, 5);  // a report after the first one was stored
    CHECK(house.spent(SpendingScope::task, "t-1") == two);
}

TEST_CASE("a cap refuses before the call, and a raised one lets it through") {
    House house;
    house.price("dollar", 1);
    house.cap(SpendingScope::task, "t-1", 3 * kNanodollarsInDollar);
    const Admission first = house.admit(kDeveloper);
    REQUIRE(first.verdict == Verdict::admitted);
    CHECK(first.left == kNanodollarsInDollar);
    house.end(first, 1, 2);
    const Admission refused = house.admit(kDeveloper);
    CHECK(refused.verdict == Verdict::budget_reached);
    CHECK(refused.reason.find("budget reached: this task's cap of $3.00 is used up") == 0);
    CHECK(house.spent(SpendingScope::task, "t-1").cost == 3 * kNanodollarsInDollar);
    CHECK(budgets::stopped_tasks(*house.db, "", 10)->size() == 1);
    // Another task of the project has its own cap.
    CHECK(house.admit({"w-2", "t-2", "p-1", "u-1"}).verdict == Verdict::admitted);
    house.cap(SpendingScope::task, "t-1", 5 * kNanodollarsInDollar);
    CHECK(house.admit(kDeveloper).verdict == Verdict::admitted);
    REQUIRE(house.meter->wait_until_written(10s));
    CHECK(budgets::stopped_tasks(*house.db, "", 10)->empty());
}

TEST_CASE("a cap holds for a project, a user and everybody, and each is named") {
    for (const auto& [scope, subject, name] :
         {std::tuple{SpendingScope::project, "p-1", "this project's"},
          std::tuple{SpendingScope::user, "u-1", "this user's"},
          std::tuple{SpendingScope::all, "", "the installation's"}}) {
        House house;
        house.cap(scope, subject, 0, BudgetPeriod::day);
        const Admission refused = house.admit(kDeveloper);
        CHECK(refused.verdict == Verdict::budget_reached);
        CHECK(refused.reason.find(std::string(name) + " cap of $0.00 a day") != std::string::npos);
    }
}

TEST_CASE("a cap of zero lets nothing through, not even what costs nothing") {
    House house;
    house.price("free", 0);
    house.cap(SpendingScope::task, "t-1", 0);
    CHECK(house.admit(kDeveloper, "free").verdict == Verdict::budget_reached);
}

TEST_CASE("parallel calls overspend by less than one of them") {
    House house;
    house.price("dollar", 1);  // each call can cost $2
    house.cap(SpendingScope::project, "p-1", 5 * kNanodollarsInDollar);
    std::vector<Admission> under_way;
    for (int i = 0; i < 20; ++i) {
        const Admission one = house.admit({"w-1", "t-" + std::to_string(i), "p-1", "u-1"});
        if (one.verdict == Verdict::admitted)
            under_way.push_back(one);
        else
            CHECK(one.verdict == Verdict::budget_held);
    }
    REQUIRE(under_way.size() == 2);
    for (const Admission& one : under_way)
        house.end(one, 1, 1);
    // One dollar is left and no call is under way: one more call is admitted, but not two.
    const Admission last = house.admit(kDeveloper);
    CHECK(last.verdict == Verdict::admitted);
    CHECK(last.left == 0);
    CHECK(house.admit(kDeveloper).verdict == Verdict::budget_held);
    house.end(last, 1, 1);
    CHECK(house.admit(kDeveloper).verdict == Verdict::budget_reached);
    CHECK(house.spent(SpendingScope::project, "p-1").cost == 6 * kNanodollarsInDollar);
}

TEST_CASE("a day's cap begins anew at midnight UTC, and not again when the clock is set back") {
    House house;
    house.price("dollar", 1);
    house.cap(SpendingScope::all, "", 2 * kNanodollarsInDollar, BudgetPeriod::day);
    house.end(house.admit(kDeveloper), 1, 1);
    CHECK(house.admit(kDeveloper).verdict == Verdict::budget_reached);
    house.clock.pass(12h);
    // A call counts for the day on which it began, whenever it ends.
    const Admission late = house.admit(kDeveloper);
    REQUIRE(late.verdict == Verdict::admitted);
    house.clock.wall -= std::chrono::milliseconds(12h).count();  // back to yesterday
    CHECK(house.admit(kDeveloper).verdict == Verdict::budget_reached);
    house.end(late, 1, 1);
    CHECK(house.spent(SpendingScope::all, "", "2026-01-10").cost == 2 * kNanodollarsInDollar);
    CHECK(house.spent(SpendingScope::all, "", "2026-01-11").cost == 2 * kNanodollarsInDollar);
    house.clock.wall += std::chrono::milliseconds(12h).count();
    CHECK(house.admit(kDeveloper).verdict == Verdict::budget_reached);
}

TEST_CASE("a daemon that died leaves its calls as what they could cost, once") {
    House house;
    house.price("dollar", 1);
    const BegunCall lost{.id = "lost",
                         .daemon = "here",
                         .caller = kDeveloper,
                         .api = "chat",
                         .model = "dollar",
                         .began_at = kNoon,
                         .reserved = 2 * kNanodollarsInDollar};
    BegunCall elsewhere = lost;
    elsewhere.id = "elsewhere";
    elsewhere.daemon = "there";
    elsewhere.began_at = house.clock.now();
    house.meter.reset();
    house.write([&](Transaction& tx) -> Result<void> {
        auto done = model_calls::record(tx, {lost, elsewhere}, {});
        return done ? Result<void>() : fail(done.error());
    });
    for (int life = 0; life < 2; ++life) {
        house.open();
        tests::eventually("the lost call is ended", [&] {
            return house.spent(SpendingScope::task, "t-1") ==
                   Spent{2 * kNanodollarsInDollar, 2 * kNanodollarsInDollar};
        });
        house.meter.reset();
    }
}

TEST_CASE("a call with a cap is admitted once its reservation is in the store") {
    House house;
    house.price("dollar", 1);
    house.cap(SpendingScope::project, "p-1", 5 * kNanodollarsInDollar);
    REQUIRE(house.admit(kDeveloper).verdict == Verdict::admitted);
    CHECK(model_spending::find(*house.db, {SpendingScope::project, "p-1", {}}).value() ==
          Spent{0, 2 * kNanodollarsInDollar});
    house.write([](Transaction& tx) {
        auto done = tx.query("ALTER TABLE model_calls RENAME TO moved");
        return done ? Result<void>() : fail(done.error());
    });
    CHECK(house.admit(kDeveloper).verdict == Verdict::unavailable);
    house.write([](Transaction& tx) {
        auto done = tx.query("ALTER TABLE moved RENAME TO model_calls");
        return done ? Result<void>() : fail(done.error());
    });
    // What could not be reserved holds nothing.
    CHECK(house.spent(SpendingScope::project, "p-1") == Spent{0, 2 * kNanodollarsInDollar});
    CHECK(house.admit(kDeveloper).verdict == Verdict::admitted);
}

TEST_CASE("another daemon's reservations end when it no longer announces itself") {
    House house;
    house.price("dollar", 1);
    house.cap(SpendingScope::project, "p-1", 5 * kNanodollarsInDollar);
    const auto lost = [&](const std::string& id) {
        return BegunCall{.id = id,
                         .daemon = "there",
                         .life = "1",
                         .caller = kDeveloper,
                         .api = "chat",
                         .model = "dollar",
                         .began_at = house.clock.now(),
                         .reserved = 2 * kNanodollarsInDollar};
    };
    house.write([&](Transaction& tx) -> Result<void> {
        auto done = model_calls::record(tx, {lost("a"), lost("b")}, {});
        if (!done) return fail(done.error());
        DaemonRow row;
        row.name = "there";
        row.started_at = row.seen_at = house.clock.now();
        return daemons::announce(tx, row);
    });
    CHECK(house.admit(kDeveloper).verdict == Verdict::budget_held);
    house.clock.pass(daemons::kSilence + 1s);
    Admission next;
    tests::eventually("the killed daemon's calls are ended", [&] {
        house.clock.pass(kStale + 1ms);
        next = house.admit(kDeveloper);
        return next.verdict == Verdict::admitted;
    });
    CHECK(house.spent(SpendingScope::project, "p-1") ==
          Spent{4 * kNanodollarsInDollar, 2 * kNanodollarsInDollar});
    CHECK(next.left == 0);
}

TEST_CASE("a project uses the models that it may, by their names") {
    House house;
    house.write([](Transaction& tx) -> Result<void> {
        auto made = tx.query(
            "INSERT INTO projects (id, name, status, modules, created_at, version) "
            "VALUES ('p-1', 'a', 'draft', '[]', 1, 1)");
        if (!made) return fail(made.error());
        return budgets::set_models(tx, "p-1", {"claude-x", "gpt-x"});
    });
    CHECK(house.admit(kDeveloper, "claude-x").verdict == Verdict::admitted);
    CHECK(house.admit(kDeveloper, "gpt-x-2025-09-29").verdict == Verdict::admitted);
    const Admission refused = house.admit(kDeveloper, "claude-x-dear");
    CHECK(refused.verdict == Verdict::model_forbidden);
    CHECK(refused.reason == "this project may not use the model claude-x-dear");
    CHECK(house.admit({"w-2", "t-2", "p-2", "u-1"}, "claude-x-dear").verdict == Verdict::admitted);
}

TEST_CASE("without a store nothing is let through") {
    House house;
    house.write([](Transaction& tx) {
        auto done = tx.query("DROP TABLE budgets");
        return done ? Result<void>() : fail(done.error());
    });
    const Admission refused = house.admit(kDeveloper);
    CHECK(refused.verdict == Verdict::unavailable);
    CHECK(refused.reason == "the store does not answer");
}

TEST_CASE("money is told so that it can be told from nothing") {
    CHECK(in_dollars(0) == "$0.00");
    CHECK(in_dollars(1'250'000'000) == "$1.25");
    CHECK(in_dollars(50'000) == "$0.000050");
}
