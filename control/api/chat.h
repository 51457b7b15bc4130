// The chat of the signed-in person, as the web page shows it. A user's token speaks for that user;
// an administrator's token without a user speaks as the oldest administrator, as
// `orchestratord chat` does.
#pragma once

#include "control/api/caller.h"
#include "control/api/exchange.h"
#include "control/store/chat_lines.h"

namespace control {

struct NewChatLine {
    std::string text;
};
void visit_fields(NewChatLine& line, contracts::FieldList& fields);

struct ChatLineResource {
    using Entity = ChatLine;
    using New = NewChatLine;
    static constexpr bool kWakes = true;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
};

// An administrator without a user, whose token is not narrowed to a project.
[[nodiscard]] bool speaks_as_administrator(const Caller& caller);

void handle_chat_lines(Exchange&& exchange);

}  // namespace control
