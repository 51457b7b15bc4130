// Settings that can be changed while the daemon runs.
#include "control/settings/live.h"

#include "control/store/live_settings.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

namespace control {

namespace {

using namespace std::chrono_literals;

class MovedClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override { return contracts::Timestamp(later); }
    [[nodiscard]] contracts::Instant instant() const override { return contracts::Instant(later); }
    std::chrono::milliseconds later{0};
};

struct Changeable {
    tests::TemporaryDirectory directory;
    std::unique_ptr<Database> db = open_sqlite(directory / "a.db").value();
    MovedClock clock;
    LiveSettings live{at_start(), *db, clock,
                      contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                                     contracts::LogLevel::error, contracts::LogFormat::json, "t")};

    static Settings at_start() {
        Settings settings;
        settings.workers.at_once = 7;
        return settings;
    }
    void set(const std::string& name, std::optional<std::string> value) {
        REQUIRE(db->transaction([&](Transaction& tx) {
                      return live_settings::set(tx, {.name = name,
                                                     .value = value,
                                                     .changed_by = "local",
                                                     .changed_at = clock.now()});
                  }).has_value());
        clock.later += 1s;
    }
};

}  // namespace

TEST_CASE("live settings: a change counts within a second, and back again") {
    Changeable some;
    CHECK(some.live.now()->workers.at_once == 7);
    some.set("MAX_CONCURRENT_WORKERS", "20");
    some.set("RETENTION_INTERVAL", "5");
    some.set("PO_NOTE", "Speak plainly.");
    CHECK(some.live.now()->workers.at_once == 20);
    CHECK(some.live.now()->scheduler.retention_every == 5s);
    CHECK(some.live.now()->chat.note == "Speak plainly.");
    some.set("MAX_CONCURRENT_WORKERS", std::nullopt);
    CHECK(some.live.now()->workers.at_once == 7);
    CHECK(some.live.now()->scheduler.retention_every == 5s);
    CHECK(some.live.at_start().workers.at_once == 7);
    const auto changes = live_settings::changes(*some.db, 10);
    REQUIRE(changes);
    REQUIRE(changes->size() == 4);
    CHECK(changes->front().name == "MAX_CONCURRENT_WORKERS");
    CHECK_FALSE(changes->front().value);
    CHECK(changes->front().changed_by == "local");
    CHECK(live_settings::all(*some.db)->size() == 2);
}

TEST_CASE("live settings: what the store should not have does no harm") {
    Changeable some;
    some.set("MAX_CONCURRENT_WORKERS", "many");
    some.set("DATA_DIR", "/elsewhere");
    some.set("RETENTION_INTERVAL", "5");
    CHECK(some.live.now()->workers.at_once == 7);
    CHECK(some.live.now()->places.data_directory != "/elsewhere");
    CHECK(some.live.now()->scheduler.retention_every == 5s);
}

TEST_CASE("live settings: the list is closed, and a value is checked as the environment's is") {
    CHECK(check_live("MAX_CONCURRENT_WORKERS", "1000"));
    for (const char* wrong : {"0", "1001", "-1", "ten", "1.5", " 5 x", ""}) {
        INFO(wrong);
        const auto refused = check_live("MAX_CONCURRENT_WORKERS", wrong);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == contracts::ErrorKind::invalid);
        CHECK(refused.error().field == "value");
    }
    CHECK_FALSE(check_live("PO_NOTE", std::string(16385, 'x')));
    for (const char* other : {"DATABASE_URL", "MANAGED_SERVERS", "max_concurrent_workers", ""})
        CHECK(check_live(other, "1").error().kind == contracts::ErrorKind::not_found);
    // Every setting that is offered can be read, and no other.
    std::set<std::string> read, offered;
    contracts::Environment asked([&](const std::string& name) {
        read.insert(name);
        return std::optional<std::string>();
    });
    Settings settings;
    read_live(asked, settings);
    for (const LiveChoice& choice : live_choices()) {
        offered.insert(std::string(choice.name));
        CHECK((choice.name == "PO_NOTE" || !choice.value(settings).empty()));
    }
    CHECK(read == offered);
}

}  // namespace control
