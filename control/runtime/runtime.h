// The runtime's port: where workers live. Two bodies: Docker Engine over its unix socket, and
// `process`, the same wrapper as a supervised child where no engine answers (the log warns that
// this does not isolate). One suite runs against both.
//
// The runtime is the truth: what it lists lives. Failure: an engine that does not answer is
// `transient`; a name already taken `conflict`; what is not there `not_found`. Everything of ours
// carries `owner` and is told apart by it; container ids are recorded by the caller, because an
// image could carry our labels. Thread: from any thread.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace control {

// The host directories of a worker; gate.h says which code makes them, and with which owner.
struct WorkerDirectories {
    std::string control;    // root 0700; sockets; read-only inside
    std::string state;      // root 0700; the journal
    std::string home;       // the worker's uid
    std::string workspace;  // the worker's uid
    // The worker's uid: for large temporary files, which in /tmp would count as memory. /var/tmp
    // inside. Empty: none.
    std::string temporary{};
    // root 0755: `passwd` and `group` (accounts.h), read-only in /etc inside. Empty: the image's.
    std::string accounts{};
};

struct WorkerLimits {
    std::int64_t memory_bytes = 512LL << 20;  // without swap
    double cpus = 0.5;
    std::int64_t pids = 256;
    // Of its files together; not held by any runtime but watched. 0: any number.
    std::int64_t disk_bytes = 0;
};

// What serves a worker's tests on its own loopback, and nobody else.
struct ServiceSpec {
    std::string name;   // a-z: part of a container's name
    std::string image;  // whose entry point serves, and says "service-ready" when it does
};

struct WorkerSpec {
    std::string worker_id;
    std::string image;      // docker: tag or id; process: ignored
    std::uint32_t uid = 0;  // of the agent
    // No secret among them. worker_spec.h says what every body adds.
    std::map<std::string, std::string> environment;
    std::map<std::string, std::string> labels;  // short keys ("task"); the body prefixes them
    WorkerDirectories directories;
    WorkerLimits limits;
    std::vector<ServiceSpec> services{};  // started with the worker, gone with it
    std::chrono::seconds stop_grace{30};
};

struct WorkerInstance {
    std::string id;  // the runtime's own: container id, or "process:<worker_id>:<pid>:<start time>"
    std::string worker_id;
    bool running = false;
    bool paused = false;
    // Empty: it runs, never ran, or its end is unknown (which is never success).
    std::optional<int> exit_code;
    // Some process in it was, at some time; this does not prove what ended it.
    bool oom_killed = false;
    std::optional<contracts::Timestamp> finished_at;
};

// `watching` comes once, when nothing that dies from here on can be missed: the time to list.
struct RuntimeEvent {
    enum class Kind { watching, died, out_of_memory } kind;
    std::string id;
    std::string worker_id;
    std::optional<int> exit_code;
};

class Runtime {
public:
    virtual ~Runtime() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;  // "docker", "process"
    // Whether it isolates: false is logged at start and shown by status commands.
    [[nodiscard]] virtual bool isolates() const = 0;
    // Creates and starts; on failure nothing is left behind. Returns the instance's id.
    [[nodiscard]] virtual contracts::Result<std::string> launch(const WorkerSpec& spec) = 0;
    [[nodiscard]] virtual contracts::Result<WorkerInstance> inspect(const std::string& id) = 0;
    // All of this owner's, running or not.
    [[nodiscard]] virtual contracts::Result<std::vector<WorkerInstance>> list() = 0;
    // TERM, `grace`, KILL. Gone already is success.
    [[nodiscard]] virtual contracts::Result<void> stop(const std::string& id,
                                                       std::chrono::seconds grace) = 0;
    [[nodiscard]] virtual contracts::Result<void> kill(const std::string& id) = 0;
    // Freezes every process of a running worker; resume lets them go on. Done already is success,
    // and so is stopping a frozen one without resuming it first. A body that cannot freeze says
    // `fatal`.
    [[nodiscard]] virtual contracts::Result<void> pause(const std::string& id);
    [[nodiscard]] virtual contracts::Result<void> resume(const std::string& id);
    // The last output, at most `bytes`.
    [[nodiscard]] virtual contracts::Result<std::string> tail(const std::string& id,
                                                              std::size_t bytes) = 0;
    // Removes a stopped one, and verifies. Gone already is success.
    [[nodiscard]] virtual contracts::Result<void> remove(const std::string& id) = 0;
    // Reports deaths, on the caller's thread, until asked to stop or until the source breaks (then
    // `transient`). A hint, never the truth.
    [[nodiscard]] virtual contracts::Result<void> watch(
        const std::function<void(const RuntimeEvent&)>& report, std::stop_token stop) = 0;
};

}  // namespace control
