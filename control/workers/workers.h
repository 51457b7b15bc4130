// The workers role: it turns worker:commands into living workers, knows the truth about them, and
// tells of their deaths.
//
// A command becomes a row first and is acknowledged then; everything after that is driven from the
// rows by `tick`, a bounded pass that can be repeated at any time: queued rows get a slot, creating
// ones are made, running ones are held against what the runtime says, ended ones are answered for,
// and those to be deleted are removed. A death is noticed by event, by lifecycle message or by the
// periodic comparison, whichever is first. Thread: two readers, a watcher, a ticker, and a few
// threads for what blocks (one job a worker at a time).
#pragma once

#include "contracts/base/log.h"
#include "contracts/streams/address.h"
#include "control/bus/stream_reader.h"
#include "control/jobs/job_pool.h"
#include "control/workers/setting.h"

#include <atomic>

namespace control {

class Workers {
public:
    explicit Workers(WorkersSetting setting);
    ~Workers();

    // Opens the doors of those that live, then starts reading.
    [[nodiscard]] Result<void> start();
    void stop();

    // One pass over the rows; what takes time is handed to the pool. `everything`: also compares
    // with the runtime.
    [[nodiscard]] Result<void> tick(bool everything);

private:
    [[nodiscard]] Result<void> reopen_doors();
    [[nodiscard]] Result<void> drive_queued();
    [[nodiscard]] Result<void> drive_living(bool compare);
    [[nodiscard]] Result<void> drive_ended();
    [[nodiscard]] Result<void> send_responses();
    void run_ticker(const std::stop_token& stop);
    void run_watcher(const std::stop_token& stop);
    void nudge();
    // Settles one worker on a thread of the pool; what fails is tried again with the next pass.
    void settle(const WorkerRow& worker);

    WorkersSetting setting_;
    Bus responses_bus_;
    JobPool pool_;
    StreamReader commands_;
    StreamReader lifecycle_;
    std::mutex guard_;
    std::condition_variable_any nudged_;
    bool nudge_pending_ = false;
    std::atomic<bool> compare_soon_ = false;
    std::string shown_queue_;  // what worker:creation_queue shows
    std::jthread ticker_;
    std::jthread watcher_;
};

}  // namespace control
