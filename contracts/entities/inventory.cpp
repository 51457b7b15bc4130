#include "contracts/entities/inventory.h"

namespace contracts {

void visit_fields(Server& server, FieldList& fields) {
    fields.required("id", server.id, kIdentifier);
    fields.required("name", server.name, kTitle);
    fields.required("handle", server.handle, kIdentifier);
    fields.required("ip_address", server.ip_address, kIdentifier);
    fields.required("status", server.status);
    fields.required("provider_id", server.provider_id, kIdentifier);
    fields.defaulted("specs", server.specs, kObject);
    fields.optional("last_health_check", server.last_health_check);
    fields.defaulted("is_managed", server.is_managed);
    fields.defaulted("ssh_user", server.ssh_user, kIdentifier);
    fields.defaulted("labels", server.labels, kObject);
    fields.defaulted("provisioning_attempts", server.provisioning_attempts, kNotNegative);
    fields.optional("provisioning_started_at", server.provisioning_started_at);
    fields.defaulted("usage", server.usage, kObject);
}

void visit_fields(Incident& incident, FieldList& fields) {
    fields.required("id", incident.id, kIdentifier);
    fields.optional("server_id", incident.server_id, kIdentifier);
    fields.required("severity", incident.severity);
    fields.required("status", incident.status);
    fields.required("title", incident.title, kTitle);
    fields.optional("description", incident.description, kRemark);
    fields.required("created_at", incident.created_at);
    fields.optional("resolved_at", incident.resolved_at);
    fields.defaulted("type", incident.type);
    fields.optional("subject", incident.subject, kIdentifier);
    fields.defaulted("details", incident.details, kObject);
}

void visit_fields(ServiceDeployment& deployment, FieldList& fields) {
    fields.required("id", deployment.id, kIdentifier);
    fields.required("project_id", deployment.project_id, kIdentifier);
    fields.required("server_id", deployment.server_id, kIdentifier);
    fields.required("service_name", deployment.service_name, kName);
    fields.required("port", deployment.port, kPort);
    fields.required("status", deployment.status, kIdentifier);
    fields.optional("url", deployment.url, kShortText);
    fields.required("deployed_at", deployment.deployed_at);
    fields.defaulted("commit", deployment.commit, kShortText);
    fields.optional("last_health_check", deployment.last_health_check);
    fields.optional("error", deployment.error, kRemark);
    fields.optional("health_since", deployment.health_since);
    fields.optional("uptime_day", deployment.uptime_day, kThousandths);
    fields.optional("uptime_week", deployment.uptime_week, kThousandths);
    fields.optional("certificate_until", deployment.certificate_until);
}

void visit_fields(Allocation& allocation, FieldList& fields) {
    fields.required("id", allocation.id, kIdentifier);
    fields.required("server_id", allocation.server_id, kIdentifier);
    fields.required("project_id", allocation.project_id, kIdentifier);
    fields.required("service_name", allocation.service_name, kName);
    fields.required("port", allocation.port, kPort);
    fields.required("allocated_at", allocation.allocated_at);
}

}  // namespace contracts
