// The texts that the Product Owner receives.
#pragma once

#include "contracts/messages/notice.h"
#include "control/store/chats.h"
#include "control/store/conversations.h"

#include <span>

namespace control::chat {

// Built into the program from instructions.md.
[[nodiscard]] std::string_view built_in_instructions();
// The instructions in the file; the built-in ones if `file` is empty. Failure: it cannot be read,
// is empty or larger than 256 KiB.
[[nodiscard]] Result<std::string> read_instructions(const std::string& file);

// A notice as it waits among a user's messages.
[[nodiscard]] std::string notice_for_owner(const contracts::Notice& notice);

// The conversation so far, for a Product Owner that does not know it; empty if there was none.
[[nodiscard]] std::string summary_of(std::span<const contracts::ConversationMessage> messages);

struct Turn {
    std::string summary{};
    std::vector<LineEntry> notices{};
    std::optional<LineEntry> message{};
};
// A single message is passed on unchanged.
[[nodiscard]] std::string prompt_of(const Turn& turn);

// At most `most` bytes, cut at the end of a character.
[[nodiscard]] std::string head_of(std::string_view text, std::size_t most);
// The store and the terminal do not support U+0000: it becomes U+FFFD.
[[nodiscard]] std::string without_nul(std::string text);

}  // namespace control::chat
