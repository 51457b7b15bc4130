#include "control/store/forge_deliveries.h"

#include "contracts/base/text.h"

#include <algorithm>

namespace control::forge_deliveries {

namespace {

std::int64_t ms(contracts::Timestamp at) {
    return at.time_since_epoch().count();
}

// Whether a project's URL ("https://host/Owner/name.git") is that of "owner/name".
bool is_url_of(std::string_view url, std::string_view repository) {
    if (std::ranges::count(repository, '/') != 1) return false;
    std::string text = contracts::lower_case(url);
    while (text.ends_with('/'))
        text.pop_back();
    if (text.ends_with(".git")) text.resize(text.size() - 4);
    return text.ends_with('/' + contracts::lower_case(repository));
}

}  // namespace

Result<bool> receive(Queries& db, const ForgeDelivery& delivery) {
    Result<Rows> rows = db.query(
        "INSERT INTO forge_deliveries (id, repository, event, heard, created_at) "
        "VALUES ($1, $2, $3, 0, $4) ON CONFLICT (id) DO NOTHING",
        {delivery.id, delivery.repository, delivery.event, ms(delivery.created_at)});
    if (!rows) return rows.fault();
    return rows->changed > 0;
}

Result<std::vector<ForgeDelivery>> unheard(Queries& db, int limit) {
    Result<Rows> rows = db.query(
        "SELECT id, repository, event, created_at FROM forge_deliveries WHERE heard = 0 "
        "ORDER BY created_at, id LIMIT $1",
        {std::int64_t{limit}});
    if (!rows) return rows.fault();
    std::vector<ForgeDelivery> found;
    for (const Row& row : rows->rows)
        found.push_back({row.text(0), row.text(1), row.text(2),
                         contracts::Timestamp(std::chrono::milliseconds(row.integer(3)))});
    return found;
}

Result<void> mark_heard(Queries& db, const std::string& id) {
    Result<Rows> rows = db.query("UPDATE forge_deliveries SET heard = 1 WHERE id = $1", {id});
    return rows ? Result<void>() : rows.fault();
}

Result<std::vector<std::string>> looks(Queries& db, const std::string& repository) {
    Result<Rows> rows = db.query(
        "SELECT thread_waits.key, projects.repository_url FROM thread_waits "
        "JOIN threads ON threads.id = thread_waits.thread_id "
        "JOIN tasks ON tasks.id = threads.subject "
        "JOIN projects ON projects.id = tasks.project_id "
        "WHERE thread_waits.active = 1 AND thread_waits.key LIKE $1 "
        "AND projects.repository_url IS NOT NULL",
        {std::string(kLook) + ":%"});
    if (!rows) return rows.fault();
    std::vector<std::string> keys;
    for (const Row& row : rows->rows)
        if (is_url_of(row.text(1), repository)) keys.push_back(row.text(0));
    return keys;
}

Result<std::int64_t> prune(Queries& db, contracts::Timestamp older, int limit) {
    Result<Rows> rows = db.query(
        "DELETE FROM forge_deliveries WHERE id IN (SELECT id FROM forge_deliveries WHERE "
        "created_at < $1 ORDER BY created_at, id LIMIT $2)",
        {ms(older), std::int64_t{limit}});
    if (!rows) return rows.fault();
    return rows->changed;
}

}  // namespace control::forge_deliveries
