#include "control/workers/reconcile.h"

#include "contracts/streams/names.h"
#include "control/bus/bus.h"
#include "control/runtime/worker_spec.h"
#include "control/store/worker_life.h"
#include "control/subprocess/subprocess.h"
#include "control/workers/manifest.h"

#include <sys/stat.h>
#include <filesystem>
#include <map>

namespace control {

using contracts::Connection;
using contracts::Reply;
namespace names = contracts::names;

namespace {

constexpr int kScanPages = 10'000;
// A younger mark may belong to a worker that is being frozen at this moment.
constexpr std::chrono::minutes kFreshMark{1};

using Seen = std::map<std::string, SeenWorker>;

SeenWorker& seen_as(Seen& all, const std::string& id) {
    SeenWorker& worker = all[id];
    worker.id = id;
    return worker;
}

Result<void> see_instances(const Sight& sight, Seen& all) {
    Result<std::vector<WorkerInstance>> instances = sight.runtime.list();
    if (!instances) return instances.fault();
    for (const WorkerInstance& instance : *instances) {
        SeenWorker& worker = seen_as(all, instance.worker_id);
        worker.instance_id = instance.id;
        worker.views.runtime = instance.paused    ? InRuntime::paused
                               : instance.running ? InRuntime::running
                                                  : InRuntime::ended;
    }
    return {};
}

void see_directories(const Sight& sight, Seen& all) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(sight.directory, ignored)) {
        const std::string name = entry.path().filename();
        if (!is_worker_id(name)) continue;
        seen_as(all, name).views.disk =
            read_manifest(entry.path()) ? OnDisk::described : OnDisk::present;
    }
}

Result<void> scan_bus(Bus& bus, const std::string& prefix, Seen& all) {
    std::string cursor = "0";
    for (int page = 0; page < kScanPages; ++page) {
        Result<Connection*> connection = bus.connection();
        if (!connection) return connection.fault();
        Result<Reply> reply =
            (*connection)->command({"SCAN", cursor, "MATCH", prefix + "*", "COUNT", "1000"});
        if (!reply) return reply.fault();
        const contracts::ReplyView keys = reply->view()[1];
        for (std::size_t at = 0; at < keys.size(); ++at) {
            const std::string id(keys[at].text().substr(prefix.size()));
            if (is_worker_id(id)) seen_as(all, id).views.bus = OnBus::present;
        }
        cursor = reply->view()[0].text();
        if (cursor == "0") return {};
    }
    return fail(ErrorKind::transient, "the bus has too many keys to read all of them");
}

bool see_bus(const Sight& sight, Seen& all) {
    if (!sight.bus) return false;
    Bus bus(*sight.bus);
    return scan_bus(bus, names::worker_status(""), all) &&
           scan_bus(bus, names::worker_heartbeat(""), all);
}

InStore place_of(const WorkerRow& row) {
    switch (row.phase) {
        case WorkerPhase::queued:
            return InStore::queued;
        case WorkerPhase::creating:
            return InStore::creating;
        case WorkerPhase::running:
            return row.paused_at ? InStore::paused : InStore::running;
        case WorkerPhase::ended:
            return InStore::ended;
        case WorkerPhase::removed:
            break;
    }
    return InStore::removed;
}

Result<void> see_rows(const Sight& sight, Seen& all) {
    for (const WorkerPhase phase :
         {WorkerPhase::queued, WorkerPhase::creating, WorkerPhase::running, WorkerPhase::ended}) {
        Result<std::vector<WorkerRow>> rows = workers::in_phase(sight.database, phase);
        if (!rows) return rows.fault();
        for (WorkerRow& row : *rows)
            seen_as(all, row.id).row = std::move(row);
    }
    for (auto& [id, worker] : all) {
        if (worker.row) continue;
        Result<std::optional<WorkerRow>> row = workers::find(sight.database, id);
        if (!row) return row.fault();
        worker.row = *std::move(row);
    }
    return {};
}

// A row that waits for a daemon, or of which only the row is left, does not belong to another
// daemon.
bool is_anothers(const Sight& sight, const SeenWorker& worker) {
    return worker.row && worker.row->phase != WorkerPhase::queued &&
           worker.row->phase != WorkerPhase::removed && worker.row->owner != sight.owner;
}

