#include "control/store/conversations.h"

#include <algorithm>

namespace control::conversations {

namespace {

constexpr EntityTable kTable{"conversations", "message", "user_id = ", "", kNone};

}  // namespace

Result<Page<ConversationMessage>> list(Queries& db, const PageRequest& page) {
    return list_entities<ConversationMessage>(db, kTable, page);
}

Result<void> insert(Queries& db, const ConversationMessage& message,
                    const std::string& correlation_id) {
    if (correlation_id.empty()) return insert_entity(db, kTable, message);
    return insert_entity(db, kTable, message, {{"correlation_id", correlation_id}});
}

Result<std::vector<ConversationMessage>> last(Queries& db, const std::string& user_id,
                                              Timestamp since, int limit) {
    std::string sql = "SELECT ";
    sql.append(columns_of<ConversationMessage>().listed)
        .append(
            " FROM conversations WHERE user_id = $1 AND created_at >= $2 "
            "ORDER BY created_at DESC, id DESC LIMIT $3");
    Result<Rows> rows = db.query(
        sql, {user_id, std::int64_t{since.time_since_epoch().count()}, std::int64_t{limit}});
    if (!rows) return rows.fault();
    std::vector<ConversationMessage> messages;
    for (const Row& row : rows->rows) {
        Result<ConversationMessage> message = read_row<ConversationMessage>(row);
        if (!message) return fail(message.error().context(kTable.name));
        messages.push_back(*std::move(message));
    }
    std::ranges::reverse(messages);
    return messages;
}

Result<std::int64_t> prune(Queries& db, Timestamp cutoff, int limit) {
    Result<Rows> rows = db.query(
        "DELETE FROM conversations WHERE id IN (SELECT id FROM conversations "
        "WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)",
        {std::int64_t{cutoff.time_since_epoch().count()}, std::int64_t{limit}});
    if (!rows) return rows.fault();
    return rows->changed;
}

}  // namespace control::conversations
