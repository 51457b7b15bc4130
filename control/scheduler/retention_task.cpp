#include "control/scheduler/retention_task.h"

namespace control {

PeriodicTask retention_task(Database& db, const contracts::Clock& clock, contracts::Log log,
                            std::function<Retention()> keep, std::chrono::milliseconds interval) {
    return {.name = "retention",
            .interval = interval,
            .run_once = [&db, &clock, log = std::move(log), keep = std::move(keep)](
                            const Lease&, const std::stop_token&) -> Result<PeriodicOutcome> {
                Result<std::int64_t> gone = forget_old_rows(db, keep(), clock.now());
                if (!gone) return gone.fault();
                if (*gone > 0) log.info("old rows were deleted", {{"rows", *gone}});
                return PeriodicOutcome{.text = std::to_string(*gone) + " rows were deleted",
                                       .is_more_due = *gone > 0};
            }};
}

}  // namespace control
