// Counts that must hold however often something happens to the worker. ORCH_SOAK=1 runs the full
// counts, ORCH_TEST_SEED repeats an earlier run.
#include "tests/service/wrapper/worker_house.h"

#include <signal.h>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

using contracts::Json;
using namespace tests;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

bool soaks() {
    return std::getenv("ORCH_SOAK") != nullptr;
}

std::uint32_t take_seed() {
    const char* given = std::getenv("ORCH_TEST_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                            : std::random_device{}();
}

// A po worker whose agent follows its prompt.
class ScriptedHouse : public WorkerHouse {
public:
    ScriptedHouse() : WorkerHouse("po") {
        const std::string program = directory() / "scripted_agent";
        std::filesystem::copy_file(SCRIPTED_AGENT, program);
        agent(Json::array({program}).dump());
        set("LOG_LEVEL", "ERROR");
    }

    std::int64_t count(const std::string& stream) const {
        contracts::Connection connection = connect();
        return must(connection.command({"XLEN", stream})).view().integer();
    }
    void wait_answered(std::int64_t number, milliseconds limit = seconds{120}) {
        eventually(
            "so many answers", [&] { return count(output_stream()) >= number && pending() == 0; },
            limit);
    }
    // The ending of each request's run, from its lifecycle event.
    std::map<std::string, Json> receipts() const {
        std::map<std::string, Json> found;
        for (const Json& event : lifecycle())
            if (event.contains("result") && event["result"].is_object())
                found[event["result"].value("request_id", "")] = event["result"];
        return found;
    }
    // Checks that each request has one answer.
    void check_answered_once(int requests) const {
        std::map<std::string, int> seen;
        for (const Json& output : outputs())
            ++seen[output["request_id"]];
        CHECK(seen.size() == static_cast<std::size_t>(requests));
        for (const auto& [request, times] : seen) {
            INFO(request);
            CHECK(times == 1);
        }
    }
};

std::string children_of(pid_t pid) {
    const std::string number = std::to_string(pid);
    return read_file("/proc/" + number + "/task/" + number + "/children");
}

// Prompts of the scripted agent, used as request ids, and the ending expected for each.
using Endings = std::map<std::string, std::pair<std::string, int>>;

void check_told(const Endings& wanted) {
    ScriptedHouse house;
    for (const auto& [request, ending] : wanted) {
        std::string prompt = request;
        std::replace(prompt.begin(), prompt.end(), '-', ' ');
        house.give(request, prompt);
    }
    ChildProcess worker = house.start();
    house.wait_answered(static_cast<std::int64_t>(wanted.size()));
    const std::map<std::string, Json> receipts = house.receipts();
    for (const auto& [request, ending] : wanted) {
        INFO(request);
        REQUIRE(receipts.contains(request));
        CHECK(receipts.at(request).value(ending.first, -1) == ending.second);
    }
    CHECK(children_of(worker.pid()).empty());
}

}  // namespace

TEST_CASE("a worker killed at random points answers every request, and each once", "[endurance]") {
    const int tasks = soaks() ? 10'000 : 1'000;
    const int kills = tasks / 10;
    const std::uint32_t seed = take_seed();
    std::mt19937 random(seed);
    CAPTURE(seed);
    ScriptedHouse house;
    for (int i = 0; i < tasks; ++i)
        house.give("r-" + std::to_string(i), "exit 0");
    for (int i = 0; i < kills; ++i) {
        ChildProcess worker = house.start();
        (void)worker.wait(milliseconds(random() % 60));
        worker.kill();
    }
    ChildProcess worker = house.start();
    house.wait_answered(tasks, seconds{soaks() ? 600 : 120});
    worker.stop();
    house.check_answered_once(tasks);
    CHECK(house.agents_alive() == 0);
}

