#include "control/store/digests.h"

#include "control/store/run.h"

namespace control::digests {

using contracts::Timestamp;

namespace {

constexpr std::int64_t kProjectsTold = 20;
constexpr std::int64_t kQuestionsTold = 10;

std::int64_t count_of(Timestamp time) {
    return time.time_since_epoch().count();
}

Timestamp next_after(DigestFrequency frequency, Timestamp now) {
    return now +
           (frequency == DigestFrequency::weekly ? std::chrono::days(7) : std::chrono::days(1));
}

Result<void> read_projects(Queries& db, const std::string& user_id, Timestamp since,
                           Standing& standing) {
    // A task whose flow waits for an answer has status failed for now; it is reported as a
    // question.
    Result<Rows> found = db.query(
        "SELECT projects.name, "
        "CAST(SUM(CASE WHEN tasks.status = 'completed' AND tasks.type = 'engineering' THEN 1 ELSE "
        "0 END) AS BIGINT), "
        "CAST(SUM(CASE WHEN tasks.status = 'completed' AND tasks.type = 'deploy' THEN 1 ELSE 0 "
        "END) AS BIGINT), "
        "CAST(SUM(CASE WHEN tasks.status = 'failed' AND NOT EXISTS (SELECT 1 FROM threads WHERE "
        "threads.subject = tasks.id AND threads.status = 'blocked') THEN 1 ELSE 0 END) AS BIGINT) "
        "FROM tasks JOIN projects ON projects.id = tasks.project_id "
        "WHERE projects.owner_id = $1 AND tasks.updated_at >= $2 "
        "GROUP BY projects.id, projects.name ORDER BY projects.name LIMIT $3",
        {user_id, count_of(since), kProjectsTold});
    if (!found) return found.fault();
    for (const Row& row : found->rows)
        standing.projects.push_back({row.text(0), row.integer(1), row.integer(2), row.integer(3)});
    return {};
}

Result<void> read_questions(Queries& db, const std::string& user_id, Standing& standing) {
    Result<Rows> found = db.query(
        "SELECT projects.name, threads.reason FROM threads JOIN tasks ON tasks.id = "
        "threads.subject JOIN projects ON projects.id = tasks.project_id "
        "WHERE threads.status = 'blocked' AND projects.owner_id = $1 "
        "ORDER BY threads.updated_at DESC, threads.id LIMIT $2",
        {user_id, kQuestionsTold});
    if (!found) return found.fault();
    for (const Row& row : found->rows)
        standing.questions.push_back({row.text(0), row.text(1)});
    return {};
}

Result<void> read_deployments(Queries& db, const std::string& user_id, Timestamp since,
                              Standing& standing) {
    Result<Rows> found = db.query(
        "SELECT projects.name, service_deployments.status, service_deployments.url, "
        "service_deployments.health_since FROM service_deployments JOIN projects ON projects.id = "
        "service_deployments.project_id WHERE projects.owner_id = $1 "
        "ORDER BY projects.name, service_deployments.id LIMIT $2",
        {user_id, kProjectsTold});
    if (!found) return found.fault();
    for (const Row& row : found->rows) {
        Standing::Deployment deployment{row.text(0), row.text(1), row.text(2), {}};
        if (const auto at = row.optional_integer(3))
            deployment.since = Timestamp(std::chrono::milliseconds(*at));
        standing.deployments.push_back(std::move(deployment));
    }
    found = db.query(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN incidents.status = 'resolved' THEN 0 ELSE 1 "
        "END), 0) AS BIGINT) FROM incidents WHERE incidents.created_at >= $1 AND "
        "incidents.server_id IN (SELECT service_deployments.server_id FROM service_deployments "
        "JOIN projects ON projects.id = service_deployments.project_id "
        "WHERE projects.owner_id = $2)",
        {count_of(since), user_id});
    if (!found) return found.fault();
    standing.incidents = found->rows.front().integer(0);
    standing.open_incidents = found->rows.front().integer(1);
    return {};
}

}  // namespace

Result<void> set(Queries& db, const std::string& user_id, DigestFrequency frequency,
                 Timestamp now) {
    if (frequency == DigestFrequency::off)
        return run(db, "DELETE FROM digests WHERE user_id = $1", {user_id});
    return run(db,
               "INSERT INTO digests (user_id, frequency, since, next_at) VALUES ($1, $2, $3, $4) "
               "ON CONFLICT (user_id) DO UPDATE SET frequency = excluded.frequency, "
               "next_at = excluded.next_at",
               {user_id, std::string(contracts::to_text(frequency)), count_of(now),
                count_of(next_after(frequency, now))});
}

Result<DigestFrequency> find(Queries& db, const std::string& user_id) {
    Result<Rows> found = db.query("SELECT frequency FROM digests WHERE user_id = $1", {user_id});
    if (!found) return found.fault();
    if (found->rows.empty()) return DigestFrequency::off;
    return contracts::parse_choice<DigestFrequency>(found->rows.front().text(0))
        .value_or(DigestFrequency::off);
}

Result<std::vector<DigestRow>> due(Queries& db, Timestamp now, int limit) {
    Result<Rows> found = db.query(
        "SELECT user_id, frequency, since FROM digests WHERE next_at <= $1 "
        "ORDER BY next_at, user_id LIMIT $2",
        {count_of(now), std::int64_t{limit}});
    if (!found) return found.fault();
    std::vector<DigestRow> due;
    for (const Row& row : found->rows)
        due.push_back(
            {row.text(0),
             contracts::parse_choice<DigestFrequency>(row.text(1)).value_or(DigestFrequency::daily),
             Timestamp(std::chrono::milliseconds(row.integer(2)))});
    return due;
}

Result<void> told(Queries& db, const DigestRow& row, Timestamp now) {
    return run(db, "UPDATE digests SET since = $1, next_at = $2 WHERE user_id = $3",
               {count_of(now), count_of(next_after(row.frequency, now)), row.user_id});
}

Result<Standing> standing(Queries& db, const std::string& user_id, Timestamp since) {
    Standing standing;
    Result<void> done = read_projects(db, user_id, since, standing);
    if (done) done = read_questions(db, user_id, standing);
    if (done) done = read_deployments(db, user_id, since, standing);
    if (!done) return done.fault();
    return standing;
}

}  // namespace control::digests
