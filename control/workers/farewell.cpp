#include "control/workers/farewell.h"

#include "control/store/daemons.h"
#include "control/workers/lifecycle.h"

#include <algorithm>

namespace control {

using contracts::Timestamp;

namespace {

constexpr std::chrono::seconds kGrace{2};

// Those that wait for a place would wait forever if no other daemon gives them one.
Result<void> take_those_that_wait(const WorkersSetting& setting) {
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::vector<DaemonRow>> known = daemons::all(tx);
        if (!known) return known.fault();
        const Timestamp now = setting.clock.now();
        if (std::ranges::any_of(*known, [&](const DaemonRow& daemon) {
                return daemon.name != setting.instance && daemons::is_alive(daemon, now);
            }))
            return {};
        Result<std::vector<WorkerRow>> queued = workers::in_phase(tx, WorkerPhase::queued);
        if (!queued) return queued.fault();
        for (WorkerRow& worker : *queued) {
            worker.owner = setting.instance;
            worker.phase = WorkerPhase::creating;
            if (Result<void> taken = workers::update(tx, worker); !taken) return taken;
        }
        return {};
    });
}

}  // namespace

Result<void> remove_all_workers(WorkersSetting setting) {
    setting.stop_grace = kGrace;
    Result<void> first = take_those_that_wait(setting);
    for (const WorkerPhase phase :
         {WorkerPhase::creating, WorkerPhase::running, WorkerPhase::ended}) {
        Result<std::vector<WorkerRow>> rows =
            workers::of_daemon(setting.database, setting.instance, phase);
        if (!rows) return rows.fault();
        for (const WorkerRow& worker : *rows)
            if (Result<void> removed = remove_worker(setting, worker); !removed && first)
                first = std::move(removed);
    }
    return first;
}

}  // namespace control
