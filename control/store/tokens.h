// Tokens: how a caller on a network proves its identity. A token is "orch_<prefix>_<secret>". The
// prefix finds its row, and only the SHA-256 of the whole is stored. Its creator sees it once.
//
// A token that was created with another one is below it. A narrower bound of the upper token is
// applied to those below in the transaction that changes it, so that each row by itself says what
// its token may do, and one row is enough for a check.
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
    std::optional<std::string> project_id{};  // sees this project alone
    std::vector<std::string> scopes{};        // command patterns; empty allows nothing
    bool speaks_for_users = false;            // whether X-Telegram-ID counts
    std::optional<contracts::Timestamp> expires_at{};
    std::optional<std::string> api_key_id{};  // whose key this is (api_keys.h)
    std::optional<std::string> parent{};      // prefix of the token that it was made with
    std::optional<std::string> account{};     // whose share of requests it uses; absent: its own
};

struct Token : NewToken {
    std::string prefix;
    contracts::Timestamp created_at{};
    std::optional<contracts::Timestamp> revoked_at{};
    std::optional<contracts::Timestamp> used_at{};  // of API keys alone
};

namespace tokens {

// How often a token may be passed on, each time weaker.
inline constexpr int kMaxDepth = 8;

// Returns the token's text. More than kMaxDepth below each other: `conflict`; a parent that has
// ended or allows less by now: `permission`.
[[nodiscard]] Result<std::string> create(Queries& db, const NewToken& token,
                                         contracts::Timestamp now);
// Whether it could be a token at all.
[[nodiscard]] bool has_form(std::string_view text);
// Unknown, wrong, expired and revoked tokens all fail with the same `permission`.
[[nodiscard]] Result<Token> authenticate(Queries& db, std::string_view text,
                                         contracts::Timestamp now);
// The newest first.
[[nodiscard]] Result<std::vector<Token>> list(Queries& db);
// With those below it. No such prefix: `not_found`. Twice is once.
[[nodiscard]] Result<void> revoke(Queries& db, const std::string& prefix, contracts::Timestamp now);
// Changes what a token may; those below it keep what they and it allow. `prefix` must be there.
[[nodiscard]] Result<void> set_scopes(Queries& db, const std::string& prefix,
                                      const std::vector<std::string>& scopes);
// With those below it, and the rows of their keys. Finding none is not a failure.
[[nodiscard]] Result<void> erase(Queries& db, const std::string& prefix);
[[nodiscard]] Result<void> erase_of_worker(Queries& db, const std::string& worker_id);
[[nodiscard]] Result<void> erase_of_user(Queries& db, const std::string& user_id);
// The token of an API key; empty: it has none.
[[nodiscard]] Result<std::optional<Token>> find_of_key(Queries& db, const std::string& api_key_id);
// The token of this prefix, whatever its state; empty: there is none.
[[nodiscard]] Result<std::optional<Token>> find(Queries& db, const std::string& prefix);
// Forgets what expired or was revoked before `cutoff`, at most `limit`: all but keys that were made
// with no other token and to last. Their revocation stays to be seen.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit);
// At the first start there is no token to ask for others with: makes an admin's, and returns it to
// be shown once.
[[nodiscard]] Result<std::optional<std::string>> create_first_admin(Queries& db,
                                                                    contracts::Timestamp now);

}  // namespace tokens
}  // namespace control
