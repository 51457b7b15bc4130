// The chat as the web page has it: what its users wrote there and what they are shown. A message
// waits here until the page's mouth has put it into chat:inbox; a page reads these lines and
// therefore misses none and shows none twice. Functions over Queries.
#pragma once

#include "control/store/entity_table.h"

namespace control {

enum class ChatLineKind { message, answer, progress, notice, error };
inline constexpr std::string_view kChatLineKindNames[] = {"message", "answer", "progress", "notice",
                                                          "error"};
constexpr contracts::Choices choices_of(ChatLineKind) {
    return kChatLineKindNames;
}

struct ChatLine {
    std::string id;
    std::string user_id;
    ChatLineKind kind = ChatLineKind::message;  // `message`: the user's own
    std::string text;
    bool waits = false;  // a message that no daemon has passed on yet
    contracts::Timestamp created_at{};
};
void visit_fields(ChatLine& line, contracts::FieldList& fields);

namespace chat_lines {

using contracts::Timestamp;

inline constexpr std::int64_t kMostWaiting = 50;  // of one user

// The newest first. Users own their rows.
[[nodiscard]] Result<Page<ChatLine>> list(Queries& db, const PageRequest& page);

// A message of the user's. A user who has kMostWaiting: `conflict`.
[[nodiscard]] Result<ChatLine> say(Queries& db, const std::string& user_id, std::string text,
                                   Timestamp now);
// What waits, the oldest first.
[[nodiscard]] Result<std::vector<ChatLine>> waiting(Queries& db, int limit);
[[nodiscard]] Result<void> mark_sent(Queries& db, const std::string& id);

// Shows a reply once: an id that is known changes nothing. An answer, a notice or an error removes
// the user's progress line, which says what happens at the moment.
[[nodiscard]] Result<void> show(Queries& db, const ChatLine& reply, Timestamp now);
// Shows progress in place of the line `id`, or anew.
[[nodiscard]] Result<void> show_progress(Queries& db, const std::string& user_id,
                                         const std::string& id, const std::string& text,
                                         Timestamp now);

// Forgets what is older than `cutoff`, at most `limit`. Returns how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, Timestamp cutoff, int limit);

}  // namespace chat_lines
}  // namespace control
