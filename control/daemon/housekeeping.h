// Forgets what is old, in the background: a bounded pass, and a longer rest when there was nothing
// left to do.
#pragma once

#include "contracts/base/log.h"
#include "control/store/retention.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace control {

class Housekeeping {
public:
    // Borrows the database and the clock.
    Housekeeping(Database& db, const contracts::Clock& clock, contracts::Log log, Retention keep);
    // Returns when the pass under way has ended.
    ~Housekeeping() = default;

    // One pass. Returns how long nothing will be due.
    [[nodiscard]] Result<std::chrono::milliseconds> run_once();

private:
    void run(const std::stop_token& stop);

    Database& db_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    Retention keep_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

}  // namespace control
