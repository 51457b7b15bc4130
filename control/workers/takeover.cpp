#include "control/workers/takeover.h"

#include "control/workers/directories.h"
#include "control/workers/intake.h"
#include "control/workers/lifecycle.h"

namespace control {

namespace {

// A running daemon announces itself several times within this.
constexpr std::chrono::seconds kWatched = 2 * daemons::kSilence;

constexpr WorkerPhase kOwned[] = {WorkerPhase::creating, WorkerPhase::running, WorkerPhase::ended};

// The answer for a worker that was being created has not been sent, so it is answered as not
// created. The others end like any worker whose instance is gone.
Result<void> take(Transaction& tx, const WorkersSetting& setting, WorkerRow& worker) {
    const std::string left_by = worker.owner;
    worker.owner = setting.instance;
    worker.slot.reset();
    worker.instance_id.clear();
    if (worker.phase != WorkerPhase::creating) return workers::update(tx, worker);
    worker.phase = WorkerPhase::removed;
    worker.error = "the daemon that was creating it, " + left_by + ", is gone";
    if (Result<void> told = respond_not_created(tx, setting, worker, worker.error); !told)
        return told;
    if (Result<void> told = respond_deleted(tx, setting, worker); !told) return told;
    return workers::update(tx, worker);
}

Result<void> end_instance(const WorkersSetting& setting, const WorkerInstance& instance) {
    setting.log.warning("ending a worker that another daemon has answered for",
                        {{"worker_id", instance.worker_id},
                         {"instance", instance.id},
                         {"running", instance.running}});
    setting.gate.close(instance.worker_id);
    if (Result<void> killed = setting.runtime.kill(instance.id);
        !killed && killed.error().kind != ErrorKind::not_found)
        return killed;
    if (Result<void> removed = setting.runtime.remove(instance.id);
        !removed && removed.error().kind != ErrorKind::not_found)
        return removed;
    return remove_directories(setting, instance.worker_id);
}

}  // namespace

bool GoneDaemons::is_gone(const DaemonRow& daemon) {
    if (daemon.forgotten_at) return true;
    const contracts::Instant now = setting_.clock.instant();
    Sight& sight = sights_.try_emplace(daemon.name, daemon.seen_at, now).first->second;
    if (sight.seen_at != daemon.seen_at) sight = {daemon.seen_at, now};
    return setting_.gone_after.count() > 0 && now - sight.since >= kWatched &&
           setting_.clock.now() - daemon.seen_at > setting_.gone_after;
}

Result<void> GoneDaemons::take_over() {
    Result<std::vector<DaemonRow>> known = daemons::all(setting_.database);
    if (!known) return known.fault();
    const contracts::Timestamp now = setting_.clock.now();
    for (const DaemonRow& daemon : *known) {
        if (daemon.name == setting_.instance || daemons::is_alive(daemon, now)) {
            sights_.erase(daemon.name);
            continue;
        }
        if (Result<void> taken = take_responses(daemon); !taken) return taken;
        if (!is_gone(daemon)) continue;
        if (Result<void> taken = take_workers(daemon); !taken) return taken;
    }
    return {};
}

Result<void> GoneDaemons::take_workers(const DaemonRow& daemon) {
    std::vector<std::string> taken;
    Result<void> done = setting_.database.transaction([&](Transaction& tx) -> Result<void> {
        taken.clear();
        Result<std::optional<DaemonRow>> now = daemons::find(tx, daemon.name);
        if (!now) return now.fault();
        // It may have come back since we read its row.
        if (!*now || (*now)->seen_at != daemon.seen_at) return {};
        for (const WorkerPhase phase : kOwned) {
            Result<std::vector<WorkerRow>> rows = workers::of_daemon(tx, daemon.name, phase);
            if (!rows) return rows.fault();
            for (WorkerRow& worker : *rows) {
                if (Result<void> ours = take(tx, setting_, worker); !ours) return ours;
                taken.push_back(worker.id);
            }
        }
        return {};
    });
    if (!done) return done;
    for (const std::string& worker : taken)
        setting_.log.warning("answering for a worker whose daemon is gone",
                             {{"worker_id", worker}, {"daemon", daemon.name}});
    return {};
}

Result<void> GoneDaemons::take_responses(const DaemonRow& daemon) {
    Result<std::vector<WorkerResponseRow>> left =
        workers::responses(setting_.database, daemon.name, 1);
    if (!left) return left.fault();
    if (left->empty()) return {};
    return setting_.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::int64_t> handed = workers::hand_responses(tx, daemon.name, setting_.instance);
        if (!handed) return handed.fault();
        return {};
    });
}

Result<void> adopt_ownerless(const WorkersSetting& setting) {
    for (const WorkerPhase phase : kOwned) {
        Result<std::vector<WorkerRow>> rows = workers::in_phase(setting.database, phase);
        if (!rows) return rows.fault();
        for (WorkerRow& worker : *rows) {
            const bool is_here =
                phase == WorkerPhase::creating || has_directories(setting, worker.id);
            if (!worker.owner.empty() || !is_here) continue;
            worker.owner = setting.instance;
            if (Result<void> adopted = setting.database.transaction(
                    [&](Transaction& tx) { return workers::update(tx, worker); });
                !adopted)
                return adopted;
        }
    }
    return {};
}

Result<void> end_given_up(const WorkersSetting& setting) {
    Result<std::vector<WorkerInstance>> instances = setting.runtime.list();
    if (!instances) return instances.fault();
    for (const WorkerInstance& instance : *instances) {
        Result<std::optional<WorkerRow>> row = workers::find(setting.database, instance.worker_id);
        if (!row) return row.fault();
        if (!*row || (*row)->owner.empty() || is_ours(setting, **row)) continue;
        if (Result<void> ended = end_instance(setting, instance); !ended) return ended;
    }
    return {};
}

}  // namespace control
