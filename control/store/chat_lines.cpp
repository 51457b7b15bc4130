#include "control/store/chat_lines.h"

#include "contracts/base/id.h"
#include "control/store/run.h"
#include "control/store/stored_time.h"

namespace control {

void visit_fields(ChatLine& line, contracts::FieldList& fields) {
    fields.required("id", line.id, contracts::kIdentifier);
    fields.required("user_id", line.user_id, contracts::kIdentifier);
    fields.required("kind", line.kind);
    fields.required("text", line.text, contracts::kLongText);
    fields.required("waits", line.waits);
    fields.required("created_at", line.created_at);
}

namespace chat_lines {

namespace {

constexpr EntityTable kChatLines{"chat_lines", "line", "user_id = ", "", kNone};

// Lines stand in the order in which they came, also where two came at once or a clock was set back.
Result<Timestamp> next_place(Queries& db, const std::string& user_id, Timestamp now) {
    Result<Rows> last =
        db.query("SELECT MAX(created_at) FROM chat_lines WHERE user_id = $1", {user_id});
    if (!last) return last.fault();
    const std::optional<std::int64_t> before = last->rows.front().optional_integer(0);
    if (!before) return now;
    return std::max(now, Timestamp(std::chrono::milliseconds(*before + 1)));
}

Result<bool> is_known(Queries& db, const std::string& id) {
    Result<Rows> found = db.query("SELECT id FROM chat_lines WHERE id = $1", {id});
    if (!found) return found.fault();
    return !found->rows.empty();
}

// The line as it is stored, with its place.
Result<ChatLine> append(Queries& db, ChatLine line, Timestamp now) {
    Result<Timestamp> place = next_place(db, line.user_id, now);
    if (!place) return place.fault();
    line.created_at = *place;
    if (Result<void> put = insert_entity(db, kChatLines, line); !put) return put.fault();
    return line;
}

Result<void> append_reply(Queries& db, ChatLine line, Timestamp now) {
    const Result<ChatLine> put = append(db, std::move(line), now);
    return put ? Result<void>() : put.fault();
}

}  // namespace

Result<Page<ChatLine>> list(Queries& db, const PageRequest& page) {
    return list_entities<ChatLine>(db, kChatLines, page);
}

Result<ChatLine> say(Queries& db, const std::string& user_id, std::string text, Timestamp now) {
    Result<Rows> count =
        db.query("SELECT COUNT(*) FROM chat_lines WHERE user_id = $1 AND waits = 1", {user_id});
    if (!count) return count.fault();
    if (count->rows.front().integer(0) >= kMostWaiting)
        return fail(ErrorKind::conflict,
                    std::to_string(kMostWaiting) + " of your messages have not been passed on yet",
                    {}, "wait, and check that a daemon runs the role chat");
    return append(db,
                  {.id = contracts::make_uuid7(now),
                   .user_id = user_id,
                   .kind = ChatLineKind::message,
                   .text = std::move(text),
                   .waits = true},
                  now);
}

Result<std::vector<ChatLine>> waiting(Queries& db, int limit) {
    std::string sql("SELECT ");
    sql.append(columns_of<ChatLine>().listed)
        .append(" FROM chat_lines WHERE waits = 1 ORDER BY created_at, id LIMIT $1");
    Result<Rows> found = db.query(sql, {std::int64_t{limit}});
    if (!found) return found.fault();
    std::vector<ChatLine> lines;
    for (const Row& row : found->rows) {
        Result<ChatLine> line = read_row<ChatLine>(row);
        if (!line) return fail(std::move(line.error()).context(kChatLines.name));
        lines.push_back(*std::move(line));
    }
    return lines;
}

Result<void> mark_sent(Queries& db, const std::string& id) {
    return run(db,
               "UPDATE chat_lines SET waits = 0, version = version + 1 WHERE id = $1 AND waits = 1",
               {id});
}

Result<void> show(Queries& db, const ChatLine& reply, Timestamp now) {
    Result<bool> known = is_known(db, reply.id);
    if (!known) return known.fault();
    if (*known) return {};
    if (Result<void> over = run(
            db, "DELETE FROM chat_lines WHERE user_id = $1 AND kind = 'progress'", {reply.user_id});
        !over)
        return over;
    return append_reply(db, reply, now);
}

Result<void> show_progress(Queries& db, const std::string& user_id, const std::string& id,
                           const std::string& text, Timestamp now) {
    Result<Rows> changed = db.query(
        "UPDATE chat_lines SET text = $1, version = version + 1 "
        "WHERE id = $2 AND user_id = $3 AND kind = 'progress'",
        {text, id, user_id});
    if (!changed) return changed.fault();
    if (changed->changed > 0) return {};
    Result<bool> known = is_known(db, id);
    if (!known) return known.fault();
    if (*known) return {};
    return append_reply(
        db, {.id = id, .user_id = user_id, .kind = ChatLineKind::progress, .text = text}, now);
}

Result<std::int64_t> prune(Queries& db, Timestamp cutoff, int limit) {
    Result<Rows> rows = db.query(
        "DELETE FROM chat_lines WHERE id IN (SELECT id FROM chat_lines "
        "WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)",
        {stored(cutoff), std::int64_t{limit}});
    if (!rows) return rows.fault();
    return rows->changed;
}

}  // namespace chat_lines
}  // namespace control
