#include "control/workers/limits.h"

#include "contracts/base/number.h"

#include <algorithm>
#include <cmath>

namespace control {

using namespace contracts;

namespace {

// The units of the configuration.
struct Granted {
    std::int64_t memory_mb;
    std::int64_t cpu_percent;
    std::int64_t pids;
    std::int64_t disk_mb;  // 0: any
};

Granted most_of(const WorkersSetting& setting) {
    const WorkerLimits& usual = setting.limits;
    const std::int64_t times = setting.limits_times;
    return {.memory_mb = (usual.memory_bytes >> 20) * times,
            .cpu_percent = std::llround(usual.cpus * 100) * times,
            .pids = usual.pids * times,
            .disk_mb = (usual.disk_bytes >> 20) * times};
}

Result<void> check(std::string_view name, std::optional<std::int64_t> asked, std::int64_t most) {
    if (!asked || *asked <= most) return {};
    return fail(ErrorKind::invalid,
                "must be at most " + std::to_string(most) + " here, not " + std::to_string(*asked),
                "config.limits." + std::string(name),
                "ask for less, or let the administrator raise the daemon's limits");
}

// What a thread asks for after its worker ran out of memory; 0: nothing.
std::int64_t memory_after_failure(const WorkerRow& worker) {
    return contracts::whole_number(worker.about("memory_mb"), 0).value_or(0);
}

}  // namespace

Result<void> check_limits(const WorkersSetting& setting, const ResourceLimits& asked) {
    const Granted most = most_of(setting);
    if (Result<void> fits = check("memory_mb", asked.memory_mb, most.memory_mb); !fits) return fits;
    if (Result<void> fits = check("cpu_percent", asked.cpu_percent, most.cpu_percent); !fits)
        return fits;
    if (Result<void> fits = check("pids", asked.pids, most.pids); !fits) return fits;
    if (most.disk_mb == 0) return {};
    return check("disk_mb", asked.disk_mb, most.disk_mb);
}

WorkerLimits limits_of(const WorkersSetting& setting, const WorkerRow& worker) {
    const ResourceLimits asked = worker.config.limits.value_or(ResourceLimits{});
    const Granted most = most_of(setting);
    WorkerLimits limits = setting.limits;
    const std::int64_t usual_memory = limits.memory_bytes >> 20;
    limits.memory_bytes =
        std::min(std::max(asked.memory_mb.value_or(usual_memory), memory_after_failure(worker)),
                 most.memory_mb)
        << 20;
    if (asked.cpu_percent)
        limits.cpus = static_cast<double>(std::min(*asked.cpu_percent, most.cpu_percent)) / 100;
    if (asked.pids) limits.pids = std::min(*asked.pids, most.pids);
    if (asked.disk_mb)
        limits.disk_bytes =
            (most.disk_mb == 0 ? *asked.disk_mb : std::min(*asked.disk_mb, most.disk_mb)) << 20;
    return limits;
}

}  // namespace control
