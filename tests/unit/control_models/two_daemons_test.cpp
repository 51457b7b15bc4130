// A cap holds for all daemons together: two meters on one store, and calls that come at once.
#include "control/models/meter.h"
#include "tests/unit/control_store/drivers.h"

#include <atomic>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <thread>

using namespace control;
using namespace std::chrono_literals;

namespace {

constexpr int kMostAtOnce = 2;
constexpr int kCallers = 3;  // of each daemon
constexpr int kCallsEach = 4;
constexpr Nanodollars kOneCall = 1'000'000;

class NoLogLines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

struct OneDaemon {
    std::unique_ptr<Database> db;
    contracts::SystemClock clock{};
    Meter meter;

    OneDaemon(std::unique_ptr<Database> database, const std::string& name)
        : db(std::move(database)),
          meter({*db, clock, name,
                 contracts::Log(std::make_shared<NoLogLines>(), contracts::LogLevel::error,
                                contracts::LogFormat::json, "test")}) {}

    Admission admit() {
        std::promise<Admission> told;
        meter.admit({{"w-1", "t-1", "p-1", "u-1"},
                     ModelProvider::openai,
                     ModelApi::chat,
                     {.model = "m", .most_output = 1, .bytes = 100}},
                    [&told](Admission admission) { told.set_value(std::move(admission)); });
        return told.get_future().get();
    }
    void end(const std::string& id) {
        meter.end(id, {.status = 200, .usage = {.tells_input = true, .tells_output = true}});
    }
};

// How many calls both daemons have under way.
struct Crowd {
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
    std::atomic<int> admitted = 0;

    void enter() {
        const int entered = ++now;
        ++admitted;
        for (int seen = most; seen < entered && !most.compare_exchange_weak(seen, entered);) {
        }
    }
    void call(OneDaemon& daemon, std::chrono::steady_clock::time_point until) {
        for (int done = 0; done < kCallsEach && std::chrono::steady_clock::now() < until;) {
            const Admission told = daemon.admit();
            if (told.verdict != Verdict::admitted) {
                std::this_thread::yield();
                continue;
            }
            enter();
            std::this_thread::yield();
            --now;
            daemon.end(told.id);
            ++done;
        }
    }
};

}  // namespace

TEMPLATE_TEST_CASE("two daemons admit no more calls at once than one cap has room for", "",
                   STORE_DRIVERS) {
    const TestType driver;
    OneDaemon here(driver.open(), "here");
    OneDaemon there(driver.open(), "there");
    const Result<void> prepared = here.db->transaction([](Transaction& tx) -> Result<void> {
        auto priced = tx.query(
            "INSERT INTO available_models (id, name, provider, context_window, input_price, "
            "output_price, created_at, version) VALUES ('m', 'm', 'p', 1, '500', '500', 1, 1)");
        if (!priced) return fail(priced.error());
        return budgets::set(tx, {.scope = SpendingScope::project,
                                 .subject = "p-1",
                                 .cap = kMostAtOnce * kOneCall + kOneCall / 2,
                                 .set_by = "test"});
    });
    if (!prepared) FAIL(prepared.error().describe());
    Crowd crowd;
    const auto until = std::chrono::steady_clock::now() + 60s;
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < kCallers; ++i)
            for (OneDaemon* daemon : {&here, &there})
                callers.emplace_back([&crowd, daemon, until] { crowd.call(*daemon, until); });
    }
    CHECK(crowd.admitted == 2 * kCallers * kCallsEach);
    CHECK(crowd.most <= kMostAtOnce);
    CHECK(here.meter.wait_until_written(10s));
    CHECK(there.meter.wait_until_written(10s));
    const auto left = model_spending::find(*here.db, {SpendingScope::project, "p-1", {}});
    CHECK(left.value() == Spent{0, 0});
    CHECK(here.db->query("SELECT COUNT(*) FROM model_calls").value().rows.front().integer(0) ==
          crowd.admitted);
}
