// A store, a clock that stands still, and an engine with the test's own graphs.
#pragma once

#include "control/graphs/engine/engine.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <memory>

namespace tests {

class StillClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override { return now_; }
    [[nodiscard]] contracts::Instant instant() const override {
        return contracts::Instant(now_.time_since_epoch());
    }
    void advance(std::chrono::milliseconds time) { now_ += time; }
    void advance_to(contracts::Timestamp time) { now_ = std::max(now_, time); }

private:
    contracts::Timestamp now_{std::chrono::milliseconds(1'800'000'000'000)};
};

class SilentSink final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

inline contracts::Log silent_log() {
    return contracts::Log(std::make_shared<SilentSink>(), contracts::LogLevel::error,
                          contracts::LogFormat::json, "test");
}

// Runs a transaction that must succeed; returns its value.
template <class F>
auto in_transaction(control::Database& db, F work) {
    using Out = std::remove_cvref_t<decltype(work(std::declval<control::Transaction&>()))>;
    std::optional<Out> out;
    const auto done = db.transaction([&](control::Transaction& tx) -> control::Result<void> {
        out.emplace(work(tx));
        if (!*out) return control::fail(out->error());
        return {};
    });
    if (!done) INFO(done.error().describe());
    return std::move(*out);
}

struct Desk {
    TemporaryDirectory directory;
    StillClock clock;
    std::unique_ptr<control::Database> db;
    control::graphs::Engine engine;

    explicit Desk(control::graphs::Graph graph, control::graphs::Writers writers = {},
                  control::graphs::EngineSettings settings = {.instance = "desk"})
        : db(open()),
          engine(clock, silent_log(), settings,
                 {{.graph = std::move(graph), .writers = std::move(writers)}}) {}

    std::unique_ptr<control::Database> open() {
        auto opened = control::open_sqlite(directory / "store.db");
        REQUIRE(opened);
        return std::move(*opened);
    }

    control::Thread start(const std::string& subject = "s",
                          contracts::Json state = contracts::Json::object()) {
        const auto started = in_transaction(*db, [&](control::Transaction& tx) {
            return engine.start(tx, "toy", subject, std::move(state));
        });
        REQUIRE(started);
        REQUIRE(*started);
        return thread(subject);
    }
    control::Thread thread(const std::string& subject = "s") {
        const auto found = control::threads::find_subject(*db, "toy", subject);
        REQUIRE(found);
        REQUIRE(*found);
        return **found;
    }
    control::graphs::Delivery deliver(const std::string& name, const std::string& id,
                                      contracts::Json body = contracts::Json::object()) {
        const auto delivered = in_transaction(*db, [&](control::Transaction& tx) {
            return engine.deliver(tx, {name, id, std::move(body)});
        });
        REQUIRE(delivered);
        return *delivered;
    }
    control::graphs::Commit commit(const control::graphs::Decision& decision) {
        const auto committed = in_transaction(
            *db, [&](control::Transaction& tx) { return engine.commit(tx, decision); });
        REQUIRE(committed);
        return *committed;
    }
    std::vector<control::OutboxEffect> outbox(const std::string& kind = "publish") {
        auto effects = control::threads::undelivered(*db, "desk", kind, clock.now(), 1000);
        REQUIRE(effects);
        return std::move(*effects);
    }
    std::int64_t run_due() {
        const auto steps = engine.run_due(*db);
        REQUIRE(steps);
        return *steps;
    }
};

}  // namespace tests
