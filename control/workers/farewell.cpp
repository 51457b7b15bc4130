#include "control/workers/farewell.h"

#include "control/workers/lifecycle.h"

namespace control {

namespace {

constexpr std::chrono::seconds kGrace{2};

}  // namespace

Result<void> remove_all_workers(WorkersSetting setting) {
    setting.stop_grace = kGrace;
    Result<void> first;
    for (const WorkerPhase phase :
         {WorkerPhase::queued, WorkerPhase::creating, WorkerPhase::running, WorkerPhase::ended}) {
        Result<std::vector<WorkerRow>> rows = workers::in_phase(setting.database, phase);
        if (!rows) return fail(std::move(rows.error()));
        for (const WorkerRow& worker : *rows)
            if (Result<void> removed = remove_worker(setting, worker); !removed && first)
                first = std::move(removed);
    }
    return first;
}

}  // namespace control
