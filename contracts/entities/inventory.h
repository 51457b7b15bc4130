// Where projects run: servers, incidents on them, deployments to them, and the ports that these
// use.
#pragma once

#include "contracts/fields/field_list.h"

namespace contracts {

enum class ServerStatus {
    fresh,
    pending_setup,  // its provisioning was requested
    active,
    unreachable,
    maintenance,
    provisioning,
    reserved,  // known, but never changed by us
    error,     // provisioning has used up its attempts
    missing,   // its provider no longer lists it
};
inline constexpr std::string_view kServerStatusNames[] = {
    "new",          "pending_setup", "active", "unreachable", "maintenance",
    "provisioning", "reserved",      "error",  "missing"};
constexpr Choices choices_of(ServerStatus) {
    return kServerStatusNames;
}

struct Server {
    std::string id;
    std::string name;
    std::string handle;  // the unique name that people and messages use
    std::string ip_address;
    ServerStatus status = ServerStatus::fresh;
    std::string provider_id;
    Json specs = Json::object();
    std::optional<Timestamp> last_health_check;
    bool is_managed = false;  // its provider's id is on MANAGED_SERVERS
    std::string ssh_user = "root";
    Json labels = Json::object();
    std::int64_t provisioning_attempts = 0;  // since it was last requested
    std::optional<Timestamp> provisioning_started_at{};
    Json usage = Json::object();  // what the server reported at the last check
};
void visit_fields(Server& server, FieldList& fields);

enum class Severity { low, medium, high, critical };
inline constexpr std::string_view kSeverityNames[] = {"low", "medium", "high", "critical"};
constexpr Choices choices_of(Severity) {
    return kSeverityNames;
}

enum class IncidentStatus { open, resolved };
inline constexpr std::string_view kIncidentStatusNames[] = {"open", "resolved"};
constexpr Choices choices_of(IncidentStatus) {
    return kIncidentStatusNames;
}

enum class IncidentType {
    server_unreachable,
    disk_full,
    memory_full,
    service_down,
    provisioning_failed,
    provider_unavailable,
    load_high,
    docker_down,
    clock_drift,
    reboot_pending,
    certificate_expiring,
    domain_failed,
};
inline constexpr std::string_view kIncidentTypeNames[] = {
    "server_unreachable",   "disk_full",    "memory_full", "service_down", "provisioning_failed",
    "provider_unavailable", "load_high",    "docker_down", "clock_drift",  "reboot_pending",
    "certificate_expiring", "domain_failed"};
constexpr Choices choices_of(IncidentType) {
    return kIncidentTypeNames;
}

// At most one is open for each (server, type, subject).
struct Incident {
    std::string id;
    std::optional<std::string> server_id;  // empty: not about a single server
    Severity severity = Severity::medium;
    IncidentStatus status = IncidentStatus::open;
    std::string title;
    std::optional<std::string> description;
    Timestamp created_at{};
    std::optional<Timestamp> resolved_at;
    IncidentType type = IncidentType::server_unreachable;
    std::optional<std::string> subject{};  // the deployment or file system, if it is about one
    Json details = Json::object();
};
void visit_fields(Incident& incident, FieldList& fields);

struct ServiceDeployment {
    std::string id;
    std::string project_id;
    std::string server_id;
    std::string service_name;
    std::int64_t port = 0;
    std::string status;
    std::optional<std::string> url;
    Timestamp deployed_at{};
    std::string commit{};  // the one that runs; empty: none yet
    std::optional<Timestamp> last_health_check{};
    std::optional<std::string> error{};  // why the last attempt or the last check failed
    std::optional<Timestamp>
        health_since{};  // since when it answers, or does not, as the status says
    // The share of checks that it answered in the last day and week, in thousandths.
    std::optional<std::int64_t> uptime_day{};
    std::optional<std::int64_t> uptime_week{};
    std::optional<Timestamp> certificate_until{};  // when its https certificate expires
};
void visit_fields(ServiceDeployment& deployment, FieldList& fields);

// A server's port belongs to one service at a time.
struct Allocation {
    std::string id;
    std::string server_id;
    std::string project_id;
    std::string service_name;
    std::int64_t port = 0;
    Timestamp allocated_at{};
};
void visit_fields(Allocation& allocation, FieldList& fields);

inline constexpr Bounds kThousandths{0, 1000};
inline constexpr Bounds kPort{1, 65'535};
inline constexpr Bounds kTitle{1, 1024};
inline constexpr Bounds kRemark{0, 16'384};

}  // namespace contracts
