// API keys as the API serves them (see resources.h), and who may create which.
//
// A key can never do more than the key that created it: omitted limits are inherited, wider ones
// are refused. Administrators may change keys; others may revoke those they created.
#pragma once

#include "control/api/caller.h"
#include "control/store/api_keys.h"

namespace control {

struct NewApiKey {
    std::string name;
    std::vector<std::string> scopes;
    std::optional<std::string> user_id;
    std::optional<std::string> project_id;
    std::optional<std::string> worker_id;  // it is this worker's token, and ends with it
    bool speaks_for_users = false;
    std::optional<std::int64_t> expires_in;          // seconds
    std::optional<contracts::Timestamp> expires_at;  // instead of expires_in
};
void visit_fields(NewApiKey& row, contracts::FieldList& fields);

struct ApiKeyChange {
    std::optional<std::string> name;
    std::optional<std::vector<std::string>> scopes;
    std::optional<bool> revoked;
};
void visit_fields(ApiKeyChange& change, contracts::FieldList& fields);

struct ApiKeyResource {
    using Entity = contracts::ApiKey;
    using New = NewApiKey;
    using Change = ApiKeyChange;
    static constexpr auto list = &api_keys::list;
    static constexpr auto find = &api_keys::find;
    static constexpr auto update = &api_keys::update;
    static constexpr auto erase = &api_keys::erase;
    [[nodiscard]] static Result<contracts::CreatedApiKey> make(Queries& db, const Caller& caller,
                                                               New&& body,
                                                               contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

}  // namespace control
