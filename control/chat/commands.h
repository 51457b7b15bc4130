// What a user can ask of the chat itself: /help /new /projects /tasks /budget /digest /servers, and
// as an administrator /workers /kill /retry /adduser. Everything else is for the Product Owner.
#pragma once

#include "contracts/entities/entities.h"
#include "control/chat/turns.h"

#include <string_view>

namespace control::chat {

struct Command {
    std::string_view name;      // "/help"
    std::string_view argument;  // without blanks around it
};

// Empty: it is not one of our commands ("/usr/bin is missing" is a message like any other).
[[nodiscard]] std::optional<Command> command_of(std::string_view text);

// Carries it out and returns what the user is to read. Failure: the store's; what the user got
// wrong is in the text.
[[nodiscard]] Result<std::string> carry_out(Queries& db, const ChatNeeds& needs, Chat& chat,
                                            const contracts::User& user, const Command& command);

}  // namespace control::chat
