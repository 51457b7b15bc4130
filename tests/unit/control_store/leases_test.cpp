// One holder among many, and a fencing number that excludes a former one; over every driver.
#include "control/store/leases.h"

#include "drivers.h"

#include <atomic>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <thread>

namespace control {

namespace {

using namespace std::chrono_literals;

constexpr contracts::Timestamp kBegin{std::chrono::milliseconds(1'768'046'400'000)};

std::optional<Lease> acquired(Database& db, const std::string& holder, contracts::Timestamp now) {
    std::optional<Lease> lease;
    REQUIRE(db.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::optional<Lease>> taken = leases::acquire(tx, "scheduler", holder, now, 10s);
        if (!taken) return fail(taken.error());
        lease = *taken;
        return {};
    }));
    return lease;
}

Result<void> checked(Database& db, const Lease& lease) {
    return db.transaction([&](Transaction& tx) { return leases::check(tx, lease); });
}

}  // namespace

TEMPLATE_TEST_CASE("a lease has one holder until it is over, and each holding a larger number", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto first = driver.open(), second = driver.open();  // two daemons
    const std::optional<Lease> held = acquired(*first, "a", kBegin);
    REQUIRE(held);
    CHECK(held->fencing == 1);
    CHECK_FALSE(acquired(*second, "b", kBegin + 9s));
    const std::optional<Lease> extended = acquired(*first, "a", kBegin + 9s);
    REQUIRE(extended);
    CHECK(extended->fencing == 1);
    CHECK(extended->until == kBegin + 19s);
    CHECK_FALSE(acquired(*second, "b", kBegin + 18s));
    CHECK(checked(*first, *extended));

    const std::optional<Lease> taken_over = acquired(*second, "b", kBegin + 19s);
    REQUIRE(taken_over);
    CHECK(taken_over->fencing == 2);
    CHECK(checked(*second, *taken_over));
    const Result<void> late = checked(*first, *extended);
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::conflict);
    CHECK_FALSE(acquired(*first, "a", kBegin + 20s));
}

TEMPLATE_TEST_CASE("a holder whose lease was over holds it anew, under another number", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const std::optional<Lease> before = acquired(*db, "a", kBegin);
    const std::optional<Lease> after = acquired(*db, "a", kBegin + 1h);
    REQUIRE((before && after));
    CHECK(after->fencing == before->fencing + 1);
    CHECK_FALSE(checked(*db, *before));
}

TEMPLATE_TEST_CASE("a lease that is given back is free at once, and its old number is refused", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const std::optional<Lease> held = acquired(*db, "a", kBegin);
    REQUIRE(held);
    const auto give_back = [&](const Lease& lease) {
        REQUIRE(db->transaction([&](Transaction& tx) { return leases::release(tx, lease); }));
    };
    give_back(*held);
    const std::optional<Lease> next = acquired(*db, "b", kBegin + 1s);
    REQUIRE(next);
    CHECK(next->fencing == 2);
    give_back(*held);  // has no effect: another daemon holds the lease
    CHECK(checked(*db, *next));
    CHECK_FALSE(acquired(*db, "a", kBegin + 2s));
    CHECK_FALSE(checked(*db, *held));
}

TEMPLATE_TEST_CASE("of daemons that ask at the same moment one gets the lease", "", STORE_DRIVERS) {
    const TestType driver;
    std::vector<std::unique_ptr<Database>> daemons;
    for (int i = 0; i < 4; ++i)
        daemons.push_back(driver.open());
    std::atomic<int> holders = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&, i] {
                std::optional<Lease> lease;
                const Result<void> done =
                    daemons[i]->transaction([&](Transaction& tx) -> Result<void> {
                        auto taken =
                            leases::acquire(tx, "scheduler", std::to_string(i), kBegin, 10s);
                        if (!taken) return fail(taken.error());
                        lease = *taken;
                        return {};
                    });
                if (done && lease) ++holders;
            });
    }
    CHECK(holders == 1);
}

}  // namespace control
