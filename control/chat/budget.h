// A user's commands about money and digests: /budget and /digest. A cap is set once the user has
// written it a second time, followed by "yes".
#pragma once

#include "contracts/entities/entities.h"
#include "control/store/database.h"

#include <string>
#include <string_view>

namespace control::chat {

// The text for the user, also about the user's mistakes. Failure: the store's.
[[nodiscard]] Result<std::string> answer_budget(Queries& db, const contracts::User& user,
                                                std::string_view argument,
                                                contracts::Timestamp now);
[[nodiscard]] Result<std::string> answer_digest(Queries& db, const contracts::User& user,
                                                std::string_view argument,
                                                contracts::Timestamp now);

}  // namespace control::chat
