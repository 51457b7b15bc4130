// Tokens: how a caller on a network proves its identity. A token is "orch_<prefix>_<secret>". The
// prefix finds its row, and only the SHA-256 of the whole is stored. Its creator sees it once.
//
// A token that was created with another one is below it. A restriction of the upper token is
// applied to those below in the same transaction, so that each row by itself has its token's
// permissions, and one row is enough for a check.
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
    std::optional<std::string> user_id{};    // whose rows it sees; administrators see all
    std::optional<std::string> worker_id{};  // ends with this worker
    std::optional<std::string> task_id{};
    std::optional<std::string> project_id{};  // sees only this project
    std::vector<std::string> scopes{};        // command patterns; empty allows nothing
    bool speaks_for_users = false;            // whether X-Telegram-ID is accepted
    std::optional<contracts::Timestamp> expires_at{};
    std::optional<std::string> api_key_id{};  // the API key that it belongs to (api_keys.h)
    std::optional<std::string> parent{};      // prefix of the token that created it
    std::optional<std::string> account{};     // whose request rate it uses; absent: its own
};

struct Token : NewToken {
    std::string prefix;
    contracts::Timestamp created_at{};
    std::optional<contracts::Timestamp> revoked_at{};
    std::optional<contracts::Timestamp> used_at{};  // only for API keys
};

namespace tokens {

// The length of a chain of tokens that created each other.
inline constexpr int kMaxDepth = 8;

// Returns the token's text. A chain of more than kMaxDepth: `conflict`; a parent that has ended or
// has fewer permissions by now: `permission`.
[[nodiscard]] Result<std::string> create(Queries& db, const NewToken& token,
                                         contracts::Timestamp now);
// Whether the text could be a token at all.
[[nodiscard]] bool has_form(std::string_view text);
// Unknown, wrong, expired and revoked tokens all fail with the same `permission`.
[[nodiscard]] Result<Token> authenticate(Queries& db, std::string_view text,
                                         contracts::Timestamp now);
// The newest first.
[[nodiscard]] Result<std::vector<Token>> list(Queries& db);
// Also revokes those below it. No such prefix: `not_found`. Revoking it twice changes nothing.
[[nodiscard]] Result<void> revoke(Queries& db, const std::string& prefix, contracts::Timestamp now);
// Changes a token's permissions; those below it keep what both they and it allow. `prefix` must
// exist.
[[nodiscard]] Result<void> set_scopes(Queries& db, const std::string& prefix,
                                      const std::vector<std::string>& scopes);
// Also erases those below it, and the rows of their keys. Finding none is not a failure.
[[nodiscard]] Result<void> erase(Queries& db, const std::string& prefix);
[[nodiscard]] Result<void> erase_of_worker(Queries& db, const std::string& worker_id);
[[nodiscard]] Result<void> erase_of_user(Queries& db, const std::string& user_id);
// The token of an API key; empty if it has none.
[[nodiscard]] Result<std::optional<Token>> find_of_key(Queries& db, const std::string& api_key_id);
// The token with this prefix, in any state; empty if there is none.
[[nodiscard]] Result<std::optional<Token>> find(Queries& db, const std::string& prefix);
// Erases tokens that expired or were revoked before `cutoff`, at most `limit`, except API keys that
// were created without another token and without an end: their revocation stays visible.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit);
// At the first start there is no token to create others with: creates one for an administrator, and
// returns it to be shown once.
[[nodiscard]] Result<std::optional<std::string>> create_first_admin(Queries& db,
                                                                    contracts::Timestamp now);

}  // namespace tokens
}  // namespace control
