// `docker pause` freezes Redis in its container while a result is being sent: connections stay
// open, sent bytes stay in their buffers, and a thawed Redis reads them all. By then the sender may
// have given up or died.
#include "tests/service/wrapper/worker_house.h"
#include "tests/support/redis_container.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <random>

using contracts::Json;
using namespace tests;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Frozen {
    DockerEngine engine;
    RedisContainer redis{engine};
};

// Skips the test if there is no engine.
std::unique_ptr<Frozen> make_frozen() {
    try {
        return std::make_unique<Frozen>();
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    return nullptr;
}

// A developer whose agent ends on a signal file, once Redis is frozen.
class FrozenHouse : public WorkerHouse {
public:
    explicit FrozenHouse(const RedisContainer& redis) : WorkerHouse("developer", redis.url()) {
        agent("echo x >> runs; touch begun; while [ ! -e go ]; do sleep 0.02; done; " + kSucceeds);
        give("r-1");
    }
    // The agent has ended, but Redis has not received the result.
    void freeze_at_the_end(const RedisContainer& redis) const {
        eventually("begun", [&] { return there("begun"); });
        redis.pause();
        std::ofstream go(workspace() + "/go");
        eventually("the result waits", [&] {
            return read_file(directory() / "state/state").find("delivering") != std::string::npos;
        });
    }
    void check_delivered_once() const {
        CHECK(in_workspace("runs") == "x\n");
        REQUIRE(outputs().size() == 1);
        CHECK(outputs()[0]["status"] == "success");
        CHECK(count("completed") == 1);
        CHECK(count("failed") == 0);
        CHECK(pending() == 0);
        CHECK(status("status") == "COMPLETED");
    }
    [[nodiscard]] std::ptrdiff_t count(const std::string& event) const {
        const std::vector<Json> events = lifecycle();
        return std::count_if(events.begin(), events.end(),
                             [&](const Json& one) { return one["event"] == event; });
    }

private:
    [[nodiscard]] bool there(const std::string& name) const {
        return std::ifstream(workspace() + "/" + name).good();
    }
};

}  // namespace

TEST_CASE("Redis is paused at the end of a task: once it goes on, there is one output") {
    const std::unique_ptr<Frozen> frozen = make_frozen();
    const FrozenHouse house(frozen->redis);
    ChildProcess worker = house.start();
    house.freeze_at_the_end(frozen->redis);
    // Longer than the reply timeout: the worker drops its connection and reconnects.
    stays("the worker holds its result", [&] { return worker.running(); }, seconds{7});
    CHECK(!frozen->redis.answers());
    frozen->redis.unpause();
    CHECK(worker.must_end().exit_code == 0);
    CHECK(house.count("started") == 1);
    house.check_delivered_once();
}

TEST_CASE("Redis is paused at the end of a task and the worker killed: its next life delivers") {
    const std::unique_ptr<Frozen> frozen = make_frozen();
    const FrozenHouse house(frozen->redis);
    ChildProcess worker = house.start();
    house.freeze_at_the_end(frozen->redis);
    worker.kill();
    CHECK(house.agents_alive() == 0);
    // The next wrapper starts before Redis is thawed, and waits for it.
    ChildProcess next = house.start();
    stays("the next life waits", [&] { return next.running(); }, seconds{2});
    frozen->redis.unpause();
    CHECK(next.must_end().exit_code == 0);
    CHECK(house.count("started") == 2);
    house.check_delivered_once();
}

TEST_CASE("whenever Redis is paused around a task's end, and whoever dies of it: one output each") {
    const std::unique_ptr<Frozen> frozen = make_frozen();
    const std::uint32_t seed = std::random_device{}();
    std::mt19937 random(seed);
    CAPTURE(seed);
    WorkerHouse house("po", frozen->redis.url());
    house.agent("cat >/dev/null; echo answer");
    std::optional<ChildProcess> worker = house.start();
    constexpr std::size_t kTasks = 40;
    for (std::size_t i = 0; i < kTasks; ++i) {
        house.give("r-" + std::to_string(i));
        (void)worker->wait(milliseconds(random() % 20));
        frozen->redis.pause();
        const bool dies = i % 10 != 9;
        // A wrapper that stays alive times out and asks again over another connection.
        (void)worker->wait(dies ? milliseconds(random() % 20) : milliseconds{5500});
        if (dies) {
            worker->kill();
            worker = house.start();
        }
        frozen->redis.unpause();
        eventually("answered and acknowledged",
                   [&] { return house.outputs().size() > i && house.pending() == 0; });
    }
    worker->stop();
    std::map<std::string, int> outputs;
    std::map<std::string, int> ends;
    for (const Json& output : house.outputs()) {
        ++outputs[output["request_id"]];
        CHECK(output["text"] == "answer\n");
    }
    for (const Json& event : house.lifecycle())
        if (event["event"] == "completed") ++ends[event["result"]["request_id"]];
    CHECK(outputs.size() == kTasks);
    CHECK(ends.size() == kTasks);
    for (const auto& [request, times] : outputs) {
        CAPTURE(request);
        CHECK(times == 1);
        CHECK(ends[request] == 1);
    }
}
