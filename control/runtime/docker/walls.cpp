#include "control/runtime/docker/walls.h"

#include <algorithm>
#include <cmath>

namespace control::docker {

using contracts::Json;

namespace {

constexpr std::int64_t kMebibyte = 1 << 20;

// The memory of System V objects does not belong to a process: killing one does not free it, and it
// would outlive the agent that created it, until PID 1 is killed for lack of memory.
Json sysctls() {
    return {{"kernel.shm_rmid_forced", "1"},  // a segment is freed with its last process
            {"kernel.msgmni", "32"},          // queues, of 16 KiB each
            {"kernel.sem", "250 32000 32 128"}};
}

}  // namespace

std::string mebibytes(std::int64_t bytes) {
    return std::to_string(std::max<std::int64_t>(bytes / kMebibyte, 1)) + "m";
}

Json walls(const WorkerLimits& limits) {
    return {
        {"NetworkMode", "none"},
        {"CapDrop", Json::array({"ALL"})},
        {"SecurityOpt", Json::array({"no-new-privileges:true"})},
        {"Privileged", false},
        {"ReadonlyRootfs", true},
        {"Init", false},
        {"IpcMode", "private"},
        {"PidMode", ""},
        {"UTSMode", ""},
        {"UsernsMode", ""},
        {"CgroupnsMode", "private"},
        {"CgroupParent", ""},
        {"Devices", Json::array()},
        {"DeviceRequests", Json::array()},
        {"DeviceCgroupRules", Json::array()},
        {"GroupAdd", Json::array()},
        {"Binds", Json::array()},
        {"VolumesFrom", Json::array()},
        {"PortBindings", Json::object()},
        {"PublishAllPorts", false},
        {"Memory", limits.memory_bytes},
        {"MemorySwap", limits.memory_bytes},
        {"NanoCpus", static_cast<std::int64_t>(std::llround(limits.cpus * 1e9))},
        {"PidsLimit", limits.pids},
        {"OomKillDisable", false},
        {"OomScoreAdj", 500},
        {"ShmSize", std::max(limits.memory_bytes / 16, kMebibyte)},
        {"Ulimits", Json::array({{{"Name", "core"}, {"Soft", 0}, {"Hard", 0}}})},
        {"Sysctls", sysctls()},
        {"LogConfig", {{"Type", "local"}, {"Config", {{"max-size", "1m"}, {"max-file", "2"}}}}},
        {"AutoRemove", false},
    };
}

}  // namespace control::docker
