// What workers run in, and how much each may use.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/fields/field_list.h"
#include "control/settings/cluster.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace control {

enum class RuntimeChoice {
    any,         // Docker Engine where one answers, else processes, said loudly
    docker,      // Docker Engine or nothing
    process,     // no isolation
    kubernetes,  // pods on the daemon's own node
};
inline constexpr std::string_view kRuntimeChoiceNames[] = {"auto", "docker", "process",
                                                           "kubernetes"};
constexpr contracts::Choices choices_of(RuntimeChoice) {
    return kRuntimeChoiceNames;
}

struct RuntimeSettings {
    RuntimeChoice choice = RuntimeChoice::any;  // RUNTIME
    ClusterSettings cluster;                    // with `kubernetes`
    std::string docker_socket;                  // DOCKER_HOST, without its unix://
    std::string base_image;                     // BASE_IMAGE
    std::string build_network;  // BUILD_NETWORK: of image build steps; empty: the engine's default
    std::string build_ca_file;  // BUILD_CA_FILE: certificates that build steps trust, too
    std::string build_apt_sources;  // BUILD_APT_SOURCES: a sources.list for build steps
    // TOOLCHAINS: beside ours, the Debian packages of each.
    std::map<std::string, std::vector<std::string>> toolchains;
};

struct WorkerSettings {
    std::int64_t at_once = 10;                   // MAX_CONCURRENT_WORKERS
    std::int64_t of_user = 0;                    // MAX_WORKERS_PER_USER; 0: no limit
    std::chrono::seconds creation_timeout{300};  // WORKER_CREATION_TIMEOUT
    // DAEMON_GONE_AFTER: how long another daemon may be silent before its workers count as lost;
    // zero: forever
    std::chrono::seconds gone_after{std::chrono::hours(24)};
    std::uint32_t first_uid = 20'000;  // WORKER_FIRST_UID, as root; one for each slot
    std::int64_t memory_mb = 512;      // WORKER_MEMORY_MB
    double cpus = 0.5;                 // WORKER_CPU_PERCENT / 100
    std::int64_t pids = 256;           // WORKER_PIDS
    std::int64_t disk_mb = 10'240;     // WORKER_DISK_MB; 0: not watched
    // WORKER_LIMITS_TIMES: how many times these a worker may have if its configuration asks for it
    std::int64_t limits_times = 4;
    std::vector<std::string> host_sessions;    // HOST_SESSION_DIRS
    std::chrono::seconds pause_after{600};     // WORKER_PAUSE_AFTER; 0: never
    std::chrono::seconds stop_after{1800};     // WORKER_STOP_AFTER; 0: never
    std::chrono::seconds pulse_patience{120};  // WORKER_PULSE_PATIENCE; 0: not watched
};

void read(contracts::Environment& environment, RuntimeSettings& settings);
// The one that may change while the daemon runs (live.h).
void read_quota(contracts::Environment& environment, WorkerSettings& settings);
void read(contracts::Environment& environment, WorkerSettings& settings);

}  // namespace control
