// What a user asks of the chat about money and digests: /budget and /digest. A cap is set once the
// user has written it twice: the second time with "yes" behind it.
#pragma once

#include "contracts/entities/entities.h"
#include "control/store/database.h"

#include <string>
#include <string_view>

namespace control::chat {

// What the user is to read. Failure: the store's; what the user got wrong is in the text.
[[nodiscard]] Result<std::string> answer_budget(Queries& db, const contracts::User& user,
                                                std::string_view argument,
                                                contracts::Timestamp now);
[[nodiscard]] Result<std::string> answer_digest(Queries& db, const contracts::User& user,
                                                std::string_view argument,
                                                contracts::Timestamp now);

}  // namespace control::chat
