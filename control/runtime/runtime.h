// The runtime's port: where workers live. Two bodies: Docker Engine over its unix socket, and
// `process`, the same wrapper as a supervised child on a machine without an engine (the log warns
// that this does not isolate). One suite runs against both.
//
// The runtime is the truth: what it lists exists. Failure: an engine that does not answer is
// `transient`; a name that exists is `conflict`; an instance that does not exist is `not_found`.
// Everything of ours carries `owner` and is recognised by it; container ids are recorded by the
// caller, because an image could carry our labels. Thread: from any thread.
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

// The host directories of a worker; gate.h says which code creates them, and with which owner.
struct WorkerDirectories {
    std::string control;    // root 0700; sockets; read-only inside
    std::string state;      // root 0700; the journal
    std::string home;       // the worker's uid
    std::string workspace;  // the worker's uid
    // Owned by the worker's uid: for large temporary files, which would count as memory in /tmp.
    // Mounted at /var/tmp. Empty: none.
    std::string temporary{};
    // root 0755: `passwd` and `group` (accounts.h), read-only in /etc inside. Empty: the image's.
    std::string accounts{};
};

struct WorkerLimits {
    std::int64_t memory_bytes = 512LL << 20;  // without swap
    double cpus = 0.5;
    std::int64_t pids = 256;
    // For all its files together; not enforced by a runtime, but monitored. 0: unlimited.
    std::int64_t disk_bytes = 0;
};

// A service for a worker's tests, reachable only on that worker's loopback.
struct ServiceSpec {
    std::string name;   // a-z: part of a container's name
    std::string image;  // its entry point starts the service, and prints "service-ready" once it
                        // serves
};

struct WorkerSpec {
    std::string worker_id;
    std::string image;      // docker: tag or id; process: ignored
    std::uint32_t uid = 0;  // the agent's
    // Contains no secrets. worker_spec.h lists what every body adds.
    std::map<std::string, std::string> environment;
    std::map<std::string, std::string> labels;  // short keys ("task"); the body prefixes them
    WorkerDirectories directories;
    WorkerLimits limits;
    std::vector<ServiceSpec> services{};  // started with the worker, removed with it
    std::chrono::seconds stop_grace{30};
};

struct WorkerInstance {
    std::string id;  // the runtime's own: container id, or "process:<worker_id>:<pid>:<start time>"
    std::string worker_id;
    bool running = false;
    bool paused = false;
    // Empty: it runs, never ran, or its end is unknown (which is never success).
    std::optional<int> exit_code;
    // Some process in it was killed, at some time; this does not prove what ended the worker.
    bool oom_killed = false;
    std::optional<contracts::Timestamp> finished_at;
};

// `watching` is sent once, when no death from now on can be missed: list the instances then.
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
    // Whether it isolates; false is logged at start and shown by status commands.
    [[nodiscard]] virtual bool isolates() const = 0;
    // Creates and starts it; on failure nothing is left behind. Returns the instance's id.
    [[nodiscard]] virtual contracts::Result<std::string> launch(const WorkerSpec& spec) = 0;
    [[nodiscard]] virtual contracts::Result<WorkerInstance> inspect(const std::string& id) = 0;
    // All instances of this owner, running or not.
    [[nodiscard]] virtual contracts::Result<std::vector<WorkerInstance>> list() = 0;
    // TERM, `grace`, KILL. An instance that is already gone is success.
    [[nodiscard]] virtual contracts::Result<void> stop(const std::string& id,
                                                       std::chrono::seconds grace) = 0;
    [[nodiscard]] virtual contracts::Result<void> kill(const std::string& id) = 0;
    // Freezes every process of a running worker; resume continues them. A repeated call is success,
    // and so is stopping a frozen worker without resuming it first. A body that does not support it
    // returns `fatal`.
    [[nodiscard]] virtual contracts::Result<void> pause(const std::string& id);
    [[nodiscard]] virtual contracts::Result<void> resume(const std::string& id);
    // The end of its output, at most `bytes`.
    [[nodiscard]] virtual contracts::Result<std::string> tail(const std::string& id,
                                                              std::size_t bytes) = 0;
    // Removes a stopped instance, and verifies it. One that is already gone is success.
    [[nodiscard]] virtual contracts::Result<void> remove(const std::string& id) = 0;
    // Reports deaths, on the caller's thread, until asked to stop or until the source breaks (then
    // `transient`). The reports are hints, never the truth.
    [[nodiscard]] virtual contracts::Result<void> watch(
        const std::function<void(const RuntimeEvent&)>& report, std::stop_token stop) = 0;
};

}  // namespace control
