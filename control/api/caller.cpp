#include "control/api/caller.h"

namespace control {

Caller Caller::local() {
    Caller caller;
    caller.role = TokenRole::admin;
    caller.name = "local";
    caller.sees_all_rows = true;
    return caller;
}

Caller Caller::worker(const std::string& worker_id, const std::string& user_id,
                      const std::vector<std::string>& allowed) {
    Caller caller;
    caller.name = "worker " + worker_id;
    caller.user_id = user_id;
    caller.allowed = contracts::AllowedCommands(contracts::expand_profiles(allowed));
    return caller;
}

Caller Caller::of(const Token& token) {
    Caller caller;
    caller.role = token.role;
    caller.name = "token " + token.prefix;
    caller.user_id = token.user_id.value_or("");
    caller.allowed = contracts::AllowedCommands(contracts::expand_profiles(token.scopes));
    caller.speaks_for_users = token.speaks_for_users;
    caller.sees_all_rows = token.role == TokenRole::admin || token.role == TokenRole::bot;
    return caller;
}

}  // namespace control
