// One run of the whole program inside the test: its environment is private, and its output and its
// waits are recorded.
#pragma once

#include "cli/commands/commands.h"
#include "cli/program.h"
#include "tests/fakes/agent_peer.h"
#include "tests/support/temporary_directory.h"

#include <map>
#include <string>
#include <vector>

namespace cli {

// Both clocks stand still unless the program waits or a test moves them.
class HeldClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override { return contracts::Timestamp(time_); }
    [[nodiscard]] contracts::Instant instant() const override {
        return contracts::Instant(time_.load());
    }
    void advance(std::chrono::milliseconds time) { time_ = time_.load() + time; }

private:
    std::atomic<std::chrono::milliseconds> time_{std::chrono::hours(500'000)};
};

class AdvancingWaiter final : public Waiter {
public:
    explicit AdvancingWaiter(HeldClock& clock) : clock_(clock) {}
    void wait(std::chrono::milliseconds time) override {
        waits.push_back(time);
        clock_.advance(time);
    }
    std::vector<std::chrono::milliseconds> waits;

private:
    HeldClock& clock_;
};

struct Run {
    int exit_code = 0;
    std::string out;
    std::string err;
    // `out` as JSON; fails the test unless it is exactly one line of JSON.
    [[nodiscard]] contracts::Json json() const;
};

class Terminal {
public:
    Terminal();
    Run run(const std::vector<std::string>& arguments, const std::string& input = {});

    std::map<std::string, std::string> environment;
    HeldClock clock;
    AdvancingWaiter waiter{clock};
};

// A terminal inside a worker whose PID 1 answers with `handler`; everything is allowed by
// default.
class WorkerTerminal : public Terminal {
public:
    explicit WorkerTerminal(tests::AgentPeer::Handler handler)
        : peer(directory_ / "agent.sock", std::move(handler)) {
        environment = {{"ORCHESTRATOR_SOCKET", peer.path()},
                       {"ALLOWED_COMMANDS", "*"},
                       {"WORKER_ID", "w1"},
                       {"USER_ID", "u1"}};
    }

private:
    tests::TemporaryDirectory directory_;

public:
    tests::AgentPeer peer;
};

// Answers like a daemon that knows only this project and this task.
[[nodiscard]] tests::AgentPeer::Handler healthy(contracts::Json project, contracts::Json task);
[[nodiscard]] contracts::Json some_project(std::string_view status = "draft");
[[nodiscard]] contracts::Json some_task(std::string_view type, std::string_view status = "queued");

}  // namespace cli
