#include "control/store/live_settings.h"

#include "contracts/base/id.h"
#include "control/store/run.h"

namespace control::live_settings {

using contracts::Timestamp;

namespace {

Result<std::vector<Change>> read_changes(Result<Rows> rows) {
    if (!rows) return rows.fault();
    std::vector<Change> all;
    for (const Row& row : rows->rows)
        all.push_back({.name = row.text(0),
                       .value = row.optional_text(1),
                       .changed_by = row.text(2),
                       .changed_at = Timestamp(std::chrono::milliseconds(row.integer(3)))});
    return all;
}

}  // namespace

Result<std::vector<Change>> all(Queries& db) {
    return read_changes(
        db.query("SELECT name, value, changed_by, changed_at FROM live_settings ORDER BY name"));
}

Result<void> set(Queries& db, const Change& change) {
    const std::int64_t at = change.changed_at.time_since_epoch().count();
    if (Result<void> noted =
            run(db,
                "INSERT INTO setting_changes (id, name, value, changed_by, changed_at) VALUES "
                "($1, $2, $3, $4, $5)",
                {contracts::make_uuid7(change.changed_at), change.name,
                 change.value ? Value(*change.value) : Value(), change.changed_by, at});
        !noted)
        return noted;
    if (!change.value) return run(db, "DELETE FROM live_settings WHERE name = $1", {change.name});
    return run(db,
               "INSERT INTO live_settings (name, value, changed_by, changed_at) VALUES ($1, $2, "
               "$3, $4) ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_by = "
               "excluded.changed_by, changed_at = excluded.changed_at",
               {change.name, *change.value, change.changed_by, at});
}

Result<std::vector<Change>> changes(Queries& db, std::size_t limit) {
    return read_changes(
        db.query("SELECT name, value, changed_by, changed_at FROM setting_changes ORDER BY "
                 "changed_at DESC, id DESC LIMIT $1",
                 {static_cast<std::int64_t>(limit)}));
}

Result<std::int64_t> prune(Queries& db, Timestamp before, int limit) {
    const auto gone = db.query(
        "DELETE FROM setting_changes WHERE id IN (SELECT id FROM setting_changes WHERE changed_at "
        "< $1 ORDER BY changed_at, id LIMIT $2)",
        {std::int64_t{before.time_since_epoch().count()}, std::int64_t{limit}});
    if (!gone) return gone.fault();
    return gone->changed;
}

}  // namespace control::live_settings
