// The files of the process runtime about one worker, and how its processes are distinguished from
// others that happen to have the same number.
//
//   launch.json    what to run; written before the supervisor starts
//   instance.json  which process the supervisor is; written by it
//   exit.json      how the worker ended; written by it last
//   log, log.1     standard output and error, the newer and the older half
//   run/           for the agent's socket
//   keep           of a service: start it again when it ends
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <sys/types.h>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control::process {

// A process of this boot. Its number alone is not enough, because numbers are reused.
struct Identity {
    pid_t pid = 0;
    std::uint64_t start_time = 0;  // clock ticks since boot
    std::string boot;

    [[nodiscard]] static contracts::Result<Identity> of(pid_t pid);
    // It runs: not gone, not a zombie, not another one.
    [[nodiscard]] bool alive() const;
    // A descriptor of exactly this process; invalid if it has ended.
    [[nodiscard]] contracts::UniqueFd open() const;
};

struct Launch {
    std::string owner;
    std::string worker_id;
    std::string program;
    std::string directory;
    std::vector<std::string> environment;  // NAME=value
    std::uint32_t uid = 0;                 // the agent's; 0: ours
    std::vector<std::string> arguments{};  // those that follow the program's name
    // A deployed project instead of a worker: the program itself runs as `uid`, the supervisor is
    // in the program's network namespace as well (so that its number leads there), and the program
    // is restarted, after growing pauses, while the file `keep` exists in the directory.
    bool service = false;
    // Processes and threads of `uid`, where it is not ours; 0: not limited.
    std::int64_t pids = 0;
};

struct Instance {
    std::string owner;
    std::string worker_id;
    Identity supervisor;

    // "process:<worker_id>:<pid>:<start time>"
    [[nodiscard]] std::string id() const;
};

struct Exit {
    int exit_code = 0;
    contracts::Timestamp finished_at{};
};

// The files of one worker below <instances>/<worker_id>.
class InstanceFiles {
public:
    explicit InstanceFiles(std::string directory) : directory_(std::move(directory)) {}

    [[nodiscard]] const std::string& directory() const { return directory_; }
    [[nodiscard]] std::string path(std::string_view name) const;

    // `conflict` if the directory exists.
    [[nodiscard]] contracts::Result<void> make() const;
    [[nodiscard]] contracts::Result<void> write(const Launch& launch) const;
    [[nodiscard]] contracts::Result<void> write(const Instance& instance) const;
    [[nodiscard]] contracts::Result<void> write(const Exit& exit) const;
    [[nodiscard]] contracts::Result<Launch> launch() const;
    [[nodiscard]] contracts::Result<Instance> instance() const;
    // Empty if the end was not recorded.
    [[nodiscard]] std::optional<Exit> exit() const;
    // From now on, a service is restarted when it ends.
    [[nodiscard]] contracts::Result<void> keep() const;
    [[nodiscard]] bool is_kept() const;
    [[nodiscard]] contracts::Result<void> remove() const;

private:
    std::string directory_;
};

struct Found {
    InstanceFiles files;
    Instance instance;
};

}  // namespace control::process
