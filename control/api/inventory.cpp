#include "control/api/inventory.h"

#include "contracts/base/id.h"
#include "control/api/assign.h"
#include "control/api/operators.h"

namespace control {

using contracts::FieldList;
using contracts::Timestamp;

using contracts::kIdentifier;
using contracts::kName;
using contracts::kObject;
using contracts::kPort;
using contracts::kRemark;
using contracts::kShortText;
using contracts::kTitle;

void visit_fields(NewServer& row, FieldList& fields) {
    fields.required("name", row.name, kTitle);
    fields.required("handle", row.handle, kIdentifier);
    fields.required("ip_address", row.ip_address, kIdentifier);
    fields.defaulted("status", row.status);
    fields.required("provider_id", row.provider_id, kIdentifier);
    fields.defaulted("specs", row.specs, kObject);
}

void visit_fields(ServerChange& change, FieldList& fields) {
    fields.optional("name", change.name, kTitle);
    fields.optional("handle", change.handle, kIdentifier);
    fields.optional("ip_address", change.ip_address, kIdentifier);
    fields.optional("status", change.status);
    fields.optional("provider_id", change.provider_id, kIdentifier);
    fields.optional("specs", change.specs, kObject);
    fields.optional("last_health_check", change.last_health_check);
}

void visit_fields(NewIncident& row, FieldList& fields) {
    fields.required("server_id", row.server_id, kIdentifier);
    fields.defaulted("severity", row.severity);
    fields.required("title", row.title, kTitle);
    fields.optional("description", row.description, kRemark);
}

void visit_fields(IncidentChange& change, FieldList& fields) {
    fields.optional("severity", change.severity);
    fields.optional("status", change.status);
    fields.optional("title", change.title, kTitle);
    fields.optional("description", change.description, kRemark);
}

void visit_fields(NewServiceDeployment& row, FieldList& fields) {
    fields.required("project_id", row.project_id, kIdentifier);
    fields.required("server_id", row.server_id, kIdentifier);
    fields.required("service_name", row.service_name, kName);
    fields.required("port", row.port, kPort);
    fields.required("status", row.status, kIdentifier);
    fields.optional("url", row.url, kShortText);
}

void visit_fields(ServiceDeploymentChange& change, FieldList& fields) {
    fields.optional("status", change.status, kIdentifier);
    fields.optional("url", change.url, kShortText);
    fields.optional("port", change.port, kPort);
    fields.optional("deployed_at", change.deployed_at);
}

void visit_fields(NewAllocation& row, FieldList& fields) {
    fields.required("server_id", row.server_id, kIdentifier);
    fields.required("project_id", row.project_id, kIdentifier);
    fields.required("service_name", row.service_name, kName);
    fields.required("port", row.port, kPort);
}

void visit_fields(AllocationChange& change, FieldList& fields) {
    fields.optional("service_name", change.service_name, kName);
    fields.optional("port", change.port, kPort);
}

namespace {

// Checks the rows that a new row refers to.
template <class E>
Result<void> check_there(Result<Stored<E>> found, const char* field) {
    if (found) return {};
    if (found.error().kind == ErrorKind::not_found) found.error().field = field;
    return found.fault();
}

}  // namespace

Result<contracts::Server> ServerResource::make(Queries& db, const Caller& caller, New&& body,
                                               Timestamp now) {
    if (Result<void> may = check_operator(caller); !may) return may.fault();
    // Projects are deployed to active servers, so only an administrator makes a server active.
    if (body.status != contracts::ServerStatus::fresh && !caller.is_admin())
        return fail(ErrorKind::permission, "only an administrator may set another status", "status",
                    "leave it out");
    Entity made;
    made.id = contracts::make_uuid7(now);
    made.name = std::move(body.name);
    made.handle = std::move(body.handle);
    made.ip_address = std::move(body.ip_address);
    made.status = body.status;
    made.provider_id = std::move(body.provider_id);
    made.specs = std::move(body.specs);
    if (Result<void> put = servers::insert(db, made, now); !put) return put.fault();
    return made;
}

Result<void> ServerResource::change(Queries&, const Caller&, Entity& row, Change&& change,
                                    Timestamp) {
    assign(row.name, std::move(change.name));
    assign(row.handle, std::move(change.handle));
    assign(row.ip_address, std::move(change.ip_address));
    assign(row.status, std::move(change.status));
    assign(row.provider_id, std::move(change.provider_id));
    assign(row.specs, std::move(change.specs));
    assign(row.last_health_check, std::move(change.last_health_check));
    return {};
}

Result<contracts::Incident> IncidentResource::make(Queries& db, const Caller&, New&& body,
                                                   Timestamp now) {
    if (Result<void> there = check_there(servers::find(db, body.server_id), "server_id"); !there)
        return there.fault();
    Entity made;
    made.id = contracts::make_uuid7(now);
    made.server_id = std::move(body.server_id);
    made.severity = body.severity;
    made.title = std::move(body.title);
    made.description = std::move(body.description);
    made.created_at = now;
    if (Result<void> put = incidents::insert(db, made); !put) return put.fault();
    return made;
}

Result<void> IncidentResource::change(Queries&, const Caller& caller, Entity& row, Change&& change,
                                      Timestamp now) {
    if (Result<void> may = check_operator(caller); !may) return may;
    if (!caller.is_admin() && (change.severity || change.title || change.description))
        return fail(ErrorKind::permission, "only an administrator may change more than the status",
                    "status");
    if (change.status && *change.status != row.status)
        row.resolved_at = *change.status == contracts::IncidentStatus::resolved ? std::optional(now)
                                                                                : std::nullopt;
    assign(row.severity, std::move(change.severity));
    assign(row.status, std::move(change.status));
    assign(row.title, std::move(change.title));
    assign(row.description, std::move(change.description));
    return {};
}

Result<contracts::ServiceDeployment> ServiceDeploymentResource::make(Queries& db, const Caller&,
                                                                     New&& body, Timestamp now) {
    if (Result<void> there = check_there(projects::find(db, body.project_id), "project_id"); !there)
        return there.fault();
    if (Result<void> there = check_there(servers::find(db, body.server_id), "server_id"); !there)
        return there.fault();
    Entity made;
    made.id = contracts::make_uuid7(now);
    made.project_id = std::move(body.project_id);
    made.server_id = std::move(body.server_id);
    made.service_name = std::move(body.service_name);
    made.port = body.port;
    made.status = std::move(body.status);
    made.url = std::move(body.url);
    made.deployed_at = now;
    if (Result<void> put = service_deployments::insert(db, made, now); !put) return put.fault();
    return made;
}

Result<void> ServiceDeploymentResource::change(Queries&, const Caller&, Entity& row,
                                               Change&& change, Timestamp) {
    assign(row.status, std::move(change.status));
    assign(row.url, std::move(change.url));
    assign(row.port, std::move(change.port));
    assign(row.deployed_at, std::move(change.deployed_at));
    return {};
}

Result<contracts::Allocation> AllocationResource::make(Queries& db, const Caller& caller,
                                                       New&& body, Timestamp now) {
    if (Result<void> may = check_operator(caller); !may) return may.fault();
    if (Result<void> there = check_there(servers::find(db, body.server_id), "server_id"); !there)
        return there.fault();
    if (Result<void> there =
            check_there(projects::find(db, body.project_id, caller.owner()), "project_id");
        !there)
        return there.fault();
    Entity made;
    made.id = contracts::make_uuid7(now);
    made.server_id = std::move(body.server_id);
    made.project_id = std::move(body.project_id);
    made.service_name = std::move(body.service_name);
    made.port = body.port;
    made.allocated_at = now;
    if (Result<void> put = allocations::insert(db, made, now); !put) return put.fault();
    return made;
}

Result<void> AllocationResource::change(Queries&, const Caller&, Entity& row, Change&& change,
                                        Timestamp) {
    assign(row.service_name, std::move(change.service_name));
    assign(row.port, std::move(change.port));
    return {};
}

}  // namespace control
