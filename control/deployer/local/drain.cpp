#include "control/deployer/local/drain.h"

#include <condition_variable>
#include <mutex>

namespace control::deployer {

namespace {

constexpr std::chrono::milliseconds kPause{20};

}  // namespace

void wait_until_drained(const Target& before, HttpClient& http, std::stop_token stop) {
    const auto pid = running_pid(before, http);
    if (!pid) return;
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    const auto deadline = std::chrono::steady_clock::now() + kDrainLimit;
    while (!stop.stop_requested() && has_connections(*pid, before.port) &&
           std::chrono::steady_clock::now() < deadline)
        stopped.wait_for(lock, stop, kPause, [] { return false; });
}

}  // namespace control::deployer
