#include "control/scheduler/deployment_health.h"

#include "contracts/base/id.h"
#include "contracts/base/json.h"
#include "control/scheduler/health_notice.h"
#include "control/store/incidents.h"

namespace control {

using contracts::Json;
using contracts::Timestamp;

namespace {

// The incident's type is fixed by the contract.
constexpr const char* kServiceDown = "service_down";
constexpr std::size_t kMostReason = 1000;

struct Watched {
    std::string id;
    std::string project_id;
    std::string server_id;
    std::string service;
    std::string url;
    std::string status;
    std::int64_t misses = 0;
    std::int64_t hits = 0;
    std::int64_t version = 0;
    std::string project_name;
    std::string told;
    std::optional<Timestamp> told_down_at;
    std::optional<Timestamp> told_up_at;
};

std::optional<Timestamp> time_in(const Row& row, std::size_t column) {
    if (row.is_null(column)) return std::nullopt;
    return Timestamp(std::chrono::milliseconds(row.integer(column)));
}

Result<std::vector<Watched>> watched_deployments(Queries& db) {
    const auto rows = db.query(
        "SELECT d.id, d.project_id, d.server_id, d.service_name, d.url, d.health, d.status, "
        "d.misses, d.hits, d.version, p.name, d.told, d.told_down_at, d.told_up_at "
        "FROM service_deployments d JOIN projects p ON p.id = d.project_id "
        "WHERE d.status IN ('active', 'failed') AND d.url IS NOT NULL ORDER BY d.id");
    if (!rows) return fail(rows.error());
    std::vector<Watched> all;
    for (const Row& row : rows->rows)
        all.push_back({.id = row.text(0),
                       .project_id = row.text(1),
                       .server_id = row.text(2),
                       .service = row.text(3),
                       .url = row.text(4) + row.text(5),
                       .status = row.text(6),
                       .misses = row.integer(7),
                       .hits = row.integer(8),
                       .version = row.integer(9),
                       .project_name = row.text(10),
                       .told = row.text(11),
                       .told_down_at = time_in(row, 12),
                       .told_up_at = time_in(row, 13)});
    return all;
}

Result<bool> has_open_incident(Queries& db, const Watched& one) {
    const auto rows = db.query(
        "SELECT id FROM incidents WHERE server_id = $1 AND type = $2 AND subject = $3 AND "
        "status = 'open'",
        {one.server_id, std::string(kServiceDown), one.id});
    if (!rows) return fail(rows.error());
    return !rows->rows.empty();
}

Result<void> open_incident(Queries& db, const Watched& one, const std::string& reason,
                           Timestamp now) {
    const auto open = has_open_incident(db, one);
    if (!open) return fail(open.error());
    if (*open) return {};
    const Json details{{"project_id", one.project_id}, {"url", one.url}};
    const auto put = db.query(
        "INSERT INTO incidents (id, server_id, severity, status, title, description, created_at, "
        "version, type, subject, details) VALUES ($1, $2, 'high', 'open', $3, $4, $5, 1, $6, $7, "
        "$8)",
        {contracts::make_uuid7(now), one.server_id, "The service " + one.service + " is down",
         reason, now.time_since_epoch().count(), std::string(kServiceDown), one.id,
         contracts::dump_json(details)});
    return put ? Result<void>() : fail(put.error());
}

Result<void> resolve_incident(Queries& db, const Watched& one, Timestamp now) {
    const auto resolved =
        incidents::resolve(db, one.server_id, contracts::IncidentType::service_down, one.id, now);
    return resolved ? Result<void>() : fail(resolved.error());
}

// What the row says after this look.
struct Verdict {
    std::int64_t misses = 0;
    std::int64_t hits = 0;
    bool goes_down = false;
    bool comes_up = false;
    bool is_well = false;  // as of this look: a newer version may have brought it up
};

Verdict judge(const Watched& one, bool answered) {
    Verdict verdict{.misses = answered ? 0 : one.misses + 1, .hits = answered ? one.hits + 1 : 0};
    verdict.goes_down = one.status == "active" && verdict.misses >= kMissesUntilDown;
    verdict.is_well = verdict.hits == kHitsUntilUp;
    verdict.comes_up = one.status == "failed" && verdict.hits >= kHitsUntilUp;
    return verdict;
}

HealthNews news_of(const Watched& one, bool is_up, const std::string& reason) {
    return {.deployment_id = one.id,
            .project_id = one.project_id,
            .project_name = one.project_name,
            .server_id = one.server_id,
            .url = one.url,
            .is_up = is_up,
            .reason = reason,
            .told = one.told,
            .told_at = is_up ? one.told_up_at : one.told_down_at};
}

// False: somebody changed the row since it was read.
Result<bool> write_look(Queries& db, const Watched& one, const Verdict& verdict,
                        const std::string& reason, Timestamp now) {
    const std::string status = verdict.goes_down  ? "failed"
                               : verdict.comes_up ? "active"
                                                  : one.status;
    const auto put = db.query(
        "UPDATE service_deployments SET misses = $1, hits = $2, status = $3, "
        "last_health_check = $4, version = version + 1 WHERE id = $5 AND version = $6",
        {verdict.misses, verdict.hits, status, now.time_since_epoch().count(), one.id,
         one.version});
    if (!put) return fail(put.error());
    if (put->changed == 0) return false;
    if (verdict.goes_down || verdict.comes_up) {
        const auto noted = db.query(
            "UPDATE service_deployments SET error = $1, health_since = $2 WHERE id = $3",
            {verdict.goes_down ? Value(reason) : Value(), now.time_since_epoch().count(), one.id});
        if (!noted) return fail(noted.error());
    }
    if (auto told = tell_admins(db, news_of(one, status == "active", reason), now); !told)
        return fail(std::move(told.error()));
    const auto done = verdict.goes_down ? open_incident(db, one, reason, now)
                      : verdict.is_well ? resolve_incident(db, one, now)
                                        : Result<void>();
    if (!done) return fail(done.error());
    return true;
}

// Of deployments that were stopped, or are gone: nobody would ever see them come up again.
Result<void> resolve_orphans(Queries& db, Timestamp now) {
    const auto put = db.query(
        "UPDATE incidents SET status = 'resolved', resolved_at = $1, version = version + 1 "
        "WHERE type = $2 AND status = 'open' AND subject IS NOT NULL AND subject NOT IN "
        "(SELECT id FROM service_deployments WHERE status IN ('active', 'failed'))",
        {now.time_since_epoch().count(), std::string(kServiceDown)});
    return put ? Result<void>() : fail(put.error());
}

}  // namespace

Result<DeploymentHealth> check_deployments(Database& db, const AskUrl& ask,
                                           const contracts::Clock& clock,
                                           const std::function<Result<void>(Queries&)>& check_lead,
                                           const std::stop_token& stop) {
    const auto all = watched_deployments(db);
    if (!all) return fail(all.error());
    DeploymentHealth health;
    for (const Watched& one : *all) {
        if (stop.stop_requested()) return health;
        const Result<void> answered = ask(one.url);
        const std::string reason =
            answered ? std::string() : answered.error().describe().substr(0, kMostReason);
        const Verdict verdict = judge(one, answered.has_value());
        bool written = false;
        const Result<void> committed = db.transaction([&](Transaction& tx) -> Result<void> {
            if (auto leads = check_lead(tx); !leads) return leads;
            auto looked = write_look(tx, one, verdict, reason, clock.now());
            if (!looked) return fail(std::move(looked.error()));
            written = *looked;
            return {};
        });
        if (!committed) return fail(committed.error());
        ++health.asked;
        health.went_down += written && verdict.goes_down;
        health.came_up += written && verdict.comes_up;
    }
    const Result<void> closed = db.transaction([&](Transaction& tx) -> Result<void> {
        if (auto leads = check_lead(tx); !leads) return leads;
        return resolve_orphans(tx, clock.now());
    });
    if (!closed) return fail(closed.error());
    return health;
}

PeriodicTask deployment_health_task(Database& db, const contracts::Clock& clock, contracts::Log log,
                                    AskUrl ask, std::chrono::milliseconds interval) {
    return {.name = "deployment_health",
            .interval = interval,
            .run_once = [&db, &clock, log = std::move(log), ask = std::move(ask)](
                            const Lease& lease,
                            const std::stop_token& stop) -> Result<PeriodicOutcome> {
                Result<DeploymentHealth> health = check_deployments(
                    db, ask, clock,
                    [&lease](Queries& queries) { return leases::check(queries, lease); }, stop);
                if (!health) return fail(std::move(health.error()));
                if (health->went_down > 0 || health->came_up > 0)
                    log.info("the health of deployments has changed",
                             {{"down", health->went_down}, {"up", health->came_up}});
                return PeriodicOutcome{.text = std::to_string(health->asked) +
                                               " deployments were asked, " +
                                               std::to_string(health->went_down) + " went down, " +
                                               std::to_string(health->came_up) + " came up"};
            }};
}

}  // namespace control
