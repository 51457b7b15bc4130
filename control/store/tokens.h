// Tokens: how a caller on a network proves who he is. A token is "orch_<prefix>_<secret>"; the
// prefix finds its row, the SHA-256 of the whole is all that is stored of it. Whoever creates one
// sees it once.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/fields/field_list.h"
#include "control/store/database.h"

namespace control {

enum class TokenRole { admin, bot, worker, user };
inline constexpr std::string_view kTokenRoleNames[] = {"admin", "bot", "worker", "user"};
constexpr contracts::Choices choices_of(TokenRole) {
    return kTokenRoleNames;
}

struct NewToken {
    std::string name;  // for people: "ci", "telegram bot"
    TokenRole role = TokenRole::user;
    std::optional<std::string> user_id{};    // whose rows it sees; admins see all
    std::optional<std::string> worker_id{};  // dies with this worker
    std::optional<std::string> task_id{};
    std::vector<std::string> scopes{};  // command patterns; empty allows nothing
    bool speaks_for_users = false;      // whether X-Telegram-ID counts
    std::optional<contracts::Timestamp> expires_at{};
    std::optional<std::string> api_key_id{};  // whose key this is (api_keys.h)
};

struct Token : NewToken {
    std::string prefix;
    contracts::Timestamp created_at{};
    std::optional<contracts::Timestamp> revoked_at{};
    std::optional<contracts::Timestamp> used_at{};  // of API keys alone
};

namespace tokens {

// Returns the token's text.
[[nodiscard]] Result<std::string> create(Queries& db, const NewToken& token,
                                         contracts::Timestamp now);
// Unknown, wrong, expired and revoked tokens are all the same `permission`.
[[nodiscard]] Result<Token> authenticate(Queries& db, std::string_view text,
                                         contracts::Timestamp now);
// The newest first.
[[nodiscard]] Result<std::vector<Token>> list(Queries& db);
// No such prefix: `not_found`. Twice is once.
[[nodiscard]] Result<void> revoke(Queries& db, const std::string& prefix, contracts::Timestamp now);
[[nodiscard]] Result<void> erase_of_worker(Queries& db, const std::string& worker_id);
// At the first start there is no token to ask for others with: makes an admin's, and returns it to
// be shown once.
[[nodiscard]] Result<std::optional<std::string>> create_first_admin(Queries& db,
                                                                    contracts::Timestamp now);

}  // namespace tokens
}  // namespace control
