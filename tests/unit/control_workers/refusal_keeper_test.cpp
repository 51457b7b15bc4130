#include "control/workers/refusal_keeper.h"

#include "control/store/egress_refusals.h"
#include "control/store/workers.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

class NoLines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

std::unique_ptr<Database> opened(const std::string& path) {
    auto database = open_sqlite(path);
    if (!database) FAIL(database.error().describe());
    return std::move(*database);
}

}  // namespace

TEST_CASE("refusals come to the store counted, those that came meanwhile and those at the end") {
    const tests::TemporaryDirectory directory;
    const auto database = opened(directory / "store.db");
    const contracts::SystemClock clock;
    WorkerRow worker;
    worker.id = "w1";
    worker.request_id = "r1";
    worker.config.name = "dev";
    worker.created_at = clock.now();
    REQUIRE(database->transaction([&](Transaction& tx) -> Result<void> {
        Result<bool> inserted = workers::insert(tx, worker);
        if (!inserted) return inserted.fault();
        return {};
    }));
    const auto count_of = [&](std::int64_t port) {
        const auto rows = egress_refusals::of_worker(*database, "w1", 10);
        REQUIRE(rows);
        for (const EgressRefusal& row : *rows)
            if (row.port == port) return row.count;
        return std::int64_t{0};
    };
    RefusalKeeper keeper(*database, clock,
                         contracts::Log(std::make_shared<NoLines>(), contracts::LogLevel::info,
                                        contracts::LogFormat::json, "test"));
    for (int i = 0; i < 50; ++i)
        keeper.note({"w1", "a.example", 443, "is not allowed"});
    keeper.start();
    tests::eventually("the first are there", [&] { return count_of(443) == 50; });
    for (int i = 0; i < 7; ++i)
        keeper.note({"w1", "a.example", 443, "is not allowed"});
    keeper.note({"w1", "a.example", 80, std::string(5000, 'x')});
    keeper.note({"nobody", "a.example", 80, "is not allowed"});
    tests::eventually("the others are there", [&] { return count_of(443) == 57; });
    CHECK(count_of(80) == 1);
    CHECK(keeper.health());
    keeper.note({"w1", "a.example", 22, "is not allowed"});
    keeper.stop();
    CHECK(count_of(22) == 1);
}

}  // namespace control
