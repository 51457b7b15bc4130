// A flow's worker, played by a test: it is created, instructed, and answers with the same messages
// as a real one.
#pragma once

#include "control/graphs/engine/engine.h"
#include "tests/unit/control_graphs/simulation.h"

#include <catch2/catch_test_macros.hpp>

namespace tests {

// For an engine whose instance is "a". `run` lets the flow continue after each answer.
class PlayedWorker {
public:
    PlayedWorker(SimulatedStore& store, control::graphs::Engine& engine, const StillClock& clock,
                 std::function<void()> run)
        : store_(store), engine_(engine), clock_(clock), run_(std::move(run)) {}

    // The next unread message that was published to the stream.
    contracts::Json next_on(std::string_view stream) {
        const auto effects = control::threads::undelivered(
            *store_.db, "a", "publish", clock_.now() + std::chrono::hours(1), 1000);
        for (; read_ < effects.value().size(); ++read_)
            if (effects.value()[read_].target == stream)
                return *contracts::parse_json(effects.value()[read_++].body);
        FAIL("nothing was published on " << stream);
        return {};
    }
    // Reads everything that was published again, from the beginning.
    void read_again() { read_ = 0; }
    // The next request to create a worker.
    contracts::Json order() {
        contracts::Json create = next_on("worker:commands");
        while (!create.contains("context"))  // the last worker is given back
            create = next_on("worker:commands");
        return create;
    }
    void deliver(const std::string& name, const std::string& id, contracts::Json body) {
        const auto delivered = in_transaction(*store_.db, [&](control::Transaction& tx) {
            return engine_.deliver(tx, {name, id, std::move(body)});
        });
        REQUIRE(*delivered == control::graphs::Delivery::handled);
        run_();
    }
    // Ends a turn with `end`: status, summary, data. Returns the turn's prompt.
    std::string answer(const contracts::Json& order, const std::string& task_id,
                       contracts::Json end) {
        deliver("response", order.at("request_id"), {{"success", true}, {"worker_id", "w"}});
        const contracts::Json input = next_on("worker:developer:w:input");
        end["request_id"] = input["request_id"];
        end["task_id"] = task_id;
        end["timestamp"] = "2026-01-10T12:00:00Z";
        deliver("output", input["request_id"], std::move(end));
        return input["prompt"];
    }

private:
    SimulatedStore& store_;
    control::graphs::Engine& engine_;
    const StillClock& clock_;
    std::function<void()> run_;
    std::size_t read_ = 0;
};

}  // namespace tests
