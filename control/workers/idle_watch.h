// Product Owners that nobody uses: frozen after `pause_after`, woken by the next message, and after
// `stop_after` stopped with their session kept.
//
// A worker is quiet if its input stream has no undelivered and no unanswered messages: a turn in
// progress is never frozen. A message that arrives while a worker is being frozen wakes it at once.
// How long a worker has been quiet is counted on the steady clock, from the moment at which this
// daemon first saw it quiet. The row is marked before the worker is frozen and after it is woken,
// so that a daemon that died in between finds it by its mark. Thread: its own.
#pragma once

#include "control/bus/bus.h"
#include "control/jobs/loop.h"
#include "control/workers/setting.h"
#include "control/workers/verdicts.h"

#include <map>

namespace control {

class IdleWatch {
public:
    // Borrows `setting`.
    IdleWatch(const WorkersSetting& setting, EndSoon end_soon);

    void start() { loop_.start(); }
    void stop();
    [[nodiscard]] Result<void> health() const { return loop_.health(); }

private:
    struct Quiet {
        std::string last_message;  // the entry's id; empty if there was none
        contracts::Instant since{};
    };

    [[nodiscard]] Result<std::chrono::milliseconds> pass();
    // For each of the workers, in order, its last message if it is quiet; absent: busy.
    [[nodiscard]] Result<std::vector<std::optional<std::string>>> look(
        const std::vector<WorkerRow>& workers);
    [[nodiscard]] Result<void> judge(const WorkerRow& worker,
                                     const std::optional<std::string>& last_message);
    [[nodiscard]] Result<void> freeze(const WorkerRow& worker, Quiet& quiet);
    [[nodiscard]] Result<void> wake(const WorkerRow& worker);
    [[nodiscard]] Result<void> retire(const WorkerRow& worker, const Quiet& quiet);
    [[nodiscard]] Result<std::chrono::milliseconds> wait_for_messages();
    [[nodiscard]] Result<void> show(const std::string& worker_id, contracts::WorkerStatus status);

    const WorkersSetting& setting_;
    EndSoon end_soon_;
    Bus bus_;
    bool can_freeze_ = true;
    std::map<std::string, Quiet> quiet_;
    std::map<std::string, WorkerRow> frozen_;
    Wake wake_;
    Loop loop_;
};

}  // namespace control
