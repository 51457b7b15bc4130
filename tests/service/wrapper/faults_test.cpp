// The wrapper, Redis or both die at the worst moment: nothing is lost and nothing is answered
// twice.
#include "contracts/streams/publisher.h"
#include "tests/service/wrapper/worker_house.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <filesystem>
#include <fstream>
#include <random>
#include <utility>

using contracts::Json;
using namespace tests;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

bool there(const WorkerHouse& house, const std::string& name) {
    return std::ifstream(house.workspace() + "/" + name).good();
}

// The agent ends on a signal file; its worker has the result but dies before Redis replies.
void finish_and_die(WorkerHouse& house) {
    ChildProcess worker = house.start();
    eventually("begun", [&] { return there(house, "begun"); });
    house.redis().pause();
    std::ofstream(house.workspace() + "/go");
    eventually("finished", [&] {
        return read_file(house.directory() / "state/state").find("delivering") != std::string::npos;
    });
    worker.kill();
    house.redis().resume();
}

}  // namespace

TEST_CASE("a worker killed at any point loses no task and doubles no output") {
    const std::uint32_t seed = std::random_device{}();
    std::mt19937 random(seed);
    CAPTURE(seed);
    WorkerHouse house("po");
    house.agent("cat >/dev/null; echo answer");
    constexpr int kTasks = 40;
    for (int i = 0; i < kTasks; ++i)
        house.give("r-" + std::to_string(i));
    int lives = 0;
    // If a worker is killed too early to make progress (on a slow or emulated machine), the next
    // one may live longer.
    constexpr unsigned kShort = 200;
    unsigned longest = kShort;
    for (std::size_t answered = 0; answered < kTasks;) {
        REQUIRE(++lives < 400);
        ChildProcess worker = house.start();
        (void)worker.wait(milliseconds(random() % longest));
        worker.kill();
        const std::size_t before = std::exchange(answered, house.outputs().size());
        longest = answered > before ? kShort : longest + kShort / 4;
    }
    ChildProcess worker = house.start();
    eventually("all acknowledged", [&] { return house.pending() == 0; });
    worker.stop();
    // A request that was interrupted each time it was begun is given up: it gets an answer and a
    // dead letter.
    std::map<std::string, int> seen;
    std::size_t given_up = 0;
    for (const Json& output : house.outputs()) {
        ++seen[output["request_id"]];
        if (output["status"] == "success")
            CHECK(output["text"] == "answer\n");
        else
            ++given_up;
    }
    CHECK(house.read(house.input_stream() + ":dlq").size() == given_up);
    CHECK(seen.size() == kTasks);
    for (const auto& [request, times] : seen)
        CHECK(times == 1);
}

TEST_CASE(
    "a result that was finished before the worker died is delivered by the next life with a "
    "Redis") {
    WorkerHouse house;
    house.agent("echo x >> runs; touch begun; while [ ! -e go ]; do sleep 0.02; done; " +
                kSucceeds);
    house.give("r-1");
    finish_and_die(house);
    house.redis().stop();
    CHECK(house.run_to_end().end.exit_code == 69);
    house.redis().start();
    CHECK(house.run_to_end().end.exit_code == 0);
    CHECK(house.in_workspace("runs") == "x\n");
    REQUIRE(house.outputs().size() == 1);
    CHECK(house.outputs()[0]["status"] == "success");
    CHECK(house.pending() == 0);
}

TEST_CASE("a result that was delivered before the worker died leaves its next life as ended too") {
    WorkerHouse house;
    house.agent("touch begun; while [ ! -e go ]; do sleep 0.02; done; " + kSucceeds);
    house.give("r-1");
    finish_and_die(house);
    // Answered by the previous run's last message or, if that was cut off, by someone else.
    must(house.connect().command({"SET", "worker:answered:r-1", "1"}));
    CHECK(house.run_to_end().end.exit_code == 0);
    CHECK(house.outputs().size() <= 1);
    CHECK(house.pending() == 0);
    CHECK(house.status("status") == "COMPLETED");
}

TEST_CASE("Redis dies during the run and comes back: the result is delivered once") {
    WorkerHouse house;
    house.agent("echo x >> runs; touch begun; while [ ! -e go ]; do sleep 0.02; done; " +
                kSucceeds);
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually("begun", [&] { return there(house, "begun"); });
    house.redis().kill();
    std::ofstream(house.workspace() + "/go");
    eventually("finished", [&] {
        return read_file(house.directory() / "state/state").find("delivering") != std::string::npos;
    });
    CHECK(worker.running());
    house.redis().start();
    CHECK(worker.must_end(seconds{10}).exit_code == 0);
    CHECK(house.in_workspace("runs") == "x\n");
    CHECK(house.outputs().size() == 1);
    CHECK(house.pending() == 0);
}

