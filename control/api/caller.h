// Who asks, and what he may: worked out before anything is done, from a token or from the door that
// the request came through.
#pragma once

#include "contracts/permissions/allowed_commands.h"
#include "control/store/entity_table.h"
#include "control/store/tokens.h"

#include <string>

namespace control {

struct Caller {
    TokenRole role = TokenRole::worker;
    std::string
        name;  // for the log, and whose remembered answers these are: "token 0a1b…", "worker w1"
    std::string user_id;                      // whose rows; empty: nobody's
    std::optional<std::string> project_id{};  // and of them this project's alone
    std::string worker_id;                    // empty: no worker asks
    std::string token;                        // its prefix; empty: known by the door
    std::string account;                      // whose share of requests; empty: his own
    std::optional<contracts::Timestamp> expires_at{};
    contracts::AllowedCommands allowed{};
    bool sees_all_rows = false;
    bool speaks_for_users = false;  // and has not said yet for whom
    std::string unnoted_key;        // the API key whose use is to be noted

    // Whoever may open a socket in the data directory, which is root's alone.
    [[nodiscard]] static Caller local();
    // A worker behind its own api.sock. `allowed` as in its configuration; profiles are expanded.
    // `project_id`: the one project that it works on; empty: all of its user's.
    [[nodiscard]] static Caller worker(const std::string& worker_id, const std::string& user_id,
                                       const std::vector<std::string>& allowed,
                                       const std::string& project_id = {});
    [[nodiscard]] static Caller of(const Token& token, contracts::Timestamp now);

    [[nodiscard]] bool is_admin() const { return role == TokenRole::admin; }
    [[nodiscard]] Owner owner() const;
    // Fails with `permission` where what is made would belong to nobody.
    [[nodiscard]] Result<void> check_owner() const;
    // Whose share of requests this one is taken from. Tokens that were made with another one share
    // with it: more of them are not more requests.
    [[nodiscard]] const std::string& charged() const { return account.empty() ? name : account; }
};

}  // namespace control
