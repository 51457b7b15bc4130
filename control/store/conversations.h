// Conversations: the messages of chats, kept for the user and for the summary that a new Product
// Owner starts with.
#pragma once

#include "contracts/entities/conversation.h"
#include "control/store/entity_table.h"

namespace control::conversations {

using contracts::ConversationMessage;
using contracts::Timestamp;

// Filters: role, channel. Users own their rows.
[[nodiscard]] Result<Page<ConversationMessage>> list(Queries& db, const PageRequest& page);
// `correlation_id` is that of the request that the message belongs to; empty: unknown.
[[nodiscard]] Result<void> insert(Queries& db, const ConversationMessage& message,
                                  const std::string& correlation_id = {});
// The user's last messages that are not older than `since`, the oldest first.
[[nodiscard]] Result<std::vector<ConversationMessage>> last(Queries& db, const std::string& user_id,
                                                            Timestamp since, int limit);
// Forgets messages older than `cutoff`, at most `limit`. Returns how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, Timestamp cutoff, int limit);

}  // namespace control::conversations
