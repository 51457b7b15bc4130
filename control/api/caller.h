// The caller of a request and its permissions, established before anything else, from a token or
// from the door that the request came through.
#pragma once

#include "contracts/permissions/allowed_commands.h"
#include "control/store/entity_table.h"
#include "control/store/tokens.h"

#include <string>

namespace control {

struct Caller {
    TokenRole role = TokenRole::worker;
    std::string
        name;  // for the log, and the owner of remembered answers: "token 0a1b…", "worker w1"
    std::string user_id;                      // the user whose rows it sees; empty: none
    std::optional<std::string> project_id{};  // limits it to this project
    std::string worker_id;                    // empty: the caller is not a worker
    std::string token;                        // the token's prefix; empty: identified by the door
    std::string account;                      // whose request rate it uses; empty: its own
    std::optional<contracts::Timestamp> expires_at{};
    contracts::AllowedCommands allowed{};
    bool sees_all_rows = false;
    bool speaks_for_users = false;  // and has not named a user yet
    std::string unnoted_key;        // the API key whose use still has to be recorded

    // A caller that can open a socket in the data directory, which only root can.
    [[nodiscard]] static Caller local();
    // A worker behind its own api.sock. `allowed` is from its configuration; profiles are expanded.
    // `project_id`: the only project that it works on; empty: all projects of its user.
    [[nodiscard]] static Caller worker(const std::string& worker_id, const std::string& user_id,
                                       const std::vector<std::string>& allowed,
                                       const std::string& project_id = {});
    [[nodiscard]] static Caller of(const Token& token, contracts::Timestamp now);

    [[nodiscard]] bool is_admin() const { return role == TokenRole::admin; }
    [[nodiscard]] Owner owner() const;
    // Fails with `permission` if a new row would have no owner.
    [[nodiscard]] Result<void> check_owner() const;
    // The account whose request rate this request uses. A token uses the rate of the token that
    // created it, so more tokens do not give more requests.
    [[nodiscard]] const std::string& charged() const { return account.empty() ? name : account; }
};

}  // namespace control
