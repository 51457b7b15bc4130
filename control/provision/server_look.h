// What servers say about themselves: one ssh each, with one short script for all that is wanted.
// Only servers that were reached before are spoken to, and only while they show the same host keys.
// What comes back is a stranger's word: bounded, and read strictly.
#pragma once

#include "control/provision/provision.h"

#include <vector>

namespace control {

struct FileSystemUse {
    std::string mounted_on;  // "/"
    std::int64_t total_kib = 0;
    std::int64_t free_kib = 0;  // for ordinary users
};

enum class DockerState { absent, down, up };

struct ServerFigures {
    std::int64_t memory_total_kib = 0;
    std::int64_t memory_available_kib = 0;
    std::vector<FileSystemUse> file_systems;  // those of the system, of services and of Docker
    std::int64_t load_hundredths = 0;         // of the last minute, as of /proc/loadavg
    std::int64_t processors = 1;
    DockerState docker = DockerState::absent;
    // How far its clock is from ours at least; positive: it is ahead.
    std::chrono::milliseconds clock_ahead{0};
    bool needs_reboot = false;
};

// Reads what the script printed. `asked` and `answered`: our clock before and after. Failure:
// `invalid`, field "answer": something is missing or is not what it should be.
[[nodiscard]] contracts::Result<ServerFigures> read_figures(std::string_view text,
                                                            contracts::Timestamp asked,
                                                            contracts::Timestamp answered);

class ServerLooks {
public:
    virtual ~ServerLooks() = default;
    // Of each target, in their order: its figures or why there are none, as provision.h has it.
    // Fails as a whole when our key cannot be had. Blocks for as long as the slowest takes.
    [[nodiscard]] virtual contracts::Result<std::vector<contracts::Result<ServerFigures>>> look(
        const std::vector<ProvisionTarget>& targets, const std::stop_token& stop) = 0;
};

struct ServerLooksSettings {
    std::string directory;     // for runs (0700); it exists and is ours alone
    std::size_t at_once = 32;  // connections
};

// Removes what an earlier life left in the directory. Borrows database, vault and clock.
[[nodiscard]] std::unique_ptr<ServerLooks> make_ssh_looks(ServerLooksSettings settings,
                                                          Database& db, const Vault& vault,
                                                          const contracts::Clock& clock);

}  // namespace control
