#include "control/scheduler/deployment_health.h"

#include "control/jobs/in_parallel.h"
#include "control/scheduler/health_notice.h"
#include "control/store/health_hours.h"
#include "control/store/incidents.h"
#include "control/store/run.h"

#include <span>

namespace control {

using contracts::IncidentType;
using contracts::Timestamp;

namespace {

constexpr std::size_t kMostReason = 1000;
constexpr std::size_t kInOneTransaction = 250;
constexpr std::chrono::days kCertificateEndsSoon{7};
constexpr std::chrono::days kCertificateLasts{14};

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
    if (!rows) return rows.fault();
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

Result<void> open_incident(Queries& db, const Watched& one, const std::string& reason,
                           Timestamp now) {
    contracts::Incident incident;
    incident.server_id = one.server_id;
    incident.severity = contracts::Severity::high;
    incident.type = IncidentType::service_down;
    incident.subject = one.id;
    incident.title = "The service " + one.service + " is down";
    incident.description = reason;
    incident.details = {{"project_id", one.project_id}, {"url", one.url}};
    const auto opened = incidents::open_once(db, std::move(incident), now);
    return opened ? Result<void>() : opened.fault();
}

Result<void> resolve_incident(Queries& db, const Watched& one, Timestamp now) {
    const auto resolved =
        incidents::resolve(db, one.server_id, IncidentType::service_down, one.id, now);
    return resolved ? Result<void>() : resolved.fault();
}

// The row's values after this check.
struct Verdict {
    std::int64_t misses = 0;
    std::int64_t hits = 0;
    bool goes_down = false;
    bool comes_up = false;
    bool is_well = false;  // as of this check: a newer version may have recovered
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

// One check of a deployment.
struct Look {
    const Watched* one = nullptr;
    Result<UrlAnswer> answer = UrlAnswer{};

