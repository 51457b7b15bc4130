#include "control/store/model_calls.h"

namespace control::model_calls {

using contracts::Timestamp;

namespace {

using Changes = std::map<SpendingKey, SpendingRow>;

std::int64_t milliseconds_since_epoch(Timestamp time) {
    return time.time_since_epoch().count();
}

void add_to(Changes& changes, const ModelCaller& caller, const std::string& model,
            const std::string& day, const SpendingRow& more) {
    for (const SpendingKey& key : keys_of(caller, model, day)) {
        SpendingRow& row = changes[key];
        if (key.scope != SpendingScope::all && key.scope != SpendingScope::model) {
            row.user_id = caller.user_id;
            if (key.scope != SpendingScope::user) row.project_id = caller.project_id;
        }
        row.calls += more.calls;
        row.tokens.input += more.tokens.input;
        row.tokens.cache_read += more.tokens.cache_read;
        row.tokens.cache_write += more.tokens.cache_write;
        row.tokens.output += more.tokens.output;
        row.spent.cost += more.spent.cost;
        row.spent.reserved += more.spent.reserved;
        row.estimated += more.estimated;
    }
}

Result<void> begin(Queries& db, const BegunCall& call, Changes& changes) {
    const std::string day = day_of(call.began_at);
    Result<Rows> done = db.query(
        "INSERT INTO model_calls (id, daemon, life, worker_id, task_id, project_id, user_id, api, "
        "model, day, began_at, reserved) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
        "ON CONFLICT (id) DO NOTHING",
        {call.id, call.daemon, call.life, call.caller.worker_id, call.caller.task_id,
         call.caller.project_id, call.caller.user_id, call.api, call.model, day,
         milliseconds_since_epoch(call.began_at), call.reserved});
    if (!done) return done.fault();
    if (done->changed == 0) return {};
    SpendingRow more;
    more.spent.reserved = call.reserved;
    add_to(changes, call.caller, call.model, day, more);
    return {};
}

Result<void> end(Queries& db, const EndedCall& call, Changes& changes) {
    Result<Rows> done = db.query(
        "UPDATE model_calls SET ended_at = $1, status = $2, input_tokens = $3, "
        "cache_read_tokens = $4, cache_write_tokens = $5, output_tokens = $6, cost = $7, "
        "remarks = $8 WHERE id = $9 AND ended_at IS NULL "
        "RETURNING worker_id, task_id, project_id, user_id, model, day, reserved",
        {milliseconds_since_epoch(call.ended_at), call.status, call.tokens.input,
         call.tokens.cache_read, call.tokens.cache_write, call.tokens.output, call.cost,
         call.remarks, call.id});
    if (!done) return done.fault();
    if (done->rows.empty()) return {};
    const Row& row = done->rows.front();
    SpendingRow more{.calls = 1,
                     .tokens = call.tokens,
                     .spent = {call.cost, -row.integer(6)},
                     .estimated = call.is_estimated ? 1 : 0};
    add_to(changes, {row.text(0), row.text(1), row.text(2), row.text(3)}, row.text(4), row.text(5),
           more);
    return {};
}

Result<Rows> find_lost(Queries& db, const LostCalls& which, int limit) {
    return db.query(
        "SELECT id, reserved FROM model_calls WHERE ended_at IS NULL AND "
        "((daemon = $1 AND life <> $2) OR (daemon <> $1 AND (began_at < $3 OR daemon IN "
        "(SELECT name FROM daemons WHERE seen_at < $4)))) ORDER BY began_at, id LIMIT $5",
        {which.daemon, which.life, milliseconds_since_epoch(which.cutoff),
         milliseconds_since_epoch(which.silent_since), std::int64_t{limit}});
}

}  // namespace

std::vector<SpendingKey> keys_of(const ModelCaller& caller, const std::string& model,
                                 const std::string& day) {
    std::vector<SpendingKey> keys;
    const auto add = [&](SpendingScope scope, const std::string& subject) {
        if (subject.empty() && scope != SpendingScope::all) return;
        keys.push_back({scope, subject, {}});
        keys.push_back({scope, subject, day});
    };
    add(SpendingScope::task, caller.task_id);
    add(SpendingScope::project, caller.project_id);
    add(SpendingScope::user, caller.user_id);
    add(SpendingScope::worker, caller.worker_id);
    add(SpendingScope::model, model);
    add(SpendingScope::all, {});
    return keys;
}

Result<std::map<SpendingKey, Spent>> record(Queries& db, const std::vector<BegunCall>& begun,
                                            const std::vector<EndedCall>& ended) {
    Changes changes;
    for (const BegunCall& call : begun)
        if (Result<void> done = begin(db, call, changes); !done) return done.fault();
    for (const EndedCall& call : ended)
        if (Result<void> done = end(db, call, changes); !done) return done.fault();
    return model_spending::add(db, changes);
}

Result<std::map<SpendingKey, Spent>> withdraw(Queries& db, const std::vector<std::string>& ids) {
    Changes changes;
    for (const std::string& id : ids) {
        Result<Rows> gone = db.query(
            "DELETE FROM model_calls WHERE id = $1 AND ended_at IS NULL "
            "RETURNING worker_id, task_id, project_id, user_id, model, day, reserved",
            {id});
        if (!gone) return gone.fault();
        if (gone->rows.empty()) continue;
        const Row& row = gone->rows.front();
        SpendingRow less;
        less.spent.reserved = -row.integer(6);
        add_to(changes, {row.text(0), row.text(1), row.text(2), row.text(3)}, row.text(4),
               row.text(5), less);
    }
    return model_spending::add(db, changes);
}

Result<bool> has_lost(Queries& db, const LostCalls& which) {
    Result<Rows> lost = find_lost(db, which, 1);
    if (!lost) return lost.fault();
    return !lost->rows.empty();
}

Result<std::int64_t> end_lost(Queries& db, const LostCalls& which, Timestamp now) {
    Result<Rows> lost = find_lost(db, which, which.limit);
    if (!lost) return lost.fault();
    std::vector<EndedCall> ended;
    for (const Row& row : lost->rows)
        ended.push_back({.id = row.text(0),
                         .ended_at = now,
                         .cost = row.integer(1),
                         .remarks = "lost, estimated",
                         .is_estimated = true});
    if (auto done = record(db, {}, ended); !done) return done.fault();
    return static_cast<std::int64_t>(ended.size());
}

Result<std::int64_t> prune(Queries& db, Timestamp cutoff, int limit) {
    Result<Rows> done = db.query(
        "DELETE FROM model_calls WHERE id IN (SELECT id FROM model_calls WHERE began_at < $1 AND "
        "ended_at IS NOT NULL ORDER BY began_at, id LIMIT $2)",
        {milliseconds_since_epoch(cutoff), std::int64_t{limit}});
    if (!done) return done.fault();
    return done->changed;
}

}  // namespace control::model_calls