TEST_CASE("Redis comes back empty while the worker waits: it makes its group anew") {
    WorkerHouse house("po");
    house.agent("echo hello");
    ChildProcess worker = house.start();
    eventually("started", [&] { return !house.lifecycle().empty(); });
    {
        contracts::Connection connection = house.connect();
        must(connection.command({"FLUSHALL"}));
    }
    house.give("r-1");
    eventually("the answer", [&] { return house.outputs().size() == 1; });
    house.redis().restart();
    house.give("r-2");
    eventually("the second answer", [&] { return house.outputs().size() == 2; });
}

TEST_CASE("idle and without Redis the worker gives up, unless its control directory is there") {
    WorkerHouse house("po");
    house.agent("echo hello");
    house.redis().stop();
    CHECK(house.run_to_end(seconds{30}).end.exit_code == 69);
    house.set("CONTROL_DIR", house.directory().text());
    ChildProcess worker = house.start();
    stays("the worker waits", [&] { return worker.running(); }, seconds{5});
    house.redis().start();
    house.give("r-1");
    eventually("the answer", [&] { return house.outputs().size() == 1; });
}

TEST_CASE("a message that ended every life of its worker is given up with a reason") {
    WorkerHouse house("po");
    house.agent("echo x >> runs; exec sleep 600");
    house.give("r-1");
    for (int life = 1; life <= 5; ++life) {
        ChildProcess worker = house.start();
        eventually("begun", [&] {
            return house.in_workspace("runs").size() == static_cast<std::size_t>(2 * life);
        });
        worker.kill();
    }
    ChildProcess worker = house.start();
    eventually("given up", [&] { return house.outputs().size() == 1; });
    CHECK(house.outputs()[0]["status"] == "error");
    CHECK(house.outputs()[0]["error"].get<std::string>().find("never finished") !=
          std::string::npos);
    CHECK(house.read(house.input_stream() + ":dlq").size() == 1);
    eventually("acknowledged", [&] { return house.pending() == 0; });
}

TEST_CASE("an answer that somebody else has given meanwhile is not given again") {
    WorkerHouse house;
    house.agent("touch begun; while [ ! -e go ]; do sleep 0.02; done; " + kSucceeds);
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually("begun", [&] { return there(house, "begun"); });
    {
        contracts::Connection connection = house.connect();
        must(connection.command({"SET", "worker:answered:r-1", "1"}));
    }
    std::ofstream(house.workspace() + "/go");
    CHECK(worker.must_end().exit_code == 0);
    CHECK(house.outputs().empty());
    CHECK(house.pending() == 0);
}

TEST_CASE("a result whose entry another consumer has claimed is fenced off") {
    WorkerHouse house;
    house.agent("touch begun; while [ ! -e go ]; do sleep 0.02; done; " + kSucceeds);
    const std::string entry = house.give("r-1");
    ChildProcess worker = house.start();
    eventually("begun", [&] { return there(house, "begun"); });
    {
        contracts::Connection connection = house.connect();
        // An entry that was just delivered cannot be claimed yet.
        eventually("the entry is no longer fresh", [&] {
            const contracts::Reply pending = must(connection.command(
                {"XPENDING", house.input_stream(), "workers", entry, entry, "1"}));
            return pending.view()[0][2].integer() > 100;
        });
        must(
            connection.command({"XCLAIM", house.input_stream(), "workers", "another", "0", entry}));
    }
    std::ofstream(house.workspace() + "/go");
    CHECK(worker.must_end().exit_code == 0);
    CHECK(house.outputs().empty());
    CHECK(house.pending() == 1);
}

TEST_CASE("a result that Redis would take only a part of waits until it takes all of it") {
    const std::string key = GENERATE("worker:developer:output", "worker:lifecycle",
                                     "worker:status:w-1", "worker:answered:r-1");
    CAPTURE(key);
    WorkerHouse house;
    house.agent("echo x >> runs; touch begun; while [ ! -e go ]; do sleep 0.02; done; " +
                kSucceeds);
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually("begun", [&] { return there(house, "begun"); });
    contracts::Connection redis = house.connect();
    must(redis.command({"DEL", key}));
    must(redis.command({"RPUSH", key, "another's"}));
    std::ofstream(house.workspace() + "/go");
    eventually("the worker says why",
               [&] { return worker.error_output().find("only a part") != std::string::npos; });
    CHECK(house.pending() == 1);
    if (key != "worker:developer:output") CHECK(house.outputs().empty());
    SECTION("in this life") {
        must(redis.command({"DEL", key}));
        CHECK(worker.must_end().exit_code == 0);
    }
    SECTION("in the next life") {
        worker.kill();
        must(redis.command({"DEL", key}));
        CHECK(house.run_to_end().end.exit_code == 0);
    }
    CHECK(house.in_workspace("runs") == "x\n");
    REQUIRE(house.outputs().size() == 1);
    CHECK(house.outputs()[0]["status"] == "success");
    CHECK(house.pending() == 0);
    CHECK(house.get("worker:answered:r-1") == "1");
}