    [[nodiscard]] std::string reason() const {
        return answer ? std::string() : answer.error().describe().substr(0, kMostReason);
    }
};

Result<void> count_look(Queries& db, const std::string& id, bool answered, Timestamp now) {
    if (Result<void> counted = health_hours::count(db, id, answered, now); !counted) return counted;
    const auto day = health_hours::uptime(db, id, now - std::chrono::days(1));
    if (!day) return day.fault();
    const auto week = health_hours::uptime(db, id, now - std::chrono::days(7));
    if (!week) return week.fault();
    return run(db, "UPDATE service_deployments SET uptime_day = $1, uptime_week = $2 WHERE id = $3",
               {day->value_or(0), week->value_or(0), id});
}

Result<void> judge_certificate(Queries& db, const Watched& one, std::optional<Timestamp> until,
                               Timestamp now) {
    if (!until && one.url.starts_with("https://"))
        return {};  // the expiry is unknown: nothing
                    // changes
    if (Result<void> noted =
            run(db, "UPDATE service_deployments SET certificate_until = $1 WHERE id = $2",
                {until ? Value(std::int64_t{until->time_since_epoch().count()}) : Value(), one.id});
        !noted)
        return noted;
    if (!until || *until - now >= kCertificateLasts) {
        const auto over =
            incidents::resolve(db, one.server_id, IncidentType::certificate_expiring, one.id, now);
        return over ? Result<void>() : over.fault();
    }
    if (*until - now >= kCertificateEndsSoon) return {};
    contracts::Incident incident;
    incident.server_id = one.server_id;
    incident.severity = contracts::Severity::high;
    incident.type = IncidentType::certificate_expiring;
    incident.subject = one.id;
    incident.title = "The certificate of " + one.url + " ends soon";
    incident.description =
        "It is valid until " + contracts::format_timestamp(*until) + " and has not been renewed";
    incident.details = {{"project_id", one.project_id}, {"url", one.url}};
    const auto opened = incidents::open_once(db, std::move(incident), now);
    return opened ? Result<void>() : opened.fault();
}

Result<void> note_change(Queries& db, const Look& look, const Verdict& verdict, Timestamp now) {
    const Watched& one = *look.one;
    if (verdict.goes_down || verdict.comes_up) {
        if (Result<void> noted = run(
                db, "UPDATE service_deployments SET error = $1, health_since = $2 WHERE id = $3",
                {verdict.goes_down ? Value(look.reason()) : Value(),
                 std::int64_t{now.time_since_epoch().count()}, one.id});
            !noted)
            return noted;
    }
    if (verdict.goes_down) return open_incident(db, one, look.reason(), now);
    return verdict.is_well ? resolve_incident(db, one, now) : Result<void>();
}

// False: somebody has changed the row since it was read.
Result<bool> write_look(Queries& db, const Look& look, const Verdict& verdict, Timestamp now) {
    const Watched& one = *look.one;
    const std::string status = verdict.goes_down  ? "failed"
                               : verdict.comes_up ? "active"
                                                  : one.status;
    const auto put = db.query(
        "UPDATE service_deployments SET misses = $1, hits = $2, status = $3, "
        "last_health_check = $4, version = version + 1 WHERE id = $5 AND version = $6",
        {verdict.misses, verdict.hits, status, now.time_since_epoch().count(), one.id,
         one.version});
    if (!put) return put.fault();
    if (put->changed == 0) return false;
    Result<void> done = count_look(db, one.id, look.answer.has_value(), now);
    if (done) done = note_change(db, look, verdict, now);
    if (done) done = tell_admins(db, news_of(one, status == "active", look.reason()), now);
    if (done && look.answer) done = judge_certificate(db, one, look.answer->certificate_until, now);
    if (!done) return done.fault();
    return true;
}

// For deployments that were stopped or removed, which nobody would see recover.
Result<void> resolve_orphans(Queries& db, Timestamp now) {
    return run(
        db,
        "UPDATE incidents SET status = 'resolved', resolved_at = $1, version = version + 1 "
        "WHERE type IN ('service_down', 'certificate_expiring') AND status = 'open' AND subject "
        "IS NOT NULL AND subject NOT IN "
        "(SELECT id FROM service_deployments WHERE status IN ('active', 'failed'))",
        {std::int64_t{now.time_since_epoch().count()}});
}

// Checks these at once and records the results.
Result<DeploymentHealth> check_some(const DeploymentWatch& watch, std::span<const Watched> some,
                                    const std::function<Result<void>(Queries&)>& check_lead,
                                    const std::stop_token& stop) {
    std::vector<Look> looks(some.size());
    in_parallel(some.size(), watch.at_once, stop, [&](std::size_t i) {
        looks[i] = {.one = &some[i], .answer = watch.ask(some[i].url)};
    });
    DeploymentHealth health;
    const Result<void> committed = watch.database.transaction([&](Transaction& tx) -> Result<void> {
        health = {};
        if (auto leads = check_lead(tx); !leads) return leads;
        for (const Look& look : looks) {
            if (look.one == nullptr) continue;  // stopped before it was checked
            const Verdict verdict = judge(*look.one, look.answer.has_value());
            const Result<bool> written = write_look(tx, look, verdict, watch.clock.now());
            if (!written) return written.fault();
            ++health.asked;
            health.went_down += *written && verdict.goes_down;
            health.came_up += *written && verdict.comes_up;
        }
        return {};
    });
    if (!committed) return committed.fault();
    return health;
}

}  // namespace

Result<DeploymentHealth> check_deployments(const DeploymentWatch& watch,
                                           const std::function<Result<void>(Queries&)>& check_lead,
                                           const std::stop_token& stop) {
    const auto all = watched_deployments(watch.database);
    if (!all) return all.fault();
    DeploymentHealth health;
    for (std::size_t at = 0; at < all->size() && !stop.stop_requested(); at += kInOneTransaction) {
        const std::span<const Watched> some =
            std::span(*all).subspan(at, std::min(kInOneTransaction, all->size() - at));
        const Result<DeploymentHealth> part = check_some(watch, some, check_lead, stop);
        if (!part) return part;
        health.asked += part->asked;
        health.went_down += part->went_down;
        health.came_up += part->came_up;
    }
    if (stop.stop_requested()) return health;
    const Result<void> closed = watch.database.transaction([&](Transaction& tx) -> Result<void> {
        if (auto leads = check_lead(tx); !leads) return leads;
        return resolve_orphans(tx, watch.clock.now());
    });
    if (!closed) return closed.fault();
    return health;
}

PeriodicTask deployment_health_task(DeploymentWatch watch, contracts::Log log,
                                    std::chrono::milliseconds interval) {
    return {.name = "deployment_health",
            .interval = interval,
            .run_once = [watch = std::move(watch), log = std::move(log)](
                            const Lease& lease,
                            const std::stop_token& stop) -> Result<PeriodicOutcome> {
                Result<DeploymentHealth> health = check_deployments(
                    watch, [&lease](Queries& queries) { return leases::check(queries, lease); },
                    stop);
                if (!health) return health.fault();
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
