// Callers that make tasks without pause, each under a key of its own, and send a request that was
// not answered well again under the same key; and the audit after: every task that was
// acknowledged is there once, and no other twice.
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
    // Those that wait for an answer get it first; what has not been done by then stays undone.
    void stop();

    [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::size_t refused() const { return refused_; }
    // After stop().
    [[nodiscard]] std::chrono::milliseconds slowest() const { return slowest_; }
    [[nodiscard]] const std::set<int>& statuses() const { return statuses_; }
    // Of all answers that were no success, each once.
    [[nodiscard]] const std::set<std::string>& bodies() const { return bodies_; }
    // What does not agree with the store, empty when all does.
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
