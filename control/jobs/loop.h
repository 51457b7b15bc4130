// A periodic task with a thread of its own. `run_once` is one bounded pass and returns how long
// nothing will be due; a pass that fails is logged and tried again with backoff.
//
// Thread: `start` and `stop` from one thread; `stop` may be called twice, or without a start.
#pragma once

#include "contracts/base/log.h"
#include "contracts/base/result.h"
#include "control/jobs/wake.h"

#include <functional>
#include <string>
#include <thread>

namespace control {

class Loop {
public:
    // Returns how long to rest; zero: there is more to do.
    using Pass = std::function<contracts::Result<std::chrono::milliseconds>()>;

    // Borrows `wake`.
    Loop(std::string name, Pass run_once, Wake& wake, contracts::Log log);
    ~Loop();

    void start();
    // Returns when the pass under way has ended.
    void stop();

private:
    void run(const std::stop_token& stop);

    std::string name_;
    Pass run_once_;
    Wake& wake_;
    contracts::Log log_;
    std::jthread thread_;
};

}  // namespace control
