#include "control/store/worker_life.h"

#include "contracts/base/json.h"
#include "control/store/run.h"

namespace control {

using contracts::Json;
using contracts::Timestamp;
using contracts::WorkerState;

WorkerState state_of(const WorkerRow& worker) {
    switch (worker.phase) {
        case WorkerPhase::queued:
            return WorkerState::queued;
        case WorkerPhase::creating:
            return WorkerState::starting;
        case WorkerPhase::running:
            return worker.paused_at ? WorkerState::paused : WorkerState::running;
        case WorkerPhase::ended:
        case WorkerPhase::removed:
            break;
    }
    const bool failed =
        !worker.error.empty() && !ended_as_wanted(worker.cause.value_or(EndCause::unknown));
    return failed ? WorkerState::failed : WorkerState::stopped;
}

bool ended_as_wanted(EndCause cause) {
    return cause == EndCause::finished || cause == EndCause::stopped || cause == EndCause::idle;
}

namespace worker_life {

Result<bool> set_paused(Database& database, const std::string& id, std::optional<Timestamp> since) {
    bool runs = false;
    const auto work = [&](Transaction& tx) -> Result<void> {
        Result<Rows> written =
            tx.query("UPDATE workers SET paused_at = $1 WHERE id = $2 AND state = 'running'",
                     {since ? Value(since->time_since_epoch().count()) : Value(), id});
        if (!written) return written.fault();
        runs = written->changed == 1;
        return {};
    };
    if (Result<void> done = database.transaction(work); !done) return done.fault();
    return runs;
}

Result<void> keep_receipt(Queries& db, const std::string& id, const Json& receipt) {
    return run(db, "UPDATE workers SET receipt = $1 WHERE id = $2",
               {contracts::dump_json(receipt), id});
}

Result<std::optional<Json>> receipt(Queries& db, const std::string& id) {
    Result<Rows> rows = db.query("SELECT receipt FROM workers WHERE id = $1", {id});
    if (!rows) return rows.fault();
    if (rows->rows.empty() || rows->rows.front().is_null(0)) return std::optional<Json>();
    Result<Json> receipt = contracts::parse_json(rows->rows.front().text(0));
    if (!receipt) return receipt.fault();
    return std::optional<Json>(*std::move(receipt));
}

}  // namespace worker_life
}  // namespace control