TEST_CASE("a Redis that fails in every way it can loses no answer and doubles none",
          "[endurance]") {
    const int faults = soaks() ? 500 : 40;
    const std::uint32_t seed = take_seed();
    std::mt19937 random(seed);
    CAPTURE(seed);
    ScriptedHouse house;
    // While this directory exists, the worker waits for Redis without a limit.
    std::filesystem::create_directory(house.directory() / "control");
    house.set("CONTROL_DIR", house.directory() / "control");
    ChildProcess worker = house.start();
    int tasks = 0;
    const auto give_some = [&] {
        for (std::uint32_t i = random() % 6; i > 0; --i)
            house.give("r-" + std::to_string(tasks++), "exit 0");
    };
    const auto ask = [&](std::initializer_list<std::string_view> command) {
        contracts::Connection connection = house.connect();
        (void)connection.command(command);  // commands that cut connections cut this one as well
    };
    const auto last_a_while = [&] {
        (void)worker.wait(milliseconds(random() % 150));
    };
    for (int i = 0; i < faults; ++i) {
        give_some();
        last_a_while();
        const std::uint32_t kind = random() % 7;
        INFO("fault " << i << " of kind " << kind);
        switch (kind) {
            case 0:
                house.redis().kill();
                last_a_while();
                house.redis().start();
                break;
            case 1:
                ask({"CLIENT", "KILL", "TYPE", "normal"});
                break;
            case 2:
                house.redis().pause();
                last_a_while();
                house.redis().resume();
                break;
            case 3:  // READONLY
                ask({"REPLICAOF", "127.0.0.1", "1"});
                last_a_while();
                ask({"REPLICAOF", "NO", "ONE"});
                break;
            case 4:  // OOM
                ask({"CONFIG", "SET", "maxmemory", "1"});
                last_a_while();
                ask({"CONFIG", "SET", "maxmemory", "0"});
                break;
            case 5:  // Redis answers nobody for 100 ms
                ask({"CLIENT", "PAUSE", "100", "ALL"});
                last_a_while();
                break;
            case 6:  // the group is lost and created again
                house.wait_answered(tasks);
                ask({"XGROUP", "DESTROY", house.input_stream(), "workers"});
                break;
        }
        REQUIRE(worker.running());
    }
    house.wait_answered(tasks);
    worker.stop();
    house.check_answered_once(tasks);
}

TEST_CASE("every exit code and every signal is told as it was", "[endurance]") {
    Endings wanted;
    for (int code = 0; code < 256; ++code)
        wanted["exit-" + std::to_string(code)] = {"exit_code", code};
    for (int signal = 1; signal < 32; ++signal) {
        const bool ends = signal != SIGCHLD && signal != SIGCONT && signal != SIGURG &&
                          signal != SIGWINCH && signal != SIGSTOP && signal != SIGTSTP &&
                          signal != SIGTTIN && signal != SIGTTOU;
        if (ends) wanted["signal-" + std::to_string(signal)] = {"signal", signal};
    }
    check_told(wanted);
}

TEST_CASE("every real-time signal is told as it was", "[endurance]") {
    Endings wanted;
    for (int signal = SIGRTMIN; signal < SIGRTMAX; ++signal)
        wanted["signal-" + std::to_string(signal)] = {"signal", signal};
    check_told(wanted);
}

TEST_CASE("a hundred thousand orphans and a thousand deaths at once leave no zombie",
          "[endurance]") {
    ScriptedHouse house;
    ChildProcess worker = house.start();
    house.give("orphans", "orphans " + std::to_string(soaks() ? 100'000 : 20'000), 600);
    house.give("deaths", "deaths 1000");
    house.give("after", "exit 0");
    house.wait_answered(3, seconds{600});
    for (const auto& [request, receipt] : house.receipts()) {
        INFO(request);
        CHECK(receipt["exit_code"] == 0);
    }
    CHECK(children_of(worker.pid()).empty());
    CHECK(house.agents_alive() == 0);
}

TEST_CASE("a thousand processes that end for nothing but KILL are dead when their time is over",
          "[endurance]") {
    ScriptedHouse house;
    ChildProcess worker = house.start();
    house.give("escapees", "escapees 1000", 3);
    house.give("after", "exit 0");
    house.wait_answered(2);
    CHECK(house.outputs()[0]["status"] == "timeout");
    CHECK(house.outputs()[1]["status"] == "success");
    CHECK(house.agents_alive() == 0);
    CHECK(children_of(worker.pid()).empty());
}

TEST_CASE("an agent that prints without end and without a line is no burden", "[endurance]") {
    ScriptedHouse house;
    ChildProcess worker = house.start();
    const int mebibytes = soaks() ? 10'240 : 1'024;
    house.give("print", "print " + std::to_string(mebibytes), 600);
    house.give("after", "exit 0");
    house.wait_answered(2, seconds{600});
    CHECK(house.receipts().at("print")["stdout_bytes"] == (std::int64_t{mebibytes} << 20) + 5);
    CHECK(house.outputs()[1]["status"] == "success");
}
