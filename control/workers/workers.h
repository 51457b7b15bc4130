// The workers role: it creates the workers that worker:commands requests, knows their true state,
// and reports their deaths.
//
// A command first becomes a row and is acknowledged then; after that, `tick`, a bounded pass that
// can be repeated at any time, works on the rows: queued workers get a slot, creating ones are
// created, running ones are compared with the runtime, ended ones are answered for, and deleted
// ones are removed. A death is noticed by event, by lifecycle message or by the periodic
// comparison, whichever is first. Of several daemons on one store each has its own workers, and
// answers for those of a daemon that is gone for good. Thread: two readers, a watcher, a ticker,
// and a few threads for blocking work (one job per worker at a time).
#pragma once

#include "contracts/base/log.h"
#include "contracts/messages/worker.h"
#include "contracts/streams/address.h"
#include "control/bus/stream_reader.h"
#include "control/jobs/job_pool.h"
#include "control/jobs/loop.h"
#include "control/store/clock_steps.h"
#include "control/workers/expected_ends.h"
#include "control/workers/idle_watch.h"
#include "control/workers/limit_watch.h"
#include "control/workers/reconcile.h"
#include "control/workers/setting.h"
#include "control/workers/takeover.h"

#include <atomic>
#include <map>

namespace control {

class Workers {
public:
    explicit Workers(WorkersSetting setting);
    ~Workers();

    // Opens the doors of running workers, then starts reading.
    [[nodiscard]] Result<void> start();
    void stop();
    // The reason why it cannot do its work at the moment.
    [[nodiscard]] Result<void> health() const;

    // One pass over the rows; slow work is handed to the pool. `everything`: also compares with the
    // runtime. One thread at a time: after `start`, the ticker's.
    [[nodiscard]] Result<void> tick(bool everything);
    // The ticker's pass, with `everything` if that is due. Returns when the next one is.
    [[nodiscard]] Result<std::chrono::milliseconds> tick_when_due();
    // A hint from the runtime. From any thread.
    void take_runtime_event(const RuntimeEvent& event);

private:
    [[nodiscard]] Result<void> reopen_doors();
    [[nodiscard]] Result<void> follow_clock();
    [[nodiscard]] Result<void> hear_people();
    [[nodiscard]] Result<void> show_waiting(bool again);
    [[nodiscard]] Result<void> hand_out_work();
    [[nodiscard]] Result<bool> waits_for_another(const WorkerRow& creating);
    [[nodiscard]] Result<void> compare_views();
    [[nodiscard]] Result<void> apply_rule(const SeenWorker& worker);
    [[nodiscard]] Result<void> answer_late_requests();
    [[nodiscard]] Result<void> send_responses();

    [[nodiscard]] Result<void> take_event(const contracts::WorkerLifecycleEvent& event);
    void look_soon(const std::string& worker_id);
    void end_soon(const std::string& worker_id, EndCause why);
    void look_at_expected();

    // Does on the pool, or here if it has no threads, what one worker needs now, according to its
    // current row.
    void work_on(const std::string& worker_id);
    void do_job(const std::string& worker_id, const std::stop_token& stop);
    [[nodiscard]] Result<void> advance(const std::string& worker_id, const std::stop_token& stop);
    [[nodiscard]] bool is_due(const WorkerRow& ended) const;

    void nudge() { ticker_wake_.notify(); }
    [[nodiscard]] Result<std::chrono::milliseconds> watch(const std::stop_token& stop);

    WorkersSetting setting_;
    ClockSteps clock_steps_;  // used by the ticker
    GoneDaemons gone_;        // used by the ticker
    Bus ticker_bus_;
    JobPool pool_;
    StreamReader commands_;
    StreamReader lifecycle_;
    ExpectedEnds ends_;
    Verdicts verdicts_;
    std::atomic<bool> compare_soon_ = true;
    // Used by the ticker: when to compare with the runtime again, the shown worker:creation_queue,
    // and the ends of the streams of ended workers.
    contracts::Instant next_compare_{};
    std::optional<std::vector<std::string>> shown_queue_;
    std::map<std::string, std::string> read_to_;
    Wake ticker_wake_;
    Wake watcher_wake_;
    Loop ticker_;
    Loop watcher_;
    std::optional<Bell::Listener> listener_;
    IdleWatch idle_;
    LimitWatch limits_;
};

}  // namespace control
