// Figures that servers report about themselves: one ssh per server, with one short script for all
// of them. Only servers that were reached before are contacted, and only while they show the same
// host keys. Their answers are not trusted: they are bounded and parsed strictly.
#pragma once

#include "control/provision/provision.h"

#include <vector>

namespace control {

struct FileSystemUse {
    std::string mounted_on;  // "/"
    std::int64_t total_kib = 0;
    std::int64_t free_kib = 0;  // available to ordinary users
};

enum class DockerState { absent, down, up };

struct ServerFigures {
    std::int64_t memory_total_kib = 0;
    std::int64_t memory_available_kib = 0;
    std::vector<FileSystemUse> file_systems;  // those of the system, of services and of Docker
    std::int64_t load_hundredths = 0;         // over the last minute, from /proc/loadavg
    std::int64_t processors = 1;
    DockerState docker = DockerState::absent;
    // The least that its clock differs from ours; positive: it is ahead.
    std::chrono::milliseconds clock_ahead{0};
    bool needs_reboot = false;
};

// Parses the script's output. `asked` and `answered`: our clock before and after. Failure:
// `invalid`, field "answer": something is missing or not as expected.
[[nodiscard]] contracts::Result<ServerFigures> read_figures(std::string_view text,
                                                            contracts::Timestamp asked,
                                                            contracts::Timestamp answered);

class ServerLooks {
public:
    virtual ~ServerLooks() = default;
    // For each target, in their order: its figures or why there are none, with failures as in
    // provision.h. Fails as a whole if our key is not available. Blocks for as long as the slowest
    // takes.
    [[nodiscard]] virtual contracts::Result<std::vector<contracts::Result<ServerFigures>>> look(
        const std::vector<ProvisionTarget>& targets, const std::stop_token& stop) = 0;
};

struct ServerLooksSettings {
    std::string directory;     // for runs (0700); it exists and only we use it
    std::size_t at_once = 32;  // connections
};

// Removes what an earlier run left in the directory. Borrows database, vault and clock.
[[nodiscard]] std::unique_ptr<ServerLooks> make_ssh_looks(ServerLooksSettings settings,
                                                          Database& db, const Vault& vault,
                                                          const contracts::Clock& clock);

}  // namespace control
