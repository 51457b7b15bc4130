#include "control/store/chats.h"

#include "control/store/rows.h"
#include "control/store/run.h"

namespace control {

using contracts::FieldList;

void visit_fields(Chat& chat, FieldList& fields) {
    fields.required("user_id", chat.user_id);
    fields.optional("channel", chat.channel);
    fields.optional("address", chat.address);
    fields.optional("worker_id", chat.worker_id);
    fields.optional("hire_id", chat.hire_id);
    fields.required("hires", chat.hires);
    fields.optional("hire_at", chat.hire_at);
    fields.optional("turn_id", chat.turn_id);
    fields.optional("turn_ends", chat.turn_ends);
    fields.optional("turn_channel", chat.turn_channel);
    fields.optional("turn_address", chat.turn_address);
    fields.optional("turn_correlation", chat.turn_correlation);
    fields.required("told_to_wait", chat.told_to_wait);
    fields.required("asked_to_go_on", chat.asked_to_go_on);
    fields.required("unasked_turns", chat.unasked_turns);
    fields.required("needs_summary", chat.needs_summary);
    fields.optional("talk_began", chat.talk_began);
    fields.optional("session_id", chat.session_id);
    fields.optional("session_used", chat.session_used);
}

void visit_fields(LineEntry& entry, FieldList& fields) {
    fields.required("seq", entry.seq);
    fields.required("user_id", entry.user_id);
    fields.required("kind", entry.kind);
    fields.optional("channel", entry.channel);
    fields.optional("address", entry.address);
    fields.required("text", entry.text);
    fields.required("correlation", entry.correlation);
}

void visit_fields(ChatWorker& worker, FieldList& fields) {
    fields.required("worker_id", worker.worker_id);
    fields.required("user_id", worker.user_id);
    fields.optional("retired_at", worker.retired_at);
}

namespace chats {

namespace {

Value ms(Timestamp time) {
    return std::int64_t{time.time_since_epoch().count()};
}

template <class E>
Result<std::vector<E>> select(Queries& db, std::string_view from, std::vector<Value> values) {
    std::string sql = "SELECT ";
    sql.append(columns_of<E>().listed).append(" FROM ").append(from);
    Result<Rows> rows = db.query(sql, std::move(values));
    if (!rows) return rows.fault();
    std::vector<E> found;
    for (const Row& row : rows->rows) {
        Result<E> one = read_row<E>(row);
        if (!one) return fail(std::move(one.error()).context(from));
        found.push_back(*std::move(one));
    }
    return found;
}

template <class E>
Result<std::optional<E>> select_one(Queries& db, std::string_view from, std::string value) {
    Result<std::vector<E>> found = select<E>(db, from, {std::move(value)});
    if (!found) return found.fault();
    if (found->empty()) return std::nullopt;
    return std::move(found->front());
}

// Inserts the row, or overwrites the one with the same `key`.
template <class E>
Result<void> upsert(Queries& db, std::string_view table, std::string_view key, const E& entity) {
    const Columns& columns = columns_of<E>();
    std::string places;
    std::string changes;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        places.append(i == 0 ? "$" : ", $").append(std::to_string(i + 1));
        changes.append(i == 0 ? "" : ", ").append(columns.names[i]).append(" = excluded.");
        changes.append(columns.names[i]);
    }
    std::string sql = "INSERT INTO ";
    sql.append(table).append(" (").append(columns.listed).append(") VALUES (").append(places);
    sql.append(") ON CONFLICT (").append(key).append(") DO UPDATE SET ").append(changes);
    return run(db, sql, values_of(entity));
}

Result<std::int64_t> change(Queries& db, std::string_view sql, std::vector<Value> values) {
    Result<Rows> rows = db.query(sql, std::move(values));
    if (!rows) return rows.fault();
    return rows->changed;
}

}  // namespace

Result<Chat> load(Queries& db, const std::string& user_id) {
    Result<std::optional<Chat>> found = select_one<Chat>(db, "chats WHERE user_id = $1", user_id);
    if (!found) return found.fault();
    if (*found) return **std::move(found);
    Chat fresh;
    fresh.user_id = user_id;
    return fresh;
}

Result<void> save(Queries& db, const Chat& chat) {
    return upsert(db, "chats", "user_id", chat);
}

Result<std::optional<Chat>> find_hire(Queries& db, const std::string& hire_id) {
    return select_one<Chat>(db, "chats WHERE hire_id = $1", hire_id);
}

Result<std::vector<std::string>> due(Queries& db, Timestamp now) {
    Result<Rows> rows =
        db.query("SELECT user_id FROM chats WHERE hire_at <= $1 OR turn_ends <= $1", {ms(now)});
    if (!rows) return rows.fault();
    std::vector<std::string> users;
    for (const Row& row : rows->rows)
        users.push_back(row.text(0));
    return users;
}

Result<std::vector<Chat>> without_worker(Queries& db) {
    return select<Chat>(db,
                        "chats WHERE turn_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM workers "
                        "WHERE workers.id = chats.worker_id AND workers.state <> 'removed')",
                        {});
}

Result<std::vector<FollowedTask>> followed_tasks(Queries& db) {
    Result<Rows> rows = db.query(
        "SELECT tasks.id, projects.name, chats.user_id, chats.channel, chats.address FROM tasks "
        "JOIN projects ON projects.id = tasks.project_id "
        "JOIN chats ON chats.user_id = projects.owner_id "
        "WHERE tasks.status IN ('queued', 'running') AND chats.address IS NOT NULL "
        "ORDER BY tasks.created_at");
    if (!rows) return rows.fault();
    std::vector<FollowedTask> found;
    for (const Row& row : rows->rows)
        found.push_back({row.text(0), row.text(1), row.text(2),
                         contracts::parse_choice<contracts::Channel>(row.text(3))
                             .value_or(contracts::Channel::terminal),
                         row.text(4)});
    return found;
}

Result<void> add_to_line(Queries& db, const LineEntry& entry) {
    std::vector<Value> values = values_of(entry);
    values.erase(values.begin());  // the store assigns the number
    return run(db,
               "INSERT INTO chat_line (user_id, kind, channel, address, text, correlation) "
               "VALUES ($1, $2, $3, $4, $5, $6)",
               std::move(values));
}

Result<std::vector<LineEntry>> line(Queries& db, const std::string& user_id, LineKind kind,
                                    int limit) {
    return select<LineEntry>(db, "chat_line WHERE user_id = $1 AND kind = $2 ORDER BY seq LIMIT $3",
                             {user_id, std::string(contracts::to_text(kind)), std::int64_t{limit}});
}

Result<std::int64_t> count_line(Queries& db, const std::string& user_id, LineKind kind) {
    Result<Rows> rows = db.query("SELECT count(*) FROM chat_line WHERE user_id = $1 AND kind = $2",
                                 {user_id, std::string(contracts::to_text(kind))});
    if (!rows) return rows.fault();
    return rows->rows.empty() ? 0 : rows->rows[0].integer(0);
}

Result<void> erase_from_line(Queries& db, std::int64_t seq) {
    return run(db, "DELETE FROM chat_line WHERE seq = $1", {seq});
}

Result<void> save_worker(Queries& db, const ChatWorker& worker) {
    return upsert(db, "chat_workers", "worker_id", worker);
}

Result<std::optional<ChatWorker>> find_worker(Queries& db, const std::string& worker_id) {
    return select_one<ChatWorker>(db, "chat_workers WHERE worker_id = $1", worker_id);
}

Result<std::vector<ChatWorker>> workers(Queries& db) {
    return select<ChatWorker>(db, "chat_workers ORDER BY worker_id", {});
}

Result<void> erase_worker(Queries& db, const std::string& worker_id) {
    return run(db, "DELETE FROM chat_workers WHERE worker_id = $1", {worker_id});
}

Result<bool> see(Queries& db, const std::string& key, Timestamp now) {
    Result<std::int64_t> inserted = change(
        db, "INSERT INTO chat_seen (key, seen_at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        {key, ms(now)});
    if (!inserted) return inserted.fault();
    return *inserted == 1;
}

Result<bool> was_seen(Queries& db, const std::string& key) {
    Result<Rows> rows = db.query("SELECT 1 FROM chat_seen WHERE key = $1", {key});
    if (!rows) return rows.fault();
    return !rows->rows.empty();
}

Result<bool> see_again(Queries& db, const std::string& key, Timestamp since, Timestamp now) {
    Result<bool> first = see(db, key, now);
    if (!first || *first) return first;
    Result<std::int64_t> moved =
        change(db, "UPDATE chat_seen SET seen_at = $1 WHERE key = $2 AND seen_at < $3",
               {ms(now), key, ms(since)});
    if (!moved) return moved.fault();
    return *moved == 1;
}

Result<std::int64_t> prune_seen(Queries& db, Timestamp cutoff, int limit) {
    return change(db,
                  "DELETE FROM chat_seen WHERE key IN (SELECT key FROM chat_seen "
                  "WHERE seen_at < $1 ORDER BY seen_at LIMIT $2)",
                  {ms(cutoff), std::int64_t{limit}});
}

Result<void> add_effect(Queries& db, const ChatEffect& effect) {
    const auto value = [](const std::optional<std::string>& text) {
        return text ? Value(*text) : Value(std::monostate{});
    };
    return run(
        db,
        "INSERT INTO chat_outbox (key, stream, body, sets_key, sets_value) "
        "VALUES ($1, $2, $3, $4, $5)",
        {effect.key, effect.stream, effect.body, value(effect.sets_key), value(effect.sets_value)});
}

Result<std::vector<ChatEffect>> effects(Queries& db, int limit) {
    Result<Rows> rows = db.query(
        "SELECT seq, key, stream, body, sets_key, sets_value FROM chat_outbox "
        "ORDER BY seq LIMIT $1",
        {std::int64_t{limit}});
    if (!rows) return rows.fault();
    std::vector<ChatEffect> found;
    for (const Row& row : rows->rows)
        found.push_back({row.integer(0), row.text(1), row.text(2), row.text(3),
                         row.optional_text(4), row.optional_text(5)});
    return found;
}

Result<void> erase_effect(Queries& db, std::int64_t seq) {
    return run(db, "DELETE FROM chat_outbox WHERE seq = $1", {seq});
}

}  // namespace chats
}  // namespace control
