#include "control/store/server_access.h"

#include "control/store/run.h"

namespace control::server_access {

namespace {

Result<std::string> text_of(Queries& db, std::string_view sql, const std::string& key) {
    const auto rows = db.query(sql, {key});
    if (!rows) return rows.fault();
    return rows->rows.empty() ? std::string() : rows->rows.front().text(0);
}

}  // namespace

Result<std::string> host_keys(Queries& db, const std::string& server_id) {
    return text_of(db, "SELECT host_keys FROM server_access WHERE server_id = $1", server_id);
}

Result<void> set_host_keys(Queries& db, const std::string& server_id, const std::string& keys) {
    return run(db,
               "INSERT INTO server_access (server_id, host_keys) VALUES ($1, $2) ON CONFLICT "
               "(server_id) DO UPDATE SET host_keys = excluded.host_keys",
               {server_id, keys});
}

Result<std::string> password(Queries& db, const std::string& server_id) {
    return text_of(db, "SELECT password FROM server_access WHERE server_id = $1", server_id);
}

Result<void> set_password(Queries& db, const std::string& server_id, const std::string& sealed) {
    return run(db,
               "INSERT INTO server_access (server_id, password) VALUES ($1, $2) ON CONFLICT "
               "(server_id) DO UPDATE SET password = excluded.password",
               {server_id, sealed});
}

Result<std::optional<KeyPair>> find_key(Queries& db, const std::string& name) {
    const auto rows =
        db.query("SELECT public_key, private_key FROM installation_keys WHERE name = $1", {name});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::nullopt;
    const Row& row = rows->rows.front();
    return KeyPair{.public_key = row.text(0), .private_key = row.text(1)};
}

Result<void> keep_key(Queries& db, const std::string& name, const KeyPair& key,
                      contracts::Timestamp now) {
    return run(db,
               "INSERT INTO installation_keys (name, public_key, private_key, created_at) VALUES "
               "($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING",
               {name, key.public_key, key.private_key, now.time_since_epoch().count()});
}

}  // namespace control::server_access
