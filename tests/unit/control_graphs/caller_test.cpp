// Which daemon makes a call: one at a time, among those with the call's role.
#include "control/graphs/delivery/caller.h"
#include "tests/unit/control_graphs/desk.h"

#include <functional>

namespace {

using namespace control::graphs;
using control::ThreadStatus;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLease{30'000};

Result<Json> as_it_was(const Turn& turn, Effects&) {
    return turn.state;
}

// A graph of one node that makes the call "deploy.start" and ends with its result.
Graph calling() {
    const Decide decide = [](const Turn& turn, Effects& effects) -> Result<Step> {
        if (turn.event.name == kEnter)
            return Step{turn.state,
                        Wait{{effects.call("deploy.start", Json::object())}, turn.now + 1h}};
        return Step{turn.event.body, Done{}};
    };
    return {.name = "toy",
            .start = "call",
            .nodes = {{.name = "call", .decide = decide, .calls = {"deploy.start"}, .waits = true}},
            .cancelled = as_it_was,
            .retried = as_it_was,
            .late = as_it_was};
}

// A daemon that uses the desk's store and clock.
struct Daemon {
    Engine engine;
    Caller caller;

    Daemon(tests::Desk& desk, const std::string& name, CallHandler handler, CallFilter calls = {})
        : engine(desk.clock, tests::silent_log(),
                 {.instance = name, .lease = kLease, .calls = calls}, {{.graph = calling()}}),
          caller(*desk.db, engine, desk.clock, tests::silent_log(),
                 {.instance = name, .lease = kLease, .calls = calls},
                 {{"deploy.start", std::move(handler)}}) {}

    bool makes_a_call() {
        const auto made = caller.run_once();
        REQUIRE(made);
        return *made;
    }
};

Result<Json> nothing(const Json&) {
    return Json::object();
}

}  // namespace

TEST_CASE("a call that takes longer than its lease is not made by another daemon meanwhile") {
    tests::Desk desk(calling());
    Daemon* self = nullptr;
    int made = 0;
    Daemon other(desk, "other", [&](const Json&) {
        ++made;
        return Result<Json>(Json::object());
    });
    // The other daemon looks for calls throughout the three minutes that this one runs.
    Daemon slow(desk, "desk", [&](const Json&) {
        for (int i = 0; i < 18; ++i) {
            desk.clock.advance(10s);
            REQUIRE(self->caller.keep_leases());
            CHECK_FALSE(other.makes_a_call());
        }
        return Result<Json>(Json{{"by", "desk"}});
    });
    self = &slow;
    desk.start();
    CHECK(slow.makes_a_call());
    CHECK(made == 0);
    CHECK(desk.thread().status == ThreadStatus::completed);
    CHECK(desk.thread().state == R"({"ok":true,"value":{"by":"desk"}})");
}

TEST_CASE("a call whose daemon has died is made by another when the lease has run out") {
    tests::Desk desk(calling());
    Daemon other(desk, "other", nothing);
    desk.start();
    CHECK_FALSE(other.makes_a_call());
    desk.clock.advance(29s);
    CHECK_FALSE(other.makes_a_call());
    desk.clock.advance(1s);
    CHECK(other.makes_a_call());
    CHECK(desk.thread().status == ThreadStatus::completed);
}

TEST_CASE("a daemon leaves the calls of other roles to the daemons that have these") {
    // The thread is moved by a daemon that makes only the forge's calls.
    tests::Desk desk(calling(), {},
                     {.instance = "desk", .lease = kLease, .calls = CallFilter{{"forge."}}});
    Daemon graphs(desk, "desk", nothing, CallFilter{{"forge."}});
    Daemon deployer(desk, "deployer", nothing, CallFilter{{"deploy."}});
    desk.start();
    CHECK_FALSE(graphs.makes_a_call());
    desk.clock.advance(1h - 1s);
    CHECK_FALSE(graphs.makes_a_call());
    // There is no lease to wait for: no daemon holds one.
    CHECK(deployer.makes_a_call());
    CHECK(desk.thread().status == ThreadStatus::completed);
    CHECK_FALSE(deployer.makes_a_call());
}

TEST_CASE("a call that no module of a daemon has comes back as a failure that says so") {
    tests::Desk desk(calling());
    Engine engine(desk.clock, tests::silent_log(), {.instance = "desk"}, {{.graph = calling()}});
    Caller caller(*desk.db, engine, desk.clock, tests::silent_log(), {.instance = "desk"}, {});
    desk.start();
    REQUIRE(*caller.run_once());
    CHECK(desk.thread().state.find("no module of this daemon implements the call deploy.start") !=
          std::string::npos);
}
