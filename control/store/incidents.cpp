#include "control/store/incidents.h"

#include "contracts/base/id.h"

namespace control::incidents {

namespace {

constexpr EntityTable kTable{"incidents", "incident", kAnybodys, "", kAnybodys};

}  // namespace

Result<Page<Incident>> list(Queries& db, const PageRequest& page) {
    return list_entities<Incident>(db, kTable, page);
}

Result<Stored<Incident>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<Incident>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const Incident& row) {
    return insert_entity(db, kTable, row);
}

Result<bool> open_once(Queries& db, Incident row, Timestamp now) {
    const auto refreshed = db.query(
        "UPDATE incidents SET description = $1, details = $2, version = version + 1 WHERE "
        "COALESCE(server_id, '') = $3 AND type = $4 AND subject = $5 AND status = 'open'",
        {row.description ? Value(*row.description) : Value(), contracts::dump_json(row.details),
         row.server_id.value_or(""), std::string(contracts::to_text(row.type)),
         row.subject.value_or("")});
    if (!refreshed) return refreshed.fault();
    if (refreshed->changed > 0) return false;
    row.id = contracts::make_uuid7(now);
    row.status = contracts::IncidentStatus::open;
    row.created_at = now;
    if (Result<void> put = insert(db, row); !put) return put.fault();
    return true;
}

Result<bool> resolve(Queries& db, const std::optional<std::string>& server_id,
                     contracts::IncidentType type, const std::string& subject, Timestamp now) {
    const auto put = db.query(
        "UPDATE incidents SET status = 'resolved', resolved_at = $1, version = version + 1 WHERE "
        "COALESCE(server_id, '') = $2 AND type = $3 AND subject = $4 AND status = 'open'",
        {now.time_since_epoch().count(), server_id.value_or(""),
         std::string(contracts::to_text(type)), subject});
    if (!put) return put.fault();
    return put->changed > 0;
}

Result<void> update(Queries& db, const Stored<Incident>& row) {
    return update_entity(db, kTable, row);
}

Result<void> erase(Queries& db, const std::string& id) {
    return rows::erase(db, kTable, id);
}

}  // namespace control::incidents
