// Commands that the chat itself answers: /help /new /projects /tasks /budget /digest /servers, and
// for administrators /workers /kill /retry /adduser. Everything else goes to the Product Owner.
#pragma once

#include "contracts/entities/entities.h"
#include "control/chat/turns.h"

#include <string_view>

namespace control::chat {

struct Command {
    std::string_view name;      // "/help"
    std::string_view argument;  // without blanks around it
};

// Empty if it is not one of our commands ("/usr/bin is missing" is an ordinary message).
[[nodiscard]] std::optional<Command> command_of(std::string_view text);

// Carries it out and returns the text for the user, also about the user's mistakes. Failure: the
// store's.
[[nodiscard]] Result<std::string> carry_out(Queries& db, const ChatNeeds& needs, Chat& chat,
                                            const contracts::User& user, const Command& command);

}  // namespace control::chat
