#include "control/store/health_hours.h"

#include "control/store/run.h"

namespace control::health_hours {

using contracts::Timestamp;

namespace {

std::int64_t hour_of(Timestamp time) {
    return std::chrono::floor<std::chrono::hours>(time.time_since_epoch()) /
           std::chrono::milliseconds(1);
}

}  // namespace

Result<void> count(Queries& db, const std::string& subject, bool answered, Timestamp now) {
    return run(db,
               "INSERT INTO health_hours (subject, begins, hits, misses) VALUES ($1, $2, $3, $4) "
               "ON CONFLICT (subject, begins) DO UPDATE SET hits = health_hours.hits + "
               "excluded.hits, misses = health_hours.misses + excluded.misses",
               {subject, hour_of(now), std::int64_t{answered}, std::int64_t{!answered}});
}

Result<std::vector<Hour>> since(Queries& db, const std::string& subject, Timestamp from) {
    const auto rows = db.query(
        "SELECT begins, hits, misses FROM health_hours WHERE subject = $1 AND begins >= $2 "
        "ORDER BY begins",
        {subject, hour_of(from)});
    if (!rows) return rows.fault();
    std::vector<Hour> hours;
    for (const Row& row : rows->rows)
        hours.push_back({.begins = Timestamp(std::chrono::milliseconds(row.integer(0))),
                         .hits = row.integer(1),
                         .misses = row.integer(2)});
    return hours;
}

Result<std::optional<std::int64_t>> uptime(Queries& db, const std::string& subject,
                                           Timestamp from) {
    const auto hours = since(db, subject, from);
    if (!hours) return hours.fault();
    std::int64_t hits = 0, looks = 0;
    for (const Hour& hour : *hours) {
        hits += hour.hits;
        looks += hour.hits + hour.misses;
    }
    if (looks == 0) return std::nullopt;
    return hits * 1000 / looks;
}

Result<std::int64_t> prune(Queries& db, Timestamp before, int limit) {
    const auto gone = db.query(
        "DELETE FROM health_hours WHERE (subject, begins) IN (SELECT subject, begins FROM "
        "health_hours WHERE begins < $1 ORDER BY begins LIMIT $2)",
        {std::int64_t{before.time_since_epoch().count()}, std::int64_t{limit}});
    if (!gone) return gone.fault();
    return gone->changed;
}

}  // namespace control::health_hours
