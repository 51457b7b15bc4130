// Signals that there is something to do: one part of the daemon has written what another carries
// out. It only saves time; listeners also look by themselves, because they do not hear another
// daemon's bell. Thread: from any thread; a listener's function must not wait.
#pragma once

#include <functional>
#include <list>
#include <mutex>

namespace control {

class Bell {
    using Functions = std::list<std::function<void()>>;

public:
    // Hears the bell while it exists; the bell outlives it. When the destructor returns, `hear`
    // does not run and will not.
    class Listener {
    public:
        Listener(Bell& bell, std::function<void()> hear) : bell_(bell) {
            const std::scoped_lock lock(bell_.mutex_);
            place_ = bell_.functions_.insert(bell_.functions_.end(), std::move(hear));
        }
        ~Listener() {
            const std::scoped_lock lock(bell_.mutex_);
            bell_.functions_.erase(place_);
        }
        Listener(const Listener&) = delete;
        Listener& operator=(const Listener&) = delete;

    private:
        Bell& bell_;
        Functions::iterator place_;
    };

    void ring() {
        const std::scoped_lock lock(mutex_);
        for (const std::function<void()>& hear : functions_)
            hear();
    }

private:
    std::mutex mutex_;
    Functions functions_;
};

}  // namespace control
