#include "control/scheduler/server_health.h"

#include "control/scheduler/incident_notices.h"
#include "control/scheduler/server_findings.h"
#include "control/store/health_hours.h"
#include "control/store/incidents.h"
#include "control/store/run.h"
#include "control/store/server_checks.h"
#include "control/store/servers.h"

#include <algorithm>
#include <charconv>

namespace control {

using contracts::IncidentType;
using contracts::Server;
using contracts::ServerStatus;
using contracts::Timestamp;

namespace {

using CheckLead = std::function<Result<void>(Queries&)>;

// Servers in use, and those that were until checks found them unreachable. We do not connect to a
// server whose address has changed, or that a provisioning run or a person has taken out of use.
constexpr const char* kWatched =
    "SELECT s.id FROM servers s WHERE s.is_managed = 1 AND (s.status = 'active' OR (s.status = "
    "'unreachable' AND EXISTS (SELECT 1 FROM server_checks c WHERE c.server_id = s.id AND c.type = "
    "'server_unreachable' AND c.good < 2))) AND NOT EXISTS (SELECT 1 FROM incidents i WHERE "
    "i.server_id = s.id AND i.status = 'open' AND (i.type = 'provisioning_failed' OR (i.type = "
    "'server_unreachable' AND i.subject <> 'health')))";

Result<std::vector<Server>> watched_servers(Queries& db) {
    const auto rows = db.query(std::string(kWatched) + " ORDER BY s.id");
    if (!rows) return rows.fault();
    std::vector<Server> all;
    for (const Row& row : rows->rows) {
        Result<Stored<Server>> server = servers::find(db, row.text(0));
        if (!server) return server.fault();
        all.push_back(std::move(server->entity));
    }
    return all;
}

ProvisionTarget target_of(const Server& server) {
    ProvisionTarget target{.server_id = server.id,
                           .handle = server.handle,
                           .address = server.ip_address,
                           .user = server.ssh_user};
    const std::string port = contracts::text_at(server.labels, "ssh_port");
    (void)std::from_chars(port.data(), port.data() + port.size(), target.port);
    return target;
}

Result<bool> open_incident(Queries& db, const Server& server, const Finding& finding,
                           Timestamp now) {
    contracts::Incident incident;
    incident.server_id = server.id;
    incident.severity = finding.severity;
    incident.type = finding.type;
    incident.subject = finding.subject;
    incident.title = finding.title;
    incident.description = finding.description;
    return incidents::open_once(db, std::move(incident), now);
}

// When several checks agree that a server is reachable or not, its row follows.
Result<void> follow_reach(Queries& db, const std::string& id, bool is_there) {
    Result<Stored<Server>> row = servers::find(db, id);
    if (!row) return row.fault();
    const ServerStatus status = is_there ? ServerStatus::active : ServerStatus::unreachable;
    if (row->entity.status == status) return {};
    row->entity.status = status;
    return servers::update(db, *row);
}

Result<void> take_finding(Queries& db, const Server& server, const Finding& finding, Timestamp now,
                          ServerHealth& health) {
    if (finding.state == FindingState::unsure) return {};
    const bool is_bad = finding.state == FindingState::bad;
    const auto streak = server_checks::count(db, server.id, finding.type, finding.subject, is_bad);
    if (!streak) return streak.fault();
    const FindingLimits limits = limits_of(finding.type);
    if (is_bad ? streak->bad < limits.bad : streak->good < limits.good) return {};
    const Result<bool> changed =
        is_bad ? open_incident(db, server, finding, now)
               : incidents::resolve(db, server.id, finding.type, finding.subject, now);
    if (!changed) return changed.fault();
    health.opened += is_bad && *changed;
    health.resolved += !is_bad && *changed;
    return finding.type == IncidentType::server_unreachable ? follow_reach(db, server.id, !is_bad)
                                                            : Result<void>();
}

// A file system that no longer exists is not full.
Result<void> resolve_gone_disks(Queries& db, const Server& server, const ServerFigures& figures,
                                Timestamp now) {
    const auto open = db.query(
        "SELECT subject FROM incidents WHERE server_id = $1 AND type = 'disk_full' AND status = "
        "'open'",
        {server.id});
    if (!open) return open.fault();
    for (const Row& row : open->rows) {
        if (std::ranges::find(figures.file_systems, row.text(0), &FileSystemUse::mounted_on) !=
            figures.file_systems.end())
            continue;
        const auto over =
            incidents::resolve(db, server.id, IncidentType::disk_full, row.text(0), now);
        if (!over) return over.fault();
    }
    return {};
}

// A check does not change the version, so it does not conflict with other changes of the row.
Result<void> note_look(Queries& db, const Server& server, const Result<ServerFigures>& figures,
                       Timestamp now) {
    const std::int64_t at = now.time_since_epoch().count();
    if (Result<void> counted = health_hours::count(db, server.id, figures.has_value(), now);
        !counted)
        return counted;
    if (!figures) return {};
    return run(db, "UPDATE servers SET last_health_check = $1, usage = $2 WHERE id = $3",
               {at, contracts::dump_json(usage_of(*figures)), server.id});
}

Result<void> take_look(Queries& db, const Server& server, const Result<ServerFigures>& figures,
                       Timestamp now, ServerHealth& health) {
    const auto still = db.query(std::string(kWatched) + " AND s.id = $1 AND s.ip_address = $2",
                                {server.id, server.ip_address});
    if (!still) return still.fault();
    if (still->rows.empty())
        return {};  // the address belongs to another server now, or to none of
                    // ours
    ++health.asked;
    health.silent += !figures;
    for (const Finding& finding : findings_of(server, figures))
        if (Result<void> taken = take_finding(db, server, finding, now, health); !taken)
            return taken;
    if (figures)
        if (Result<void> gone = resolve_gone_disks(db, server, *figures, now); !gone) return gone;
    return note_look(db, server, figures, now);
}

// For servers that are no longer checked, nobody would see that the problem is over.
Result<void> resolve_orphans(Queries& db, Timestamp now) {
    return run(db,
               "UPDATE incidents SET status = 'resolved', resolved_at = $1, version = version + 1 "
               "WHERE status = 'open' AND (type IN ('disk_full', 'memory_full', 'load_high', "
               "'docker_down', 'clock_drift', 'reboot_pending') OR (type = 'server_unreachable' "
               "AND subject = 'health')) AND server_id IS NOT NULL AND subject IS NOT NULL AND "
               "server_id NOT IN (" +
                   std::string(kWatched) + ")",
               {std::int64_t{now.time_since_epoch().count()}});
}

}  // namespace

Result<ServerHealth> check_servers(Database& db, ServerLooks& looks, const contracts::Clock& clock,
                                   const CheckLead& check_lead, const std::stop_token& stop) {
    const Result<std::vector<Server>> all = watched_servers(db);
    if (!all) return all.fault();
    std::vector<ProvisionTarget> targets;
    for (const Server& server : *all)
        targets.push_back(target_of(server));
    const auto figures = looks.look(targets, stop);
    if (!figures) return figures.fault();
    ServerHealth health;
    if (stop.stop_requested()) return health;  // an interrupted check says nothing about a server
    for (std::size_t i = 0; i < all->size(); ++i) {
        ServerHealth part;
        const Result<void> written = db.transaction([&](Transaction& tx) -> Result<void> {
            part = {};
            if (Result<void> leads = check_lead(tx); !leads) return leads;
            return take_look(tx, (*all)[i], (*figures)[i], clock.now(), part);
        });
        if (!written) return written.fault();
        health.asked += part.asked;
        health.silent += part.silent;
        health.opened += part.opened;
        health.resolved += part.resolved;
    }
    const Result<void> ended = db.transaction([&](Transaction& tx) -> Result<void> {
        if (Result<void> leads = check_lead(tx); !leads) return leads;
        if (Result<void> resolved = resolve_orphans(tx, clock.now()); !resolved) return resolved;
        return tell_of_incidents(tx, clock.now());
    });
    if (!ended) return ended.fault();
    return health;
}

PeriodicTask server_health_task(Database& db, std::shared_ptr<ServerLooks> looks,
                                const contracts::Clock& clock, contracts::Log log,
                                std::chrono::milliseconds interval) {
    return {.name = "server_health",
            .interval = interval,
            .run_once = [&db, looks = std::move(looks), &clock, log = std::move(log)](
                            const Lease& lease,
                            const std::stop_token& stop) -> Result<PeriodicOutcome> {
                Result<ServerHealth> health = check_servers(
                    db, *looks, clock,
                    [&lease](Queries& queries) { return leases::check(queries, lease); }, stop);
                if (!health) return health.fault();
                if (health->opened + health->resolved > 0)
                    log.info("the health of servers has changed",
                             {{"opened", health->opened}, {"resolved", health->resolved}});
                return PeriodicOutcome{
                    .text = std::to_string(health->asked) + " servers were looked at, " +
                            std::to_string(health->silent) + " were silent, " +
                            std::to_string(health->opened) + " incidents opened, " +
                            std::to_string(health->resolved) + " resolved"};
            }};
}

}  // namespace control
