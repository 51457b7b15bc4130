#include "control/graphs/deploy/capacity.h"

#include <algorithm>

namespace control::graphs {

using contracts::Json;
using contracts::Server;
using contracts::ServerStatus;

namespace {

// A number from the provider's data, which may be of any type; -1: not known.
std::int64_t figure(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number()) return -1;
    const double value = found->get<double>();
    return value >= 0 && value < 1e12 ? static_cast<std::int64_t>(value) : -1;
}

constexpr std::int64_t kFullDisk = 90;  // percent used, if the size is not known

Room refused(const Server& server, const std::string& why, bool is_final) {
    return {.refusal = server.handle + " " + why, .is_final = is_final};
}

// In MB; negative: not known.
std::int64_t memory_of(const Server& server) {
    const std::int64_t told = figure(server.specs, "memory_mb");
    const std::int64_t seen = figure(server.usage, "memory_total_kib");
    return told < 0 && seen >= 0 ? seen / 1024 : told;
}

// The used part of the root disk in percent; 0 if it has not been checked yet.
std::int64_t disk_percent(const Server& server) {
    const auto disks = server.usage.find("disk_percent");
    if (disks == server.usage.end() || !disks->is_object()) return 0;
    return std::clamp<std::int64_t>(figure(*disks, "/"), 0, 100);
}

// Empty: enough disk is free.
std::string disk_refusal(const Server& server, std::int64_t needed) {
    const std::int64_t used = disk_percent(server);
    const std::int64_t disk = figure(server.specs, "disk_mb");
    const bool is_full = disk < 0 ? used >= kFullDisk : disk * (100 - used) / 100 < needed;
    return is_full ? "has no disk left" : "";
}

}  // namespace

Room room_on(const Server& server, std::int64_t deployments, const DeployCallSettings& settings) {
    const std::int64_t memory = memory_of(server);
    const std::int64_t disk = figure(server.specs, "disk_mb");
    const std::int64_t needed = settings.memory_mb + settings.reserve_memory_mb;
    if (server.status != ServerStatus::active) return refused(server, "is not active", false);
    // If the provider does not report the memory, the first check of the server does.
    if (memory < 0) return refused(server, "has not told its memory yet", false);
    if (memory < needed)
        return refused(server, "has less than " + std::to_string(needed) + " MB of memory", true);
    if (disk >= 0 && disk < settings.needed_disk_mb)
        return refused(server,
                       "has less than " + std::to_string(settings.needed_disk_mb) + " MB of disk",
                       true);
    const std::int64_t seen =
        memory * std::clamp<std::int64_t>(figure(server.usage, "memory_percent"), 0, 100) / 100;
    const std::int64_t free = memory - std::max(deployments * settings.memory_mb, seen) - needed;
    if (free < 0) return refused(server, "has no memory left", false);
    if (const std::string full = disk_refusal(server, settings.needed_disk_mb); !full.empty())
        return refused(server, full, false);
    return {.free_memory_mb = free};
}

}  // namespace control::graphs
