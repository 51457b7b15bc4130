#include "cli/agent_destination.h"
#include "cli/commands/tasks.h"
#include "cli/output.h"
#include "tests/unit/cli_commands/terminal.h"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace cli {

namespace {

using contracts::AgentAction;
using contracts::AgentRequest;
using contracts::Json;
using namespace std::chrono_literals;

Json event(std::string_view id, std::string_view type, std::string_view step = "testing") {
    return Json{
        {"id", std::string(id)},
        {"data",
         {{"type", std::string(type)}, {"request_id", "r"}, {"current_step", std::string(step)}}}};
}

// PID 1 for a task that ends at `ends_at`, counted from the first question. A call of `follow`
// returns at the next event or at its time limit; both move the clock.
struct SlowTask {
    WorkerTerminal terminal{[this](const AgentRequest& request) {
        return answer(request);
    }};
    contracts::Instant begin = terminal.clock.instant();
    std::chrono::milliseconds ends_at{3600s};
    std::string end = "completed";
    std::vector<std::pair<std::chrono::milliseconds, Json>> events;  // when, what
    std::size_t told = 0;
    bool bus_away = false;
    int polls_fail = 0;
    int polls = 0;

    std::chrono::milliseconds elapsed() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(terminal.clock.instant() -
                                                                     begin);
    }

    std::optional<std::string> answer(const AgentRequest& request) {
        if (request.action == AgentAction::api) {
            ++polls;
            if (polls > 1 && polls_fail-- > 0) return tests::api_reply(503, Json());
            return tests::api_reply(
                200, some_task("engineering", elapsed() >= ends_at ? end : "running"));
        }
        if (bus_away) return tests::fault_reply({contracts::ErrorKind::transient, "bus away"});
        const std::chrono::milliseconds wait(*request.wait_ms);
        if (told < events.size() && events[told].first <= elapsed() + wait) {
            if (events[told].first > elapsed())
                terminal.clock.advance(events[told].first - elapsed());
            return tests::follow_reply(Json::array({events[told++].second}));
        }
        terminal.clock.advance(wait);
        return tests::follow_reply();
    }

    Run wait(const std::string& timeout, const std::vector<std::string>& more = {}) {
        std::vector<std::string> words{"engineering", "wait", "t1", "--timeout", timeout};
        words.insert(words.end(), more.begin(), more.end());
        return terminal.run(words);
    }
};

}  // namespace

TEST_CASE("a task that has ended is told at once") {
    SlowTask task;
    task.ends_at = 0s;
    CHECK(task.wait("0").exit_code == 0);
    CHECK(task.polls == 1);
    task.end = "failed";
    const Run failed = task.wait("10");
    CHECK(failed.exit_code == 1);
    CHECK(failed.json()["error"] == "TaskFailed");
    CHECK(failed.json()["details"]["data"]["id"] == "t1");
    const Run shown = task.wait("10", {"-o", "table"});
    CHECK(shown.exit_code == 1);
    CHECK(shown.err.starts_with("TaskFailed: "));
    CHECK(shown.out.find("status      failed") != std::string::npos);
    task.end = "cancelled";
    CHECK(task.wait("10").json()["error"] == "TaskCancelled");
}

TEST_CASE("an event that the task may have ended is believed only when the API says so") {
    SlowTask task;
    task.ends_at = 10s;
    task.events = {{1s, event("1-0", "started")},
                   {3s, event("2-0", "completed", "scaffolding")},
                   {10s, event("3-0", "completed")}};
    CHECK(task.wait("3600").exit_code == 0);
    CHECK(task.elapsed() == 10s);
    CHECK(task.told == 3);
}

TEST_CASE("a lost event costs at most one poll") {
    SlowTask task;
    task.ends_at = 9s;
    CHECK(task.wait("3600").exit_code == 0);
    CHECK(task.elapsed() <= 11s);
    CHECK(task.polls <= 7);
}

TEST_CASE("without the bus the API alone is asked, every two seconds") {
    SlowTask task;
    task.bus_away = true;
    task.ends_at = 9s;
    CHECK(task.wait("3600").exit_code == 0);
    CHECK(task.elapsed() <= 11s);
    CHECK(task.polls <= 7);
}

TEST_CASE("a flood of endings makes no flood of polls") {
    SlowTask task;
    task.ends_at = 5s;
    for (int i = 0; i < 1000; ++i)
        task.events.emplace_back(0s, event(std::to_string(i + 1) + "-0", "completed"));
    CHECK(task.wait("3600").exit_code == 0);
    CHECK(task.polls <= 22);
}

TEST_CASE("time out is 124 and leaves the task as it is") {
    SlowTask task;
    const Run run = task.wait("7");
    CHECK(run.exit_code == 124);
    CHECK(run.json()["error"] == "TimedOut");
    CHECK(run.json()["details"]["data"]["status"] == "running");
    CHECK(task.elapsed() == 7s);
    for (const AgentRequest& request : task.terminal.peer.requests())
        CHECK(request.method.value_or("GET") == "GET");
}

TEST_CASE("an API that goes away while a task is waited for is waited for, too") {
    SlowTask task;
    task.ends_at = 20s;
    task.polls_fail = 6;
    CHECK(task.wait("3600").exit_code == 0);
}

TEST_CASE("progress is shown to whoever watches, safe for the terminal") {
    SlowTask task;
    task.ends_at = 2s;
    task.events = {{1s, event("1-0", "progress", "run\x1b[31m tests")}};
    task.events[0].second["data"]["progress_pct"] = 40;
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const contracts::UniqueFd reading(ends[0]);
    contracts::UniqueFd writing(ends[1]);
    AgentDestination destination(task.terminal.peer.path(), "engineering.wait");
    const Settings settings;
    Session session{settings,
                    &destination,
                    task.terminal.clock,
                    task.terminal.waiter,
                    "r",
                    {},
                    0,
                    1,
                    lines_to(writing.get()),
                    {},
                    {},
                    {}};
    const auto outcome =
        commands::wait_for_task(session, "t1", contracts::TaskType::engineering, 9s);
    REQUIRE(outcome);
    writing.reset();
    char text[512];
    const ssize_t size = ::read(reading.get(), text, sizeof text);
    CHECK(std::string_view(text, static_cast<std::size_t>(size)) ==
          "progress 40%  run [31m tests\n");
}

}  // namespace cli
