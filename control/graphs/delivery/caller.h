// Makes the outbox's calls: functions of the daemon that take time (the forge's). The result goes
// back to the thread as the event "called:<effect key>", in the transaction that removes the call
// from the outbox. A call that fails for a reason that may pass is made three times; the outcome of
// the third is the result.
//
// A call is leased to one daemon. Another takes it only after the lease has expired, and
// `keep_leases`, called more often than that, renews the leases of the calls in progress: two
// daemons do not make a long call at the same time. A call may still be repeated after a crash, so
// its function must tolerate that. Calls that the filter leaves out stay in the outbox.
//
// Thread: `run_once` from as many threads as there may be calls in progress, `keep_leases` from
// any.
#pragma once

#include "control/graphs/engine/engine.h"

#include <mutex>
#include <set>

namespace control::graphs {

struct CallerSettings {
    std::string instance;  // the same as the engine's
    std::chrono::milliseconds lease{30'000};
    CallFilter calls{};
};

class Caller {
public:
    // Borrows the database, the engine and the clock.
    Caller(Database& db, Engine& engine, const Clock& clock, Log log, CallerSettings settings,
           CallHandlers handlers);

    // Makes at most one call. False: no call is due.
    [[nodiscard]] Result<bool> run_once();
    [[nodiscard]] Result<void> keep_leases();

private:
    [[nodiscard]] Result<std::optional<OutboxEffect>> take();
    [[nodiscard]] Result<bool> lease(const OutboxEffect& call);
    [[nodiscard]] Result<void> finish(const OutboxEffect& effect, Result<Json> value);

    Database& db_;
    Engine& engine_;
    const Clock& clock_;
    Log log_;
    CallerSettings settings_;
    CallHandlers handlers_;
    std::mutex mutex_;
    std::set<std::string> under_way_;  // the keys of calls in progress
};

}  // namespace control::graphs