Result<std::string> adopt(const Sight& sight, const SeenWorker& worker) {
    Result<WorkerRow> row = read_manifest(sight.directory + '/' + worker.id);
    if (!row) return row.fault();
    if (row->id != worker.id)
        return fail(ErrorKind::invalid, "the manifest belongs to another worker: " + row->id);
    row->owner = sight.owner;
    bool adopted = false;
    const auto work = [&](Transaction& tx) -> Result<void> {
        Result<bool> inserted = workers::insert(tx, *row);
        if (!inserted) return inserted.fault();
        adopted = *inserted;
        if (!adopted) return {};
        Result<std::optional<WorkerRow>> fresh = workers::find(tx, row->id);
        if (!fresh) return fresh.fault();
        (*fresh)->slot = row->slot;
        (*fresh)->instance_id = worker.instance_id;
        return workers::update(tx, **fresh);
    };
    if (Result<void> done = sight.database.transaction(work); !done) return done.fault();
    return adopted ? "its row was made again" : "";
}

Result<std::string> clear_mark(const Sight& sight, const SeenWorker& worker) {
    if (sight.clock.now() - worker.row->paused_at.value_or(contracts::Timestamp{}) < kFreshMark)
        return std::string();
    Result<WorkerInstance> now = sight.runtime.inspect(worker.instance_id);
    if (!now || now->paused) return std::string();
    Result<bool> cleared = worker_life::set_paused(sight.database, worker.id, {});
    if (!cleared) return cleared.fault();
    return "its row no longer says that it is paused";
}

Result<std::string> remove_directories(const Sight& sight, const SeenWorker& worker) {
    const std::string path = sight.directory + '/' + worker.id;
    struct stat there{};
    if (::lstat(path.c_str(), &there) != 0) return std::string();
    if (sight.clock.now() - contracts::Timestamp(std::chrono::seconds(there.st_mtim.tv_sec)) <
        kKeepDirectories)
        return std::string();
    Result<SubprocessEnd> end =
        run_subprocess(SubprocessSpec{.argv = {"rm", "-rf", "--one-file-system", "--", path}});
    if (!end) return end.fault();
    if (!end->success())
        return fail(ErrorKind::transient, "remove " + path + ": " + end->error_output);
    return "its directories were removed";
}

Result<std::string> erase_keys(const Sight& sight, const SeenWorker& worker) {
    Bus bus(*sight.bus);
    Result<Connection*> connection = bus.connection();
    if (!connection) return connection.fault();
    Result<Reply> erased =
        (*connection)
            ->command(contracts::OwnedCommand{"DEL", names::worker_status(worker.id),
                                              names::worker_heartbeat(worker.id)});
    if (!erased) return erased.fault();
    return "its keys were erased";
}

Result<std::string> done_as(Result<void> done, std::string words) {
    if (!done) return done.fault();
    return words;
}

}  // namespace

Sight sight_of(const WorkersSetting& setting) {
    return {.database = setting.database,
            .runtime = setting.runtime,
            .directory = setting.directory,
            .bus = setting.redis,
            .owner = setting.instance,
            .clock = setting.clock};
}

Result<std::vector<SeenWorker>> see_workers(const Sight& sight) {
    Seen all;
    if (Result<void> seen = see_instances(sight, all); !seen) return seen.fault();
    see_directories(sight, all);
    const bool bus_answers = see_bus(sight, all);
    if (Result<void> seen = see_rows(sight, all); !seen) return seen.fault();
    std::vector<SeenWorker> workers;
    for (auto& [id, worker] : all) {
        if (is_anothers(sight, worker)) continue;
        if (!bus_answers) worker.views.bus = OnBus::unknown;
        if (worker.row) worker.views.store = place_of(*worker.row);
        worker.rule = rule_for(worker.views);
        workers.push_back(std::move(worker));
    }
    return workers;
}

Result<std::string> mend(const Sight& sight, const SeenWorker& worker) {
    if (worker.rule == nullptr) return std::string();
    switch (worker.rule->remedy) {
        case Remedy::adopt:
            return adopt(sight, worker);
        case Remedy::resume:
            return done_as(sight.runtime.resume(worker.instance_id), "it was resumed");
        case Remedy::clear_mark:
            return clear_mark(sight, worker);
        case Remedy::remove_instance:
            return done_as(sight.runtime.remove(worker.instance_id),
                           "the ended instance was removed");
        case Remedy::remove_directories:
            return remove_directories(sight, worker);
        case Remedy::erase_from_bus:
            return erase_keys(sight, worker);
        case Remedy::settle:
        case Remedy::end_instance:
        case Remedy::ask_person:
            break;
    }
    return std::string();
}

}  // namespace control
