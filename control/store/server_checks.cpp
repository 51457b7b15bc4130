#include "control/store/server_checks.h"

namespace control::server_checks {

Result<Streak> count(Queries& db, const std::string& server_id, contracts::IncidentType type,
                     const std::string& subject, bool is_bad) {
    const auto rows = db.query(
        "INSERT INTO server_checks (server_id, type, subject, bad, good) VALUES ($1, $2, $3, $4, "
        "$5) ON CONFLICT (server_id, type, subject) DO UPDATE SET "
        "bad = (server_checks.bad + 1) * excluded.bad, "
        "good = (server_checks.good + 1) * excluded.good RETURNING bad, good",
        {server_id, std::string(contracts::to_text(type)), subject, std::int64_t{is_bad},
         std::int64_t{!is_bad}});
    if (!rows) return rows.fault();
    const Row& row = rows->rows.at(0);
    return Streak{.bad = row.integer(0), .good = row.integer(1)};
}

}  // namespace control::server_checks
