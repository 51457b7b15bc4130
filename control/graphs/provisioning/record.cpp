#include "control/graphs/provisioning/record.h"

#include "contracts/base/id.h"
#include "control/store/incidents.h"
#include "control/store/provisioning.h"
#include "control/store/tasks.h"

namespace control::graphs {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Incident;
using contracts::IncidentType;
using contracts::Json;
using contracts::Result;
using contracts::ServerStatus;
using contracts::text_at;
using contracts::Timestamp;

namespace {

Result<void> resolve_all(Queries& db, const std::string& server_id, Timestamp now) {
    for (const auto& [type, subject] :
         {std::pair(IncidentType::provisioning_failed, "provisioning"),
          std::pair(IncidentType::server_unreachable, "ssh")})
        if (const auto done = incidents::resolve(db, server_id, type, subject, now); !done)
            return done.fault();
    return {};
}

Result<void> open_failure(Queries& db, const Json& body, ServerStatus status, Timestamp now) {
    const bool is_away = status == ServerStatus::unreachable;
    Incident incident;
    incident.server_id = text_at(body, "server_id");
    incident.severity = contracts::Severity::high;
    incident.type = is_away ? IncidentType::server_unreachable : IncidentType::provisioning_failed;
    incident.subject = is_away ? "ssh" : "provisioning";
    incident.title = "The server " + text_at(body, "server_handle") +
                     (is_away ? " cannot be reached" : " could not be set up");
    incident.description = text_at(body, "failure");
    incident.details = {{"attempt", body.value("attempt", std::int64_t{0})}};
    const Result<bool> opened = incidents::open_once(db, std::move(incident), now);
    return opened ? Result<void>() : opened.fault();
}

// Creates a task for each project; the task sweep sends their messages.
Result<void> redeploy_all(Queries& db, const std::string& server_id, Timestamp now) {
    const auto rows = db.query(
        "SELECT DISTINCT project_id FROM service_deployments WHERE server_id = $1 AND "
        "status IN ('active', 'failed') AND \"commit\" <> '' ORDER BY project_id",
        {server_id});
    if (!rows) return rows.fault();
    for (const Row& row : rows->rows) {
        contracts::Task task;
        task.id = contracts::make_uuid7(now);
        task.project_id = row.text(0);
        task.type = contracts::TaskType::deploy;
        task.created_at = now;
        if (Result<void> put = tasks::insert(db, task); !put) return put;
    }
    return {};
}

Result<void> record_provisioning(Queries& db, const Json& body, Timestamp now) {
    const std::string server_id = text_at(body, "server_id");
    const auto status = contracts::parse_choice<ServerStatus>(text_at(body, "status"));
    if (!status) return fail(ErrorKind::fatal, "unknown status", "status");
    if (Result<void> ended = provisioning::end(db, server_id, text_at(body, "request_id"), *status);
        !ended)
        return ended;
    if (*status != ServerStatus::active) return open_failure(db, body, *status, now);
    if (Result<void> resolved = resolve_all(db, server_id, now); !resolved) return resolved;
    return body.value("is_recovery", false) ? redeploy_all(db, server_id, now) : Result<void>();
}

}  // namespace

Writers provisioning_writers() {
    return {{"provision.record", record_provisioning}};
}

}  // namespace control::graphs
