#include "control/api/caller.h"

#include "control/store/api_keys.h"

namespace control {

Caller Caller::local() {
    Caller caller;
    caller.role = TokenRole::admin;
    caller.name = "local";
    caller.sees_all_rows = true;
    return caller;
}

Caller Caller::worker(const std::string& worker_id, const std::string& user_id,
                      const std::vector<std::string>& allowed, const std::string& project_id) {
    Caller caller;
    caller.name = "worker " + worker_id;
    caller.user_id = user_id;
    if (!project_id.empty()) caller.project_id = project_id;
    caller.worker_id = worker_id;
    caller.allowed = contracts::AllowedCommands(contracts::expand_profiles(allowed));
    return caller;
}

Caller Caller::of(const Token& token, contracts::Timestamp now) {
    Caller caller;
    caller.role = token.role;
    caller.name = "token " + token.prefix;
    caller.user_id = token.user_id.value_or("");
    caller.project_id = token.project_id;
    caller.worker_id = token.worker_id.value_or("");
    caller.token = token.prefix;
    caller.account = token.account.value_or("");
    caller.expires_at = token.expires_at;
    caller.allowed = contracts::AllowedCommands(contracts::expand_profiles(token.scopes));
    caller.speaks_for_users = token.speaks_for_users;
    caller.sees_all_rows = token.role == TokenRole::admin || token.role == TokenRole::bot;
    if (token.api_key_id && (!token.used_at || *token.used_at + api_keys::kUseNoted <= now))
        caller.unnoted_key = *token.api_key_id;
    return caller;
}

Result<void> Caller::check_owner() const {
    if (is_admin() || !user_id.empty()) return {};
    if (speaks_for_users)
        return fail(ErrorKind::permission, "the request is not made for a user", "X-Telegram-ID",
                    "send X-Telegram-ID to name the user");
    // A caller that sees all rows also sees those without an owner.
    if (sees_all_rows) return {};
    return fail(ErrorKind::permission, "the token does not belong to a user", {},
                "use a user's token");
}

Owner Caller::owner() const {
    Owner owner;
    if (!sees_all_rows) owner.user_id = user_id;
    owner.project_id = project_id;
    if (!is_admin()) owner.maker = name;
    return owner;
}

}  // namespace control
