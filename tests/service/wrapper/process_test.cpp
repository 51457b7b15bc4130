// An agent that tries to outlive its wrapper, to hang, or to flood its output.
#include "tests/service/wrapper/worker_house.h"
#include "tests/support/sanitizers.h"

#include <catch2/catch_test_macros.hpp>

#include <ctime>
#include <fstream>

using contracts::Json;
using namespace tests;
using std::chrono::seconds;

namespace {

// Double-forks, leaves the session, and ignores TERM, HUP and INT.
const std::string kEscapes =
    "for i in 1 2 3 4 5; do (setsid sh -c \"trap '' TERM HUP INT; while :; do sleep 1; done\" "
    "</dev/null >/dev/null 2>&1 &) ; done; ";

std::chrono::nanoseconds cpu_time(pid_t pid) {
    clockid_t clock{};
    timespec time{};
    REQUIRE(::clock_getcpuclockid(pid, &clock) == 0);
    REQUIRE(::clock_gettime(clock, &time) == 0);
    return seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

std::int64_t peak_kilobytes(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
    return 0;
}

}  // namespace

TEST_CASE("at the deadline the whole tree dies, escapees that ignore TERM included") {
    WorkerHouse house;
    house.agent(kEscapes + "trap '' TERM; while :; do sleep 1; done");
    house.give("r-1", "never end", 1);
    const Finished worker = house.run_to_end();
    CAPTURE(worker.error_output);
    CHECK(worker.end.exit_code == 0);
    const Json output = house.outputs().at(0);
    CHECK(output["status"] == "timeout");
    CHECK(output["error"].get<std::string>().starts_with("the agent did not finish in 1 second"));
    CHECK(house.lifecycle().back()["result"]["ending"] == "timed_out");
    CHECK(house.agents_alive() == 0);
}

TEST_CASE("what an agent leaves behind is dead before the answer, and holds nobody up") {
    WorkerHouse house;
    // The sleeper inherits stdout: waiting for its end of file would take an hour.
    house.agent(kEscapes + "sleep 3600 & " + kSucceeds);
    house.give("r-1");
    const Finished worker = house.run_to_end(seconds{10});
    CHECK(worker.end.exit_code == 0);
    CHECK(house.outputs().at(0)["status"] == "success");
    CHECK(house.agents_alive() == 0);
}

TEST_CASE("an agent that closes its output and goes on is waited for, and what it said counts") {
    WorkerHouse house;
    const std::string said =
        R"(<result>{"status":"success","summary":"done"}</result> and no line's end)";
    house.agent("cat <<'END' | tr -d '\n'\n" + said +
                "\nEND\nexec >&- 2>&-; while [ ! -e go ]; do echo >> ticks; sleep 0.05; done");
    house.give("r-1");
    ChildProcess worker = house.start();
    const auto ticks = [&] {
        return house.in_workspace("ticks").size();
    };
    eventually("its output is closed", [&] { return ticks() > 0; });
    const std::chrono::nanoseconds before = cpu_time(worker.pid());
    eventually("half a second has gone by", [&] { return ticks() > 10; });
    // Being woken repeatedly for a closed pipe would have used the whole half second.
    CHECK(cpu_time(worker.pid()) - before < std::chrono::milliseconds{250});
    CHECK(house.outputs().empty());
    std::ofstream(house.workspace() + "/go");
    CHECK(worker.must_end().exit_code == 0);
    CHECK(house.outputs().at(0)["status"] == "success");
    CHECK(house.lifecycle().back()["result"]["stdout_bytes"] == said.size());
}

TEST_CASE("output without end costs bounded memory") {
    WorkerHouse house;
    house.agent("head -c 200000000 /dev/zero | tr '\\0' 'x'; echo; " + kSucceeds +
                "; touch done; "
                "while [ ! -e go ]; do sleep 0.05; done");
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually(
        "all printed", [&] { return std::ifstream(house.workspace() + "/done").good(); },
        seconds{120});
    // Two buffers of a megabyte are kept, and debug builds use more memory.
    if (!tests::kSanitized) CHECK(peak_kilobytes(worker.pid()) < 16'000);
    std::ofstream(house.workspace() + "/go");
    CHECK(worker.must_end().exit_code == 0);
    CHECK(house.outputs().at(0)["status"] == "success");
    CHECK(house.lifecycle().back()["result"]["stdout_bytes"] > 200'000'000);
}

TEST_CASE("bytes that are not UTF-8 are replaced, not passed on") {
    WorkerHouse house("po");
    house.agent(R"(printf 'a\377\376b')");
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually("the answer", [&] { return house.outputs().size() == 1; });
    CHECK(house.outputs()[0]["text"] ==
          "a\xef\xbf\xbd\xef\xbf\xbd"
          "b");
}

TEST_CASE("an agent that does not read its prompt is not waited for") {
    WorkerHouse house;
    house.agent("exec <&-; " + kSucceeds);
    house.give("r-1", std::string(4 << 20, 'p'));
    CHECK(house.run_to_end(seconds{10}).end.exit_code == 0);
    CHECK(house.outputs().at(0)["status"] == "success");
}

TEST_CASE("a long prompt arrives whole") {
    WorkerHouse house("po");
    house.agent("wc -c");
    house.give("r-1", std::string(5'000'000, 'p'));
    ChildProcess worker = house.start();
    eventually("the answer", [&] { return house.outputs().size() == 1; });
    CHECK(house.outputs()[0]["text"] == "5000000\n");
}

TEST_CASE("the first of a million result blocks counts") {
    WorkerHouse house;
    house.agent(
        R"(echo '<result>{"status":"success","summary":"first"}</result>'; )"
        R"(yes '<result>{"status":"failure","summary":"other"}</result>' | head -n 1000000)");
    house.give("r-1");
    CHECK(house.run_to_end().end.exit_code == 0);
    CHECK(house.outputs().at(0)["summary"] == "first");
}

TEST_CASE("an agent killed by a signal is an error that says which") {
    WorkerHouse house;
    house.agent("kill -SEGV $$");
    house.give("r-1");
    CHECK(house.run_to_end().end.exit_code == 0);
    CHECK(house.outputs().at(0)["status"] == "error");
    CHECK(house.outputs().at(0)["error"] == "the agent was killed by signal 11");
    CHECK(house.lifecycle().back()["exit_code"] == 139);
}

TEST_CASE("told to stop while idle, the worker is gone at once and says so") {
    WorkerHouse house;
    house.agent(kSucceeds);
    ChildProcess worker = house.start();
    eventually("started", [&] { return house.lifecycle().size() == 1; });
    worker.send(SIGTERM);
    CHECK(worker.must_end(seconds{3}).exit_code == 0);
    CHECK(house.lifecycle().back()["event"] == "stopped");
    CHECK(house.status("status") == "STOPPED");
}

TEST_CASE("told to stop while it works, the agent may finish within the grace") {
    WorkerHouse house;
    house.agent("touch begun; sleep 1; " + kSucceeds);
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually("begun", [&] { return std::ifstream(house.workspace() + "/begun").good(); });
    worker.send(SIGTERM);
    CHECK(worker.must_end().exit_code == 0);
    CHECK(house.outputs().at(0)["status"] == "success");
    CHECK(house.lifecycle().back()["event"] == "stopped");
}

TEST_CASE(
    "when the grace is over the agent is stopped, the task failed, the worker gone with 143") {
    WorkerHouse house;
    house.set("SHUTDOWN_GRACE", "1").agent(kEscapes + "touch begun; sleep 600");
    house.give("r-1");
    ChildProcess worker = house.start();
    eventually("begun", [&] { return std::ifstream(house.workspace() + "/begun").good(); });
    worker.send(SIGTERM);
    CHECK(worker.must_end(seconds{12}).exit_code == 143);
    const Json output = house.outputs().at(0);
    CHECK(output["status"] == "failed");
    CHECK(output["error"] == "the worker was stopped while the agent ran");
    CHECK(house.lifecycle().back()["event"] == "stopped");
    CHECK(house.status("status") == "STOPPED");
    CHECK(house.agents_alive() == 0);
    CHECK(house.pending() == 0);
}
