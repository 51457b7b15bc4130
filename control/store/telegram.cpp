#include "control/store/telegram.h"

#include "control/store/run.h"
#include "control/store/stored_time.h"

namespace control::telegram {

namespace {

constexpr std::string_view kReplyColumns = "seq, request_id, bot_id, chat_id, markdown, parts_sent";

TelegramReply reply_of(const Row& row) {
    return {.seq = row.integer(0),
            .request_id = row.text(1),
            .bot_id = row.text(2),
            .chat_id = row.text(3),
            .markdown = row.integer(4) != 0,
            .text = row.size() > 6 ? row.text(6) : std::string(),
            .parts_sent = row.integer(5)};
}

}  // namespace

Result<std::optional<std::int64_t>> next_update(Queries& db, const std::string& bot_id,
                                                Timestamp since) {
    Result<Rows> rows =
        db.query("SELECT next_update FROM telegram_bots WHERE bot_id = $1 AND read_at >= $2",
                 {bot_id, stored(since)});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::nullopt;
    return rows->rows.front().integer(0);
}

Result<void> save_next_update(Queries& db, const std::string& bot_id, std::int64_t next_update,
                              Timestamp now) {
    return run(db,
               "INSERT INTO telegram_bots (bot_id, next_update, read_at) VALUES ($1, $2, $3) "
               "ON CONFLICT (bot_id) DO UPDATE SET next_update = excluded.next_update, "
               "read_at = excluded.read_at",
               {bot_id, next_update, stored(now)});
}

Result<bool> tell_stranger(Queries& db, const std::string& telegram_id, Timestamp since,
                           Timestamp now, std::int64_t most) {
    if (Result<void> forgotten =
            run(db, "DELETE FROM telegram_strangers WHERE told_at < $1", {stored(since)});
        !forgotten)
        return forgotten.fault();
    Result<Rows> known = db.query(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN telegram_id = $1 THEN 1 ELSE 0 END), 0) "
        "FROM telegram_strangers",
        {telegram_id});
    if (!known) return known.fault();
    if (known->rows.front().integer(1) > 0 || known->rows.front().integer(0) >= most) return false;
    if (Result<void> noted =
            run(db, "INSERT INTO telegram_strangers (telegram_id, told_at) VALUES ($1, $2)",
                {telegram_id, stored(now)});
        !noted)
        return noted.fault();
    return true;
}

Result<void> add_reply(Queries& db, const TelegramReply& reply) {
    return run(db,
               "INSERT INTO telegram_replies (request_id, bot_id, chat_id, markdown, text, "
               "parts_sent) VALUES ($1, $2, $3, $4, $5, $6)",
               {reply.request_id, reply.bot_id, reply.chat_id, std::int64_t{reply.markdown ? 1 : 0},
                reply.text, reply.parts_sent});
}

Result<std::vector<TelegramReply>> waiting_replies(Queries& db) {
    std::string sql = "SELECT ";
    sql.append(kReplyColumns)
        .append(
            " FROM telegram_replies WHERE seq IN (SELECT MIN(seq) FROM telegram_replies "
            "GROUP BY bot_id, chat_id) ORDER BY seq");
    Result<Rows> rows = db.query(sql);
    if (!rows) return rows.fault();
    std::vector<TelegramReply> found;
    for (const Row& row : rows->rows)
        found.push_back(reply_of(row));
    return found;
}

Result<std::optional<TelegramReply>> find_reply(Queries& db, std::int64_t seq) {
    std::string sql = "SELECT ";
    sql.append(kReplyColumns).append(", text FROM telegram_replies WHERE seq = $1");
    Result<Rows> rows = db.query(sql, {seq});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::nullopt;
    return reply_of(rows->rows.front());
}

Result<void> save_parts_sent(Queries& db, std::int64_t seq, std::int64_t parts) {
    return run(db, "UPDATE telegram_replies SET parts_sent = $1 WHERE seq = $2", {parts, seq});
}

Result<void> erase_reply(Queries& db, std::int64_t seq) {
    return run(db, "DELETE FROM telegram_replies WHERE seq = $1", {seq});
}

}  // namespace control::telegram
