#include "control/store/traces.h"

#include "control/store/run.h"
#include "control/store/stored_time.h"

namespace control::traces {

Result<std::optional<Place>> place(Queries& db, const std::string& name) {
    Result<Rows> found = db.query("SELECT at, id FROM trace_places WHERE name = $1", {name});
    if (!found) return found.fault();
    if (found->rows.empty()) return std::optional<Place>();
    return std::optional(Place{time_of(found->rows[0].integer(0)), found->rows[0].text(1)});
}

Result<void> save_place(Queries& db, const std::string& name, const Place& place) {
    return run(db,
               "INSERT INTO trace_places (name, at, id) VALUES ($1, $2, $3) "
               "ON CONFLICT (name) DO UPDATE SET at = excluded.at, id = excluded.id",
               {name, stored(place.at), place.id});
}

Result<std::vector<EndedFlow>> ended_flows(Queries& db, const Place& after, Timestamp until,
                                           int limit) {
    Result<Rows> found = db.query(
        "SELECT id, graph, subject, status, reason, state, created_at, updated_at "
        "FROM threads WHERE status IN ('completed', 'failed', 'cancelled') "
        "AND (updated_at, id) > ($1, $2) AND updated_at <= $3 ORDER BY updated_at, id LIMIT $4",
        {stored(after.at), after.id, stored(until), std::int64_t{limit}});
    if (!found) return found.fault();
    std::vector<EndedFlow> flows;
    for (const Row& row : found->rows)
        flows.push_back({.id = row.text(0),
                         .graph = row.text(1),
                         .subject = row.text(2),
                         .status = row.text(3),
                         .reason = row.text(4),
                         .state = row.text(5),
                         .began_at = time_of(row.integer(6)),
                         .ended_at = time_of(row.integer(7))});
    return flows;
}

Result<std::vector<Answered>> answered(Queries& db, const Place& after, Timestamp until,
                                       int limit) {
    Result<Rows> found = db.query(
        "SELECT a.id, a.user_id, a.channel, a.correlation_id, MIN(m.created_at), a.created_at "
        "FROM conversations a JOIN conversations m ON m.correlation_id = a.correlation_id "
        "AND m.user_id = a.user_id AND m.role = 'user' "
        "WHERE a.role = 'owner' AND (a.created_at, a.id) > ($1, $2) AND a.created_at <= $3 "
        "AND NOT EXISTS (SELECT 1 FROM conversations b WHERE b.correlation_id = a.correlation_id "
        "AND b.role = 'owner' AND (b.created_at, b.id) < (a.created_at, a.id)) "
        "GROUP BY a.id, a.user_id, a.channel, a.correlation_id, a.created_at "
        "ORDER BY a.created_at, a.id LIMIT $4",
        {stored(after.at), after.id, stored(until), std::int64_t{limit}});
    if (!found) return found.fault();
    std::vector<Answered> all;
    for (const Row& row : found->rows)
        all.push_back({.id = row.text(0),
                       .user_id = row.text(1),
                       .channel = row.text(2),
                       .correlation_id = row.text(3),
                       .asked_at = time_of(row.integer(4)),
                       .answered_at = time_of(row.integer(5))});
    return all;
}

Result<bool> began_in_chat(Queries& db, const std::string& correlation_id) {
    Result<Rows> found =
        db.query("SELECT 1 FROM conversations WHERE correlation_id = $1 AND role = 'user' LIMIT 1",
                 {correlation_id});
    if (!found) return found.fault();
    return !found->rows.empty();
}

}  // namespace control::traces
