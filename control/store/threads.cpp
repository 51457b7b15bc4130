#include "control/store/threads.h"

#include "control/store/stored_time.h"

#include <algorithm>

namespace control {

bool may_become(ThreadStatus from, ThreadStatus to) {
    using enum ThreadStatus;
    switch (from) {
        case running:
        case waiting:
            return true;
        case paused:
            return to == running || to == waiting || to == cancelled;
        case failed:
        case blocked:
            return to == running || to == waiting || to == cancelled;
        case completed:
        case cancelled:
            return false;
    }
    return false;
}

namespace threads {

namespace {

constexpr std::string_view kColumns =
    "id, graph, subject, node, status, step, state, reason, fencing, owner, wake_at, deadline, "
    "created_at, updated_at";

Value value_of(Timestamp time) {
    return time.time_since_epoch().count();
}
Value value_of(const std::optional<Timestamp>& time) {
    return time ? value_of(*time) : Value(std::monostate{});
}
Value value_of(const std::optional<std::string>& text) {
    return text ? Value(*text) : Value(std::monostate{});
}
Value value_of(ThreadStatus status) {
    return std::string(contracts::to_text(status));
}

Thread thread_of(const Row& row) {
    Thread thread;
    thread.id = row.text(0);
    thread.graph = row.text(1);
    thread.subject = row.text(2);
    thread.node = row.text(3);
    thread.status =
        contracts::parse_choice<ThreadStatus>(row.text(4)).value_or(ThreadStatus::failed);
    thread.step = row.integer(5);
    thread.state = row.text(6);
    thread.reason = row.optional_text(7);
    thread.fencing = row.integer(8);
    thread.owner = row.optional_text(9);
    thread.wake_at = time_of(row.optional_integer(10));
    thread.deadline = time_of(row.optional_integer(11));
    thread.created_at = time_of(row.integer(12));
    thread.updated_at = time_of(row.integer(13));
    return thread;
}

Result<std::vector<Thread>> select(Queries& db, std::string_view rest, std::vector<Value> values) {
    std::string sql = "SELECT ";
    sql.append(kColumns).append(" FROM threads ").append(rest);
    Result<Rows> rows = db.query(sql, std::move(values));
    if (!rows) return rows.fault();
    std::vector<Thread> found;
    found.reserve(rows->rows.size());
    for (const Row& row : rows->rows)
        found.push_back(thread_of(row));
    return found;
}

Result<std::optional<Thread>> select_one(Queries& db, std::string_view rest,
                                         std::vector<Value> values) {
    Result<std::vector<Thread>> found = select(db, rest, std::move(values));
    if (!found) return found.fault();
    if (found->empty()) return std::nullopt;
    return std::move(found->front());
}

// For statements of which only the number of changed rows is needed.
Result<std::int64_t> change(Queries& db, std::string_view sql, std::vector<Value> values) {
    Result<Rows> rows = db.query(sql, std::move(values));
    if (!rows) return rows.fault();
    return rows->changed;
}

Result<void> execute(Queries& db, std::string_view sql, std::vector<Value> values) {
    Result<Rows> rows = db.query(sql, std::move(values));
    if (!rows) return rows.fault();
    return {};
}

}  // namespace

Result<bool> insert(Queries& db, const Thread& thread) {
    Result<std::int64_t> inserted = change(
        db,
        "INSERT INTO threads (id, graph, subject, node, status, step, state, reason, fencing, "
        "owner, wake_at, deadline, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
        "ON CONFLICT (graph, subject) DO NOTHING",
        {thread.id, thread.graph, thread.subject, thread.node, value_of(thread.status), thread.step,
         thread.state, value_of(thread.reason), thread.fencing, value_of(thread.owner),
         value_of(thread.wake_at), value_of(thread.deadline), value_of(thread.created_at),
         value_of(thread.updated_at)});
    if (!inserted) return inserted.fault();
    return *inserted == 1;
}

Result<std::optional<Thread>> find(Queries& db, const std::string& id) {
    return select_one(db, "WHERE id = $1", {id});
}

Result<std::optional<Thread>> find_subject(Queries& db, const std::string& graph,
                                           const std::string& subject) {
    return select_one(db, "WHERE graph = $1 AND subject = $2", {graph, subject});
}

Result<bool> update_if(Queries& db, const Thread& thread, std::int64_t fencing) {
    Result<std::int64_t> updated = change(
        db,
        "UPDATE threads SET node = $1, status = $2, step = $3, state = $4, reason = $5, "
        "fencing = $6, owner = $7, wake_at = $8, deadline = $9, updated_at = $10 "
        "WHERE id = $11 AND fencing = $12",
        {thread.node, value_of(thread.status), thread.step, thread.state, value_of(thread.reason),
         thread.fencing, value_of(thread.owner), value_of(thread.wake_at),
         value_of(thread.deadline), value_of(thread.updated_at), thread.id, fencing});
    if (!updated) return updated.fault();
    return *updated == 1;
}

Result<void> update(Queries& db, const Thread& thread, std::int64_t fencing) {
    Result<bool> updated = update_if(db, thread, fencing);
    if (!updated) return updated.fault();
    if (*updated) return {};
    return fail(ErrorKind::conflict, "thread " + thread.id + " has moved on: fencing number " +
                                         std::to_string(fencing) + " is stale");
}

Result<std::vector<Thread>> due(Queries& db, Timestamp now, int limit) {
    return select(db,
                  "WHERE status IN ('running', 'waiting') AND wake_at <= $1 "
                  "ORDER BY wake_at LIMIT $2",
                  {value_of(now), std::int64_t{limit}});
}

Result<std::optional<Timestamp>> next_due(Queries& db) {
    Result<Rows> rows = db.query(
        "SELECT wake_at FROM threads WHERE status IN ('running', 'waiting') "
        "AND wake_at IS NOT NULL ORDER BY wake_at LIMIT 1");
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::nullopt;
    return time_of(rows->rows.front().optional_integer(0));
}

Result<void> shift_times(Queries& db, std::chrono::milliseconds by) {
    const Value step(std::int64_t{by.count()});
    for (const std::string_view sql :
         {"UPDATE threads SET wake_at = wake_at + $1, deadline = deadline + $1 "
          "WHERE status NOT IN ('completed', 'failed', 'cancelled')",
          "UPDATE thread_outbox SET next_at = next_at + $1, lease_until = lease_until + $1"})
        if (Result<void> shifted = execute(db, sql, {step}); !shifted) return shifted;
    return {};
}

Result<std::int64_t> release(Queries& db, const std::string& owner, Timestamp now) {
    return change(db,
                  "UPDATE threads SET wake_at = $1, owner = NULL, fencing = fencing + 1 "
                  "WHERE status IN ('running', 'waiting') AND wake_at > $1 AND owner = $2",
                  {value_of(now), owner});
}

Result<std::int64_t> prune(Queries& db, Timestamp cutoff, int limit) {
    Result<std::vector<Thread>> ended =
        select(db,
               "WHERE status IN ('completed', 'failed', 'cancelled') AND updated_at < $1 "
               "ORDER BY updated_at LIMIT $2",
               {value_of(cutoff), std::int64_t{limit}});
    if (!ended) return ended.fault();
    for (const Thread& thread : *ended)
        for (const std::string_view sql :
             {"DELETE FROM thread_steps WHERE thread_id = $1",
              "DELETE FROM thread_waits WHERE thread_id = $1", "DELETE FROM threads WHERE id = $1"})
            if (Result<void> erased = execute(db, sql, {thread.id}); !erased) return erased.fault();
    return static_cast<std::int64_t>(ended->size());
}

Result<void> add_step(Queries& db, const std::string& thread, const ThreadStep& step) {
    return execute(db,
                   "INSERT INTO thread_steps (thread_id, step, at, node, event, outcome) "
                   "VALUES ($1, $2, $3, $4, $5, $6)",
                   {thread, step.step, value_of(step.at), step.node, step.event, step.outcome});
}

Result<void> compact_steps(Queries& db, const std::string& thread, std::int64_t next,
                           std::int64_t keep) {
    return execute(db, "DELETE FROM thread_steps WHERE thread_id = $1 AND step < $2",
                   {thread, next - keep});
}

Result<std::vector<ThreadStep>> steps(Queries& db, const std::string& thread, int limit) {
    Result<Rows> rows = db.query(
        "SELECT step, at, node, event, outcome FROM thread_steps WHERE thread_id = $1 "
        "ORDER BY step DESC LIMIT $2",
        {thread, std::int64_t{limit}});
    if (!rows) return rows.fault();
    std::vector<ThreadStep> found;
    for (const Row& row : rows->rows)
        found.push_back(
            {row.integer(0), time_of(row.integer(1)), row.text(2), row.text(3), row.text(4)});
    return found;
}

Result<std::optional<ThreadWait>> find_wait(Queries& db, const std::string& key) {
    Result<Rows> rows =
        db.query("SELECT thread_id, active FROM thread_waits WHERE key = $1", {key});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::nullopt;
    return ThreadWait{key, rows->rows[0].text(0), rows->rows[0].integer(1) != 0};
}

Result<std::vector<ThreadWait>> waits(Queries& db, const std::string& thread) {
    Result<Rows> rows = db.query(
        "SELECT key, active FROM thread_waits WHERE thread_id = $1 ORDER BY key", {thread});
    if (!rows) return rows.fault();
    std::vector<ThreadWait> found;
    for (const Row& row : rows->rows)
        found.push_back({row.text(0), thread, row.integer(1) != 0});
    return found;
}

Result<void> set_waits(Queries& db, const std::string& thread, std::span<const std::string> keys) {
    if (Result<void> quiet = execute(
            db, "UPDATE thread_waits SET active = 0 WHERE thread_id = $1 AND active = 1", {thread});
        !quiet)
        return quiet;
    for (const std::string& key : keys)
        if (Result<void> added =
                execute(db,
                        "INSERT INTO thread_waits (key, thread_id, active) VALUES ($1, $2, 1) "
                        "ON CONFLICT (key) DO UPDATE SET active = 1",
                        {key, thread});
            !added)
            return added;
    return {};
}

Result<void> erase_wait(Queries& db, const std::string& key) {
    return execute(db, "DELETE FROM thread_waits WHERE key = $1", {key});
}

Result<bool> receive(Queries& db, const InboxEvent& event, Timestamp now) {
    Result<std::int64_t> inserted =
        change(db,
               "INSERT INTO thread_inbox (key, thread_id, body, received_at) "
               "VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING",
               {event.key, event.thread_id,
                event.body.empty() ? Value(std::monostate{}) : Value(event.body), value_of(now)});
    if (!inserted) return inserted.fault();
    return *inserted == 1;
}

Result<std::optional<InboxEvent>> next_received(Queries& db, const std::string& thread) {
    Result<Rows> rows = db.query(
        "SELECT key, body FROM thread_inbox WHERE thread_id = $1 AND body IS NOT NULL "
        "ORDER BY received_at LIMIT 1",
        {thread});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::nullopt;
    return InboxEvent{rows->rows[0].text(0), thread, rows->rows[0].text(1)};
}

Result<void> mark_handled(Queries& db, const std::string& key) {
    return execute(db, "UPDATE thread_inbox SET body = NULL WHERE key = $1", {key});
}

Result<std::int64_t> prune_inbox(Queries& db, Timestamp cutoff, int limit) {
    return change(db,
                  "DELETE FROM thread_inbox WHERE key IN (SELECT key FROM thread_inbox "
                  "WHERE received_at < $1 AND body IS NULL ORDER BY received_at LIMIT $2)",
                  {value_of(cutoff), std::int64_t{limit}});
}

Result<void> add_effect(Queries& db, const OutboxEffect& effect) {
    return execute(
        db,
        "INSERT INTO thread_outbox (key, thread_id, kind, target, body, owner, "
        "lease_until, attempts, next_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        {effect.key, effect.thread_id, effect.kind, effect.target, effect.body, effect.owner,
         value_of(effect.lease_until), effect.attempts, value_of(effect.next_at)});
}

Result<std::vector<OutboxEffect>> undelivered(Queries& db, const std::string& owner,
                                              const std::string& kind, Timestamp now, int limit) {
    Result<Rows> rows = db.query(
        "SELECT seq, key, thread_id, target, body, lease_until, attempts, next_at "
        "FROM thread_outbox WHERE owner = $1 AND kind = $2 AND next_at <= $3 "
        "ORDER BY seq LIMIT $4",
        {owner, kind, value_of(now), std::int64_t{limit}});
    if (!rows) return rows.fault();
    std::vector<OutboxEffect> found;
    found.reserve(rows->rows.size());
    for (const Row& row : rows->rows)
        found.push_back({row.integer(0), row.text(1), row.text(2), kind, row.text(3), row.text(4),
                         owner, time_of(row.integer(5)), row.integer(6), time_of(row.integer(7))});
    return found;
}

Result<void> postpone(Queries& db, const std::string& key, std::int64_t attempts,
                      Timestamp next_at) {
    return execute(db, "UPDATE thread_outbox SET attempts = $1, next_at = $2 WHERE key = $3",
                   {attempts, value_of(next_at), key});
}

Result<bool> erase_effect(Queries& db, const std::string& key) {
    Result<std::int64_t> erased = change(db, "DELETE FROM thread_outbox WHERE key = $1", {key});
    if (!erased) return erased.fault();
    return *erased == 1;
}

Result<std::vector<std::string>> expired_owners(Queries& db, Timestamp now) {
    Result<Rows> rows = db.query(
        "SELECT DISTINCT owner FROM thread_outbox WHERE kind = 'publish' AND lease_until <= $1",
        {value_of(now)});
    if (!rows) return rows.fault();
    std::vector<std::string> owners;
    for (const Row& row : rows->rows)
        owners.push_back(row.text(0));
    return owners;
}

Result<std::int64_t> take_over(Queries& db, const std::string& from, const std::string& to,
                               Timestamp now, Timestamp lease_until) {
    return change(db,
                  "UPDATE thread_outbox SET owner = $1, lease_until = $2 "
                  "WHERE kind = 'publish' AND owner = $3 AND lease_until <= $4",
                  {to, value_of(lease_until), from, value_of(now)});
}

Result<std::vector<OutboxEffect>> due_calls(Queries& db, const std::string& owner,
                                            std::span<const std::string> prefixes, Timestamp now,
                                            int limit) {
    if (prefixes.empty()) return std::vector<OutboxEffect>();
    std::vector<Value> values{owner, value_of(now)};
    std::string named;
    for (const std::string& prefix : prefixes) {
        values.emplace_back(prefix);
        if (!named.empty()) named += " OR ";
        named += "substr(target, 1, " + std::to_string(prefix.size()) + ") = $" +
                 std::to_string(values.size());
    }
    values.emplace_back(std::int64_t{limit});
    const std::string last = "$" + std::to_string(values.size());
    Result<Rows> rows = db.query(
        "SELECT seq, key, thread_id, target, body, owner, lease_until, attempts, next_at "
        "FROM thread_outbox WHERE kind = 'call' AND (owner = $1 OR lease_until <= $2) "
        "AND next_at <= $2 AND (" +
            named + ") ORDER BY seq LIMIT " + last,
        std::move(values));
    if (!rows) return rows.fault();
    std::vector<OutboxEffect> found;
    found.reserve(rows->rows.size());
    for (const Row& row : rows->rows)
        found.push_back({.seq = row.integer(0),
                         .key = row.text(1),
                         .thread_id = row.text(2),
                         .kind = "call",
                         .target = row.text(3),
                         .body = row.text(4),
                         .owner = row.text(5),
                         .lease_until = time_of(row.integer(6)),
                         .attempts = row.integer(7),
                         .next_at = time_of(row.integer(8))});
    return found;
}

Result<bool> lease_call(Queries& db, const std::string& key, const std::string& owner,
                        Timestamp now, Timestamp lease_until) {
    Result<std::int64_t> leased = change(db,
                                         "UPDATE thread_outbox SET owner = $1, lease_until = $2 "
                                         "WHERE key = $3 AND (owner = $1 OR lease_until <= $4)",
                                         {owner, value_of(lease_until), key, value_of(now)});
    if (!leased) return leased.fault();
    return *leased == 1;
}

}  // namespace threads
}  // namespace control
