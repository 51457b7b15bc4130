// P2.3 of the migration plan: the scheduler uses the store's port only, and survives a store that
// is unavailable for a while.
#include "control/metrics/metrics.h"
#include "control/scheduler/scheduler.h"
#include "tests/unit/control_scheduler/held_clock.h"
#include "tests/unit/control_store/drivers.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

namespace control {

namespace {

using namespace std::chrono_literals;

// A store that can be unavailable: every operation fails, as while PostgreSQL restarts.
class RemoteStore final : public Database {
public:
    explicit RemoteStore(std::unique_ptr<Database> inner) : inner_(std::move(inner)) {}

    [[nodiscard]] Dialect dialect() const override { return inner_->dialect(); }
    [[nodiscard]] CommitSequence commits() const override { return inner_->commits(); }
    Result<Rows> query(std::string_view sql, std::vector<Value> values) override {
        if (is_away) return away();
        return inner_->query(sql, std::move(values));
    }
    Result<void> transaction(const std::function<Result<void>(Transaction&)>& work) override {
        if (is_away) return away();
        return inner_->transaction(work);
    }
    void transaction_async(std::function<Result<void>(Transaction&)> work,
                           std::function<void(Result<void>)> done) override {
        if (is_away) return done(away());
        inner_->transaction_async(std::move(work), std::move(done));
    }
    bool is_away = false;

private:
    static std::unexpected<Error> away() { return fail(ErrorKind::transient, "the store is away"); }
    std::unique_ptr<Database> inner_;
};

struct PlannedScheduler {
    SqliteDriver driver;
    RemoteStore store{driver.open()};
    HeldClock clock;
    Metrics metrics;
    int runs = 0;
    Scheduler scheduler{
        {.daemon = "a",
         .database = store,
         .clock = clock,
         .log = contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                               contracts::LogLevel::error, contracts::LogFormat::json, "test"),
         .metrics = metrics,
         .lease = 15s},
        {{.name = "count",
          .interval = 60s,
          .run_once = [this](const Lease&, const std::stop_token&) -> Result<PeriodicOutcome> {
              ++runs;
              return PeriodicOutcome{.text = "counted"};
          }}}};

    void minute() {
        for (int i = 0; i < 12; ++i) {
            clock.advance(5s);
            (void)scheduler.keep_lease();
            (void)scheduler.run_due({});
        }
    }
};

std::string text_of_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("P2.3.1 no task of the scheduler knows a driver of the store") {
    int files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(ORCH_SOURCE_DIR "/control/scheduler")) {
        ++files;
        const std::string text = text_of_file(entry.path());
        for (const char* driver : {"sqlite", "postgres", "libpq"}) {
            INFO(entry.path() << ": " << driver);
            CHECK(text.find(driver) == std::string::npos);
        }
    }
    CHECK(files > 20);
}

TEST_CASE("P2.3.3 the scheduler goes on when its store was away") {
    PlannedScheduler planned;
    planned.minute();
    planned.minute();
    const int before = planned.runs;
    CHECK(before > 0);
    planned.store.is_away = true;
    planned.minute();
    planned.minute();
    CHECK_FALSE(planned.scheduler.leads());  // another daemon may lead by now
    const int meanwhile = planned.runs;
    planned.store.is_away = false;
    planned.minute();
    planned.minute();
    CHECK(planned.scheduler.leads());
    CHECK(planned.runs > meanwhile);
}

}  // namespace control