TEST_CASE("a message is not taken off its stream where its dead letter cannot be written") {
    WorkerHouse house("po");
    house.agent("cat >/dev/null; echo answer");
    contracts::Connection redis = house.connect();
    const std::string letters = house.input_stream() + ":dlq";
    must(redis.command({"SET", letters, "another's"}));
    house.give_raw("no JSON");
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually("the next one is answered", [&] { return house.outputs().size() == 1; });
    eventually("which is acknowledged", [&] { return house.pending() == 1; });
    must(redis.command({"DEL", letters}));
    eventually("the first is refused", [&] { return house.pending() == 0; });
    CHECK(house.read(letters).size() == 1);
}

TEST_CASE("a request that somebody else has answered is not begun, whatever he marked") {
    const bool po = GENERATE(false, true);
    CAPTURE(po);
    WorkerHouse house(po ? "po" : "developer");
    house.agent("echo x >> runs; cat >/dev/null; " + kSucceeds);
    house.give("r-1");
    contracts::Connection redis = house.connect();
    must(redis.command({"XGROUP", "CREATE", house.input_stream(), "workers", "0"}));
    must(redis.command(
        {"XREADGROUP", "GROUP", "workers", "w-1", "STREAMS", house.input_stream(), ">"}));
    // Far behind the answers to other requests.
    for (int i = 0; i < 100; ++i)
        must(redis.command({"XADD", house.output_stream(), "*", "data",
                            R"({"request_id":"other-)" + std::to_string(i) + R"("})"}));
    must(redis.command({"XADD", house.output_stream(), "*", "data",
                        R"({ "request_id" : "r-1", "status": "failed" })"}));
    ChildProcess worker = house.start();
    eventually("acknowledged", [&] { return house.pending() == 0; });
    house.give("r-2");
    eventually("the next one is answered", [&] { return house.outputs().size() == 102; });
    CHECK(house.in_workspace("runs") == "x\n");
    CHECK(house.outputs()[101]["request_id"] == "r-2");
}

TEST_CASE("a developer that reads two streams takes one entry, its own stream's first") {
    WorkerHouse house;
    house.set("TASK_ID", "");
    house.agent("cat >/dev/null; " + kSucceeds);
    const std::string shared = "worker:developer:input";
    contracts::Connection redis = house.connect();
    must(contracts::publish_data(
        redis, shared,
        R"({"request_id":"s-1","task_id":"t-1","project_id":"p-1","prompt":"x","timeout":60})"));
    house.give("r-1");
    CHECK(house.run_to_end().end.exit_code == 0);
    REQUIRE(house.outputs().size() == 1);
    CHECK(house.outputs()[0]["request_id"] == "r-1");
    CHECK(must(redis.command({"XPENDING", shared, "workers"})).view()[0].integer() == 0);
    CHECK(house.run_to_end().end.exit_code == 0);
    REQUIRE(house.outputs().size() == 2);
    CHECK(house.outputs()[1]["request_id"] == "s-1");
}

TEST_CASE("a state directory is one worker's and one process's") {
    WorkerHouse house;
    house.agent("echo x >> runs; touch begun; while [ ! -e go ]; do sleep 0.02; done; " +
                kSucceeds);
    house.give("r-1");
    const auto check_refused = [&](std::string_view why) {
        const Finished second = house.run_to_end();
        INFO(second.error_output);
        CHECK(second.end.exit_code == 78);
        CHECK(second.error_output.find("STATE_DIR: ") != std::string::npos);
        CHECK(second.error_output.find(why) != std::string::npos);
    };
    SECTION("while its process lives") {
        ChildProcess worker = house.start();
        eventually("begun", [&] { return there(house, "begun"); });
        check_refused("another worker-wrapper runs on");
        std::ofstream(house.workspace() + "/go");
        CHECK(worker.must_end().exit_code == 0);
    }
    SECTION("with a result that its worker owes, also where an older wrapper left it") {
        finish_and_die(house);
        if (GENERATE(false, true))
            REQUIRE(std::filesystem::remove(house.directory() / "state/owner"));
        house.set("WORKER_ID", "w-2");
        check_refused("belongs to the worker w-1, and this is w-2");
        house.set("WORKER_ID", "w-1");
        CHECK(house.run_to_end().end.exit_code == 0);
    }
    CHECK(house.in_workspace("runs") == "x\n");
    CHECK(house.outputs().size() == 1);
    CHECK(house.pending() == 0);
}
