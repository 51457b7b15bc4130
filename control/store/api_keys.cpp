#include "control/store/api_keys.h"

#include "control/store/tokens.h"

namespace control::api_keys {

namespace {

constexpr EntityTable kTable{"api_keys", "API key", "'' <> ", ""};

Result<void> run(Queries& db, std::string_view sql, std::vector<Value> values) {
    Result<Rows> rows = db.query(sql, std::move(values));
    if (!rows) return fail(std::move(rows.error()));
    return {};
}

}  // namespace

Result<Page<ApiKey>> list(Queries& db, const PageRequest& page) {
    return list_entities<ApiKey>(db, kTable, page);
}

Result<Stored<ApiKey>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<ApiKey>(db, kTable, id, owner);
}

Result<std::string> insert(Queries& db, const ApiKey& key) {
    if (Result<void> inserted = insert_entity(db, kTable, key); !inserted)
        return fail(std::move(inserted.error()));
    return tokens::create(
        db, {.name = key.name, .role = TokenRole::bot, .scopes = key.scopes, .api_key_id = key.id},
        key.created_at);
}

Result<void> update(Queries& db, const Stored<ApiKey>& key) {
    if (Result<void> updated = update_entity(db, kTable, key); !updated) return updated;
    const ApiKey& row = key.entity;
    return run(
        db, "UPDATE tokens SET name = $1, scopes = $2, revoked_at = $3 WHERE api_key_id = $4",
        {row.name, contracts::dump_json(row.scopes),
         row.revoked_at ? Value(std::int64_t{row.revoked_at->time_since_epoch().count()}) : Value(),
         row.id});
}

Result<void> erase(Queries& db, const std::string& id) {
    if (Result<void> gone = run(db, "DELETE FROM tokens WHERE api_key_id = $1", {id}); !gone)
        return gone;
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
