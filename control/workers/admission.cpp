#include "control/workers/admission.h"

#include "control/workers/fair_order.h"
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

// All that run or are being made, on any daemon. What has ended only keeps its slot.
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

// Living workers, their number by user, and the room on this daemon, while places are given.
struct Places {
    std::vector<WorkerRow> living;
    PlacesOfUsers of_users{};
    std::int64_t room = 0;  // on this daemon

    void give(const WorkerRow& worker) {
        --room;
        ++of_users[worker.about("user_id")];
        living.push_back(worker);
    }
};

Result<Places> count_places(Transaction& tx, const std::string& daemon, std::int64_t max_workers) {
    Result<std::vector<WorkerRow>> living = all_living(tx);
    if (!living) return living.fault();
    Places places{.living = *std::move(living), .room = max_workers};
    for (const WorkerRow& worker : places.living) {
        ++places.of_users[worker.about("user_id")];
        if (worker.owner == daemon) --places.room;
    }
    return places;
}

// Why the worker gets no place now; empty: it may get one if this daemon has room.
std::string obstacle(const WorkersSetting& setting, const WorkerRow& worker, const Places& places) {
    const std::int64_t most = setting.max_of_user();
    const auto has = places.of_users.find(worker.about("user_id"));
    if (most > 0 && has != places.of_users.end() && has->second >= most)
        return "ResourceExhausted: other workers of this user have used its quota of " +
               std::to_string(most) + " for too long";
    if (std::ranges::any_of(places.living, [&](const WorkerRow& other) {
            return share_host_session(worker, other);
        }))
        return "ResourceExhausted: another worker has used the host session for too long";
    return {};
}

bool can_make(const WorkersSetting& setting, const WorkerRow& worker) {
    return (setting.has_repositories || worker.about("repository").empty()) &&
           can_lend_host_session(setting, worker);
}

Result<void> admit_one(Transaction& tx, const WorkersSetting& setting, std::int64_t max_workers,
                       WorkerRow& worker, Places& places) {
    if (!worker.delete_request_id.empty())
        return turn_away(tx, setting, worker, "deleted before it was created");
    std::string why = obstacle(setting, worker, places);
    Result<std::optional<std::int64_t>> slot = std::optional<std::int64_t>();
    if (why.empty() && places.room > 0 && can_make(setting, worker))
        slot = workers::free_slot(tx, setting.instance, max_workers + kSlotsOfEnded);
    if (!slot) return slot.fault();
    if (*slot) {
        worker.owner = setting.instance;
        worker.slot = *slot;
        worker.phase = WorkerPhase::creating;
        places.give(worker);
        return workers::update(tx, worker);
    }
    if (setting.clock.now() - worker.created_at <= setting.creation_timeout) return {};
    if (why.empty()) why = "ResourceExhausted: no free slot for a worker in time";
    return turn_away(tx, setting, worker, std::move(why));
}

Result<void> admit(Transaction& tx, const WorkersSetting& setting, std::int64_t max_workers) {
    Result<std::vector<WorkerRow>> queued = workers::in_phase(tx, WorkerPhase::queued);
    if (!queued) return queued.fault();
    Result<Places> places = count_places(tx, setting.instance, max_workers);
    if (!places) return places.fault();
    std::vector<std::string> users;
    for (const WorkerRow& worker : *queued)
        users.push_back(worker.about("user_id"));
    for (const std::size_t at : fair_order(users, places->of_users))
        if (Result<void> done = admit_one(tx, setting, max_workers, (*queued)[at], *places); !done)
            return done;
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
