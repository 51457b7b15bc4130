#include "control/workers/admission.h"

#include "control/workers/intake.h"

namespace control {

using namespace contracts;

namespace {

// Slots beyond the workers that may live at once: those that have ended hold theirs until they are
// removed, because their files belong to its user.
constexpr std::int64_t kSlotsOfEnded = 1000;

// What runs or is being made here counts; what has ended only keeps its slot.
Result<std::int64_t> count_living(Transaction& tx, const std::string& daemon) {
    std::int64_t living = 0;
    for (const WorkerPhase phase : {WorkerPhase::creating, WorkerPhase::running}) {
        Result<std::vector<WorkerRow>> rows = workers::of_daemon(tx, daemon, phase);
        if (!rows) return rows.fault();
        living += static_cast<std::int64_t>(rows->size());
    }
    return living;
}

Result<void> turn_away(Transaction& tx, const WorkersSetting& setting, WorkerRow& worker,
                       std::string why) {
    worker.phase = WorkerPhase::removed;
    worker.error = std::move(why);
    if (Result<void> told = respond_not_created(tx, setting, worker, worker.error); !told)
        return told;
    if (Result<void> told = respond_deleted(tx, setting, worker); !told) return told;
    return workers::update(tx, worker);
}

Result<void> admit(Transaction& tx, const WorkersSetting& setting, std::int64_t max_workers) {
    Result<std::vector<WorkerRow>> queued = workers::in_phase(tx, WorkerPhase::queued);
    if (!queued) return queued.fault();
    Result<std::int64_t> living = count_living(tx, setting.instance);
    if (!living) return living.fault();
    const Timestamp now = setting.clock.now();
    std::int64_t room = max_workers - *living;
    for (WorkerRow& worker : *queued) {
        const bool to_delete = !worker.delete_request_id.empty();
        Result<std::optional<std::int64_t>> slot = std::optional<std::int64_t>();
        const bool can_clone = setting.has_repositories || worker.about("repository").empty();
        if (!to_delete && room > 0 && can_clone)
            slot = workers::free_slot(tx, setting.instance, max_workers + kSlotsOfEnded);
        if (!slot) return slot.fault();
        Result<void> done;
        if (to_delete) {
            done = turn_away(tx, setting, worker, "deleted before it was created");
        } else if (*slot) {
            --room;
            worker.owner = setting.instance;
            worker.slot = *slot;
            worker.phase = WorkerPhase::creating;
            done = workers::update(tx, worker);
        } else if (now - worker.created_at > setting.creation_timeout) {
            done = turn_away(tx, setting, worker,
                             "ResourceExhausted: no free slot for a worker in time");
        }
        if (!done) return done;
    }
    return {};
}

}  // namespace

Result<void> admit_waiting(const WorkersSetting& setting) {
    Result<std::vector<WorkerRow>> queued =
        workers::in_phase(setting.database, WorkerPhase::queued);
    if (!queued) return queued.fault();
    if (queued->empty()) return {};
    const std::int64_t max_workers = setting.max_workers();
    return setting.database.transaction(
        [&](Transaction& tx) { return admit(tx, setting, max_workers); });
}

}  // namespace control
