#include "control/store/api_keys.h"

#include "control/store/run.h"

namespace control::api_keys {

namespace {

constexpr EntityTable kTable{"api_keys",      "API key", kAnybodys,   "",
                             "project_id = ", "",        "made_by = "};

}  // namespace

Result<Page<ApiKey>> list(Queries& db, const PageRequest& page) {
    return list_entities<ApiKey>(db, kTable, page);
}

Result<Stored<ApiKey>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<ApiKey>(db, kTable, id, owner);
}

Result<std::string> insert(Queries& db, const ApiKey& key, const Maker& maker) {
    if (Result<void> inserted = insert_entity(db, kTable, key, {{"made_by", maker.name}});
        !inserted)
        return inserted.fault();
    NewToken token{.name = key.name, .role = maker.role};
    token.user_id = key.user_id;
    token.worker_id = maker.worker_id;
    token.project_id = key.project_id;
    token.scopes = key.scopes;
    token.speaks_for_users = key.speaks_for_users;
    token.expires_at = key.expires_at;
    token.api_key_id = key.id;
    token.parent = maker.token;
    token.account = maker.account;
    return tokens::create(db, token, key.created_at);
}

Result<void> update(Queries& db, const Stored<ApiKey>& key) {
    const ApiKey& row = key.entity;
    Result<std::optional<Token>> token = tokens::find_of_key(db, row.id);
    if (!token) return token.fault();
    // The row as it was read is written first: the next statements change rows of other keys, and
    // in this row only what was written here.
    if (Result<void> updated = update_entity(db, kTable, key); !updated || !*token) return updated;
    if (Result<void> named =
            run(db, "UPDATE tokens SET name = $1 WHERE api_key_id = $2", {row.name, row.id});
        !named)
        return named;
    if (row.scopes != (*token)->scopes)
        if (Result<void> set = tokens::set_scopes(db, (*token)->prefix, row.scopes); !set)
            return set;
    if (row.revoked_at && !(*token)->revoked_at)
        return tokens::revoke(db, (*token)->prefix, *row.revoked_at);
    return {};
}

Result<void> erase(Queries& db, const std::string& id) {
    Result<std::optional<Token>> token = tokens::find_of_key(db, id);
    if (!token) return token.fault();
    if (*token) return tokens::erase(db, (*token)->prefix);
    return rows::erase(db, kTable, id);
}

Result<void> note_use(Queries& db, const std::string& id, Timestamp now) {
    const std::int64_t at = now.time_since_epoch().count();
    if (Result<void> noted =
            run(db, "UPDATE tokens SET used_at = $1 WHERE api_key_id = $2", {at, id});
        !noted)
        return noted;
    return run(db, "UPDATE api_keys SET last_used_at = $1 WHERE id = $2", {at, id});
}

}  // namespace control::api_keys
