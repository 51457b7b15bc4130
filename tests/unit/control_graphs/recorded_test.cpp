// Recordings of earlier versions stay valid: the simulation's seeds end as recorded, and a store
// that stopped in the middle of a task continues.
#include "contracts/base/sha256.h"
#include "control/graphs/engineering/engineering.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "tests/unit/control_graphs/engineering_scenario.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace {

using namespace control::graphs;
using control::ThreadStatus;
using tests::Run;
using tests::SimulatedStore;
using tests::StillClock;
using namespace std::chrono_literals;
namespace threads = control::threads;

std::string recorded(const std::string& name) {
    std::ifstream file(ORCH_SOURCE_DIR "/tests/unit/control_graphs/recorded/" + name);
    REQUIRE(file.is_open());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// Texts for people may change; the path through the graph, and the keys and request ids of what was
// sent, may not.
std::string way_of(const Run& run) {
    std::string text;
    for (const std::string& step : run.history)
        text += step.substr(0, step.find(':')) + "\n";
    return text;
}

// Notices for the chat were added after the recording; they are the last effects of a step.
std::string sent_of(const Run& run) {
    std::string text;
    for (const std::string& sent : run.published)
        if (sent.find(" chat:") == sent.npos) text += sent + "\n";
    return text;
}

std::string line_of(std::uint64_t seed, const Run& run) {
    return std::to_string(seed) + " " + std::string(contracts::to_text(run.end)) + " " +
           std::to_string(run.history.size()) + " " +
           contracts::sha256_hex(way_of(run)).substr(0, 16) + " " +
           contracts::sha256_hex(sent_of(run)).substr(0, 16);
}

// The store of an earlier version, and the engine that continues it.
struct Left {
    SimulatedStore store;
    StillClock clock;
    std::vector<std::string> calls;
    Engine engine;
    Caller caller;

    explicit Left(const std::string& name, const std::string& instance = "a")
        : engine(clock, tests::silent_log(), {.instance = instance}, {program()}),
          caller(*store.db, engine, clock, tests::silent_log(), {.instance = instance},
                 handlers()) {
        std::istringstream script(recorded(name));
        for (std::string row; std::getline(script, row, '\n');)
            REQUIRE(store.db->transaction([&](control::Transaction& tx) -> control::Result<void> {
                auto inserted = tx.query(row.substr(0, row.rfind(';')));
                return inserted ? control::Result<void>() : control::fail(inserted.error());
            }));
    }

    static Program program() {
        Module module = engineering_module({}, {});
        return {.graph = std::move(module.graph), .writers = std::move(module.writers)};
    }
    CallHandlers handlers() {
        return {{"forge.prepare", [this](const contracts::Json& arguments) {
                     calls.push_back(contracts::dump_json(arguments));
                     return control::Result<contracts::Json>(
                         contracts::Json{{"location", "/repo"}});
                 }}};
    }
    control::Thread thread() {
        const auto found = threads::find_subject(*store.db, "engineering", "task-recorded");
        REQUIRE(found);
        REQUIRE(*found);
        return **found;
    }
    std::size_t messages() {
        const auto found = threads::undelivered(*store.db, "a", "publish", clock.now() + 1h, 100);
        REQUIRE(found);
        return found->size();
    }
};

}  // namespace

TEST_CASE("each seed ends as it did when its result was recorded") {
    SimulatedStore store;
    std::istringstream lines(recorded("engineering_seeds.txt"));
    std::uint64_t seeds = 0;
    for (std::string line; std::getline(lines, line);) {
        const std::uint64_t seed = ++seeds;
        const Run run = tests::simulate(store, tests::engineering_scenario(),
                                        {.seed = seed, .thread = "thread-" + std::to_string(seed)});
        INFO(way_of(run) << sent_of(run));
        CHECK(line_of(seed, run) == line);
    }
    CHECK(seeds == 40);
}

TEST_CASE("a checkpoint and a call that were recorded earlier are resumed") {
    Left left("preparing.sql");
    REQUIRE(left.caller.run_once());
    CHECK(left.calls ==
          std::vector<std::string>{R"({"branch":"task/task-recorded","repository":"p-recorded"})"});
    const control::Thread thread = left.thread();
    CHECK(thread.node == "hire_developer");
    CHECK(thread.status == ThreadStatus::waiting);
    CHECK(left.messages() == 3);  // the recorded one, the progress and the request for a worker
    CHECK(control::projects::find(*left.store.db, "project-recorded")->entity.repository_url ==
          "/repo");
}

TEST_CASE("a recorded call whose daemon is gone is made by another when its lease has run out") {
    Left left("preparing.sql", "b");
    CHECK(left.caller.run_once() == false);
    left.clock.advance(31s);
    CHECK(left.caller.run_once() == true);
    CHECK(left.calls.size() == 1);
    CHECK(left.thread().node == "hire_developer");
}

TEST_CASE("a thread that was recorded while its developer worked takes the output") {
    Left left("developing.sql");
    const auto waits = threads::waits(*left.store.db, "thread-recorded");
    REQUIRE(waits);
    REQUIRE(waits->size() == 1);
    const std::string request = waits->front().key.substr(std::string("output:").size());
    const auto delivered = tests::in_transaction(*left.store.db, [&](control::Transaction& tx) {
        return left.engine.deliver(tx, {"output",
                                        request,
                                        {{"request_id", request},
                                         {"task_id", "task-recorded"},
                                         {"status", "success"},
                                         {"summary", "done"},
                                         {"timestamp", "2027-01-15T08:10:00Z"}}});
    });
    CHECK(*delivered == Delivery::handled);
    CHECK(left.thread().node == "inspect");
    CHECK(left.thread().state.find(R"("summary":"done")") != std::string::npos);
    CHECK(left.messages() == 4);  // the two recorded ones, the deletion and the progress
}
