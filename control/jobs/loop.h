// A thread that repeats: `run_once` is one pass and returns how long nothing will be due. A pass
// that fails is logged and retried with backoff. The backoff starts again after a pass that
// succeeded or lasted for a while (for example, a connection that worked and then broke).
//
// Thread: `start` and `stop` from one thread; `stop` may be called twice, or without a start. The
// rest from any thread.
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
    // Returns how long to rest; zero: there is more to do now.
    using Pass = std::function<contracts::Result<std::chrono::milliseconds>()>;
    // The same for a pass that waits for something itself, until a stop is asked for.
    using WaitingPass =
        std::function<contracts::Result<std::chrono::milliseconds>(const std::stop_token&)>;

    // Borrows `wake`.
    Loop(std::string name, WaitingPass run_once, Wake& wake, contracts::Log log);
    Loop(std::string name, Pass run_once, Wake& wake, contracts::Log log);
    ~Loop();

    void start();
    // The current pass is the last one; does not wait for its end.
    void request_stop() { thread_.request_stop(); }
    // Returns when the current pass has ended.
    void stop();

    // Why the last pass failed, until a pass succeeds or says that it works.
    [[nodiscard]] contracts::Result<void> health() const;
    // For a long pass: it works now, whatever the previous pass met.
    void report_working() { note({}); }

private:
    void run(const std::stop_token& stop);

    void note(contracts::Result<void> outcome);

    std::string name_;
    WaitingPass run_once_;
    Wake& wake_;
    contracts::Log log_;
    mutable std::mutex guard_;
    contracts::Result<void> last_{};
    std::jthread thread_;
};

}  // namespace control
