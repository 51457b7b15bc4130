#include "control/workers/admission.h"

#include "control/workers/host_session.h"
#include "control/workers/intake.h"

#include <algorithm>
#include <iterator>

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

// All that run or are being made, on any daemon: these may have a lent login.
Result<std::vector<WorkerRow>> all_living(Transaction& tx) {
    std::vector<WorkerRow> all;
    for (const WorkerPhase phase : {WorkerPhase::creating, WorkerPhase::running}) {
        Result<std::vector<WorkerRow>> rows = workers::in_phase(tx, phase);
        if (!rows) return rows.fault();
        std::ranges::move(*rows, std::back_inserter(all));
    }
    return all;
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
    Result<std::vector<WorkerRow>> others = std::vector<WorkerRow>();
    if (std::ranges::any_of(*queued, &has_host_session)) others = all_living(tx);
    if (!others) return others.fault();
    const Timestamp now = setting.clock.now();
    std::int64_t room = max_workers - *living;
    for (WorkerRow& worker : *queued) {
        const bool to_delete = !worker.delete_request_id.empty();
        Result<std::optional<std::int64_t>> slot = std::optional<std::int64_t>();
        const bool can_make = (setting.has_repositories || worker.about("repository").empty()) &&
                              can_lend_host_session(setting, worker);
        const bool login_is_free = std::ranges::none_of(
            *others, [&](const WorkerRow& other) { return share_host_session(worker, other); });
        if (!to_delete && room > 0 && can_make && login_is_free)
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
            others->push_back(worker);
        } else if (now - worker.created_at > setting.creation_timeout) {
            done = turn_away(
                tx, setting, worker,
                login_is_free ? "ResourceExhausted: no free slot for a worker in time"
                              : "ResourceExhausted: another worker has used the host session for "
                                "too long");
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
