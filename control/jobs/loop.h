// A thread that goes round: `run_once` is one pass and returns how long nothing will be due. A pass
// that fails is logged and tried again with backoff, which begins anew after a pass that succeeded
// or lasted for a while (such as a connection that was good and broke).
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
    // Returns how long to rest; zero: there is more to do.
    using Pass = std::function<contracts::Result<std::chrono::milliseconds>()>;
    // The same for a pass that waits for something itself, until a stop is asked for.
    using WaitingPass =
        std::function<contracts::Result<std::chrono::milliseconds>(const std::stop_token&)>;

    // Borrows `wake`.
    Loop(std::string name, WaitingPass run_once, Wake& wake, contracts::Log log);
    Loop(std::string name, Pass run_once, Wake& wake, contracts::Log log);
    ~Loop();

    void start();
    // The pass under way is the last one; does not wait for its end.
    void request_stop() { thread_.request_stop(); }
    // Returns when the pass under way has ended.
    void stop();

    // Why the last pass failed, until a pass succeeds or says that it works.
    [[nodiscard]] contracts::Result<void> health() const;
    // For a long pass: it has got going, whatever the one before it met.
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
