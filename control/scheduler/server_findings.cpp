#include "control/scheduler/server_findings.h"

#include <cstdlib>

namespace control {

using contracts::IncidentType;
using contracts::Json;
using contracts::Result;
using contracts::Server;
using contracts::Severity;

namespace {

using namespace std::chrono_literals;

// Above the first value a figure is bad, below the second it is good.
struct Thresholds {
    std::int64_t bad = 0;
    std::int64_t good = 0;
};
constexpr Thresholds kDiskPercent{90, 85};
constexpr Thresholds kMemoryPercent{90, 85};
constexpr Thresholds kLoadPercent{400, 200};  // as a share of the capacity of all processors
constexpr Thresholds kDriftMs{5'000, 2'000};
constexpr std::int64_t kDiskCritical = 97;

FindingState judge(std::int64_t figure, const Thresholds& limits) {
    if (figure >= limits.bad) return FindingState::bad;
    return figure < limits.good ? FindingState::good : FindingState::unsure;
}

std::int64_t used_percent(std::int64_t total, std::int64_t free) {
    return total == 0 ? 0 : 100 - free * 100 / total;
}

std::string gib(std::int64_t kib) {
    const std::int64_t tenths = kib * 10 / (1 << 20);
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

std::int64_t load_percent(const ServerFigures& figures) {
    return figures.load_hundredths / figures.processors;
}

// The ssh command to a server, as a person would type it.
std::string log_in(const Server& server) {
    return "ssh " + server.ssh_user + "@" + server.ip_address;
}

Finding disk(const Server& server, const FileSystemUse& one) {
    const std::int64_t used = used_percent(one.total_kib, one.free_kib);
    return {.type = IncidentType::disk_full,
            .subject = one.mounted_on,
            .state = judge(used, kDiskPercent),
            .severity = used >= kDiskCritical ? Severity::critical : Severity::high,
            .title = "The disk of " + server.handle + " is nearly full",
            .description = one.mounted_on + " is " + std::to_string(used) + " % full, " +
                           gib(one.free_kib) +
                           " are left. Remove what is not needed, images first: " + log_in(server) +
                           " docker system df"};
}

Finding memory(const Server& server, const ServerFigures& figures) {
    const std::int64_t used = used_percent(figures.memory_total_kib, figures.memory_available_kib);
    return {.type = IncidentType::memory_full,
            .subject = kHealthSubject,
            .state = judge(used, kMemoryPercent),
            .severity = Severity::high,
            .title = "The memory of " + server.handle + " is nearly used up",
            .description = std::to_string(used) + " % of " + gib(figures.memory_total_kib) +
                           " are used. See by what: " + log_in(server) +
                           " docker stats --no-stream"};
}

Finding load(const Server& server, const ServerFigures& figures) {
    const std::int64_t percent = load_percent(figures);
    return {.type = IncidentType::load_high,
            .subject = kHealthSubject,
            .state = judge(percent, kLoadPercent),
            .severity = Severity::medium,
            .title = "The load of " + server.handle + " is high",
            .description = "Its load is " + std::to_string(percent) +
                           " % of what its processors can do. See by what: " + log_in(server) +
                           " top -bn1"};
}

Finding docker(const Server& server, const ServerFigures& figures) {
    const bool is_up = figures.docker == DockerState::up;
    const char* what =
        figures.docker == DockerState::absent ? "is not installed" : "does not answer";
    return {.type = IncidentType::docker_down,
            .subject = kHealthSubject,
            .state = is_up ? FindingState::good : FindingState::bad,
            .severity = Severity::high,
            .title = "Docker on " + server.handle + " " + what,
            .description = "Nothing can be deployed there. See why: " + log_in(server) +
                           " journalctl -u docker -n 50, or have it set up again: orchestrator "
                           "infra provision " +
                           server.id};
}

Finding drift(const Server& server, const ServerFigures& figures) {
    const std::int64_t ms = figures.clock_ahead.count();
    return {.type = IncidentType::clock_drift,
            .subject = kHealthSubject,
            .state = judge(std::abs(ms), kDriftMs),
            .severity = Severity::medium,
            .title = "The clock of " + server.handle + " is wrong",
            .description = "It is " + std::to_string(std::abs(ms) / 1000) + " s " +
                           (ms > 0 ? "ahead of" : "behind") +
                           " ours: certificates and tokens may be refused. Have it follow a time "
                           "server: " +
                           log_in(server) + " timedatectl set-ntp true"};
}

Finding reboot(const Server& server, const ServerFigures& figures) {
    return {.type = IncidentType::reboot_pending,
            .subject = kHealthSubject,
            .state = figures.needs_reboot ? FindingState::bad : FindingState::good,
            .severity = Severity::low,
            .title = server.handle + " has to be rebooted",
            .description =
                "Updates that are installed count after a reboot only. When it suits "
                "you: " +
                log_in(server) + " reboot"};
}

Finding reach(const Server& server, const Result<ServerFigures>& figures) {
    Finding finding{.type = IncidentType::server_unreachable,
                    .subject = kHealthSubject,
                    .state = figures ? FindingState::good : FindingState::bad,
                    .severity = Severity::critical,
                    .title = "The server " + server.handle + " cannot be reached"};
    if (!figures)
        finding.description =
            figures.error().describe() + ". Its state: orchestrator infra show " + server.id;
    return finding;
}

}  // namespace

FindingLimits limits_of(IncidentType type) {
    switch (type) {
        case IncidentType::server_unreachable:
        case IncidentType::memory_full:
        case IncidentType::load_high:
            return {.bad = 3, .good = 2};
        case IncidentType::docker_down:
        case IncidentType::clock_drift:
            return {.bad = 2, .good = 2};
        default:
            return {};
    }
}

std::vector<Finding> findings_of(const Server& server, const Result<ServerFigures>& figures) {
    std::vector<Finding> all{reach(server, figures)};
    if (!figures) return all;
    for (const FileSystemUse& one : figures->file_systems)
        all.push_back(disk(server, one));
    all.push_back(memory(server, *figures));
    all.push_back(load(server, *figures));
    all.push_back(docker(server, *figures));
    all.push_back(drift(server, *figures));
    all.push_back(reboot(server, *figures));
    return all;
}

Json usage_of(const ServerFigures& figures) {
    Json disks = Json::object();
    for (const FileSystemUse& one : figures.file_systems)
        disks[one.mounted_on] = used_percent(one.total_kib, one.free_kib);
    return {
        {"memory_percent", used_percent(figures.memory_total_kib, figures.memory_available_kib)},
        {"memory_total_kib", figures.memory_total_kib},
        {"disk_percent", std::move(disks)},
        {"load_percent", load_percent(figures)},
        {"docker", figures.docker == DockerState::up},
        {"clock_ahead_ms", figures.clock_ahead.count()},
        {"needs_reboot", figures.needs_reboot}};
}

}  // namespace control
