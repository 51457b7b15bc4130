// Servers, incidents, deployments and allocations as the API serves them (see resources.h).
#pragma once

#include "contracts/entities/inventory.h"
#include "control/api/caller.h"
#include "control/store/allocations.h"
#include "control/store/incidents.h"
#include "control/store/projects.h"
#include "control/store/servers.h"
#include "control/store/service_deployments.h"

namespace control {

struct NewServer {
    std::string name;
    std::string handle;
    std::string ip_address;
    contracts::ServerStatus status = contracts::ServerStatus::fresh;
    std::string provider_id;
    contracts::Json specs = contracts::Json::object();
};
void visit_fields(NewServer& row, contracts::FieldList& fields);

struct ServerChange {
    std::optional<std::string> name;
    std::optional<std::string> handle;
    std::optional<std::string> ip_address;
    std::optional<contracts::ServerStatus> status;
    std::optional<std::string> provider_id;
    std::optional<contracts::Json> specs;
    std::optional<contracts::Timestamp> last_health_check;
};
void visit_fields(ServerChange& change, contracts::FieldList& fields);

struct ServerResource {
    using Entity = contracts::Server;
    using New = NewServer;
    using Change = ServerChange;
    static constexpr auto list = &servers::list;
    static constexpr auto find = &servers::find;
    static constexpr auto update = &servers::update;
    static constexpr auto erase = &servers::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

struct NewIncident {
    std::string server_id;
    contracts::Severity severity = contracts::Severity::medium;
    std::string title;
    std::optional<std::string> description;
};
void visit_fields(NewIncident& row, contracts::FieldList& fields);

struct IncidentChange {
    std::optional<contracts::Severity> severity;
    std::optional<contracts::IncidentStatus> status;
    std::optional<std::string> title;
    std::optional<std::string> description;
};
void visit_fields(IncidentChange& change, contracts::FieldList& fields);

struct IncidentResource {
    using Entity = contracts::Incident;
    using New = NewIncident;
    using Change = IncidentChange;
    static constexpr auto list = &incidents::list;
    static constexpr auto find = &incidents::find;
    static constexpr auto update = &incidents::update;
    static constexpr auto erase = &incidents::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

struct NewServiceDeployment {
    std::string project_id;
    std::string server_id;
    std::string service_name;
    std::int64_t port = 0;
    std::string status;
    std::optional<std::string> url;
};
void visit_fields(NewServiceDeployment& row, contracts::FieldList& fields);

struct ServiceDeploymentChange {
    std::optional<std::string> status;
    std::optional<std::string> url;
    std::optional<std::int64_t> port;
    std::optional<contracts::Timestamp> deployed_at;
};
void visit_fields(ServiceDeploymentChange& change, contracts::FieldList& fields);

struct ServiceDeploymentResource {
    using Entity = contracts::ServiceDeployment;
    using New = NewServiceDeployment;
    using Change = ServiceDeploymentChange;
    static constexpr auto list = &service_deployments::list;
    static constexpr auto find = &service_deployments::find;
    static constexpr auto update = &service_deployments::update;
    static constexpr auto erase = &service_deployments::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

struct NewAllocation {
    std::string server_id;
    std::string project_id;
    std::string service_name;
    std::int64_t port = 0;
};
void visit_fields(NewAllocation& row, contracts::FieldList& fields);

struct AllocationChange {
    std::optional<std::string> service_name;
    std::optional<std::int64_t> port;
};
void visit_fields(AllocationChange& change, contracts::FieldList& fields);

struct AllocationResource {
    using Entity = contracts::Allocation;
    using New = NewAllocation;
    using Change = AllocationChange;
    static constexpr auto list = &allocations::list;
    static constexpr auto find = &allocations::find;
    static constexpr auto update = &allocations::update;
    static constexpr auto erase = &allocations::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

}  // namespace control
