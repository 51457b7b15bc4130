#include "control/scheduler/budget_resume.h"

#include "contracts/base/id.h"
#include "control/store/budgets.h"
#include "control/store/commands.h"
#include "control/store/flows.h"

namespace control {

namespace {

constexpr int kTasksAtOnce = 200;

// True: its continuation was requested.
Result<bool> resume(Queries& db, const ModelCaller& caller, contracts::Timestamp now) {
    Result<Page<Flow>> flows =
        flows::list(db, {.limit = 1, .filters = {{"subject", caller.task_id}}});
    if (!flows) return flows.fault();
    const bool is_over = flows->items.empty() || is_final(flows->items.front().entity.status);
    if (is_over) {
        Result<void> forgotten = budgets::forget_stop(db, caller.task_id);
        return forgotten ? Result<bool>(false) : forgotten.fault();
    }
    const auto reached = budgets::reached(db, caller, day_of(now));
    if (!reached) return reached.fault();
    // A flow that is not blocked may be about to be: its worker ends with the refusal.
    if (*reached || flows->items.front().entity.status != ThreadStatus::blocked) return false;
    PersonCommand command;
    command.id = contracts::make_uuid7(now);
    command.target = CommandTarget::task;
    command.target_id = caller.task_id;
    command.task_id = caller.task_id;
    command.command = CommandVerb::retry;
    command.asked_by = "budget";
    command.created_at = now;
    Result<void> done = commands::insert(db, command);
    if (done) done = budgets::forget_stop(db, caller.task_id);
    if (!done) return done.fault();
    return true;
}

}  // namespace

PeriodicTask budget_resume_task(Database& db, const contracts::Clock& clock,
                                std::chrono::seconds interval) {
    return {.name = "budget_resume",
            .interval = interval,
            .run_once = [&db, &clock, place = std::make_shared<std::string>()](
                            const Lease& lease, const std::stop_token&) -> Result<PeriodicOutcome> {
                std::int64_t resumed = 0;
                std::string last;
                const Result<void> done = db.transaction([&](Transaction& tx) -> Result<void> {
                    resumed = 0;
                    if (Result<void> leads = leases::check(tx, lease); !leads) return leads;
                    const auto stopped = budgets::stopped_tasks(tx, *place, kTasksAtOnce);
                    if (!stopped) return stopped.fault();
                    last = stopped->size() < kTasksAtOnce ? "" : stopped->back().task_id;
                    for (const ModelCaller& caller : *stopped) {
                        const Result<bool> went = resume(tx, caller, clock.now());
                        if (!went) return went.fault();
                        resumed += *went ? 1 : 0;
                    }
                    return {};
                });
                if (!done) return done.fault();
                *place = last;  // each of them gets its turn, however many cannot continue
                return PeriodicOutcome{.text = std::to_string(resumed) + " tasks went on"};
            }};
}

}  // namespace control
