// Callers that create tasks without pause, each with its own idempotency key, and repeat a failed
// request with the same key. The audit afterwards checks that every acknowledged task exists
// exactly once, and that no other exists twice.
#pragma once

#include "tests/support/daemon.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

namespace tests {

class Load {
public:
    Load(const Daemon& daemon, int callers);
    ~Load();
    // Callers that wait for an answer still get it; a task that was not created yet is not retried.
    void stop();

    [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::size_t refused() const { return refused_; }
    // Call these after stop().
    [[nodiscard]] std::chrono::milliseconds slowest() const { return slowest_; }
    [[nodiscard]] const std::set<int>& statuses() const { return statuses_; }
    // The distinct unsuccessful answers.
    [[nodiscard]] const std::set<std::string>& bodies() const { return bodies_; }
    // The differences from the store; empty if everything agrees.
    [[nodiscard]] std::string audit() const;

private:
    void call(int caller);

    const Daemon& daemon_;
    std::string project_;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::size_t> acknowledged_ = 0;
    std::atomic<std::size_t> refused_ = 0;
    std::mutex mutex_;
    std::chrono::milliseconds slowest_{0};
    std::set<int> statuses_;
    std::set<std::string> bodies_;
    std::set<std::string> done_;
    std::vector<std::jthread> callers_;
};

}  // namespace tests
