// What the Product Owner is told.
#pragma once

#include "contracts/messages/notice.h"
#include "control/store/chats.h"
#include "control/store/conversations.h"

#include <span>

namespace control::chat {

// Built into the program from instructions.md.
[[nodiscard]] std::string_view built_in_instructions();
// Those of the file; the built-in ones where `file` is empty. Failure: it cannot be read, is empty
// or larger than 256 KiB.
[[nodiscard]] Result<std::string> read_instructions(const std::string& file);

// A notice as it waits in a user's line.
[[nodiscard]] std::string notice_for_owner(const contracts::Notice& notice);

// What was said before, for a Product Owner who has not heard it; empty when nothing was.
[[nodiscard]] std::string summary_of(std::span<const contracts::ConversationMessage> messages);

struct Turn {
    std::string summary{};
    std::vector<LineEntry> notices{};
    std::optional<LineEntry> message{};
};
// A message alone is passed on as it is.
[[nodiscard]] std::string prompt_of(const Turn& turn);

// At most `most` bytes, cut at the end of a character.
[[nodiscard]] std::string head_of(std::string_view text, std::size_t most);
// The store and the terminal know no U+0000: it becomes U+FFFD.
[[nodiscard]] std::string without_nul(std::string text);

}  // namespace control::chat
