// Wakes a loop before its time. A notification that arrives while the loop is busy ends its next
// wait at once. Thread: from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace control {

class Wake {
public:
    void notify() {
        {
            const std::scoped_lock lock(mutex_);
            notified_ = true;
        }
        changed_.notify_all();
    }

    // Waits until it is notified, `time` is over or a stop is requested.
    void wait(std::chrono::milliseconds time, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, time, [this] { return notified_; });
        notified_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool notified_ = false;
};

}  // namespace control
