// The deployer's port: puts a tested commit where its users reach it. The body that needs no
// account anywhere is `local` (local/local_deployer.h): this machine.
//
// Every call names a deployment by its key, and may be made twice. A fault of the project is an
// answer (DeployFault), and so is a port that another program uses; an Error means that we could
// not act: an engine does not answer or the disk is full (`transient`), or the commit is unknown
// (`not_found`).
//
// Secrets reach only the project's environment: they are masked in all texts that leave
// this port (logs, faults, errors). Thread: any; two calls about one key wait for each
// other.
#pragma once

#include "contracts/base/result.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace control {

struct DeploymentLimits {
    std::int64_t memory_bytes = 512LL << 20;  // without swap
    double cpus = 0.5;
    std::int64_t pids = 256;
};

struct DeploymentSpec {
    std::string key;         // a-z 0-9 -, at most 63; one for a project's service
    std::string repository;  // its name at the forge
    std::string commit;
    std::string setup{};           // a shell command, run once the project's files are in place
    std::string run = "make run";  // a shell command; the project's Dockerfile takes precedence
    std::string health = "/";      // a path that answers 2xx when the project works
    std::uint16_t port = 0;        // where its users reach it; the project finds it in PORT
    std::vector<std::string> packages{};  // those of the image that its tests ran in
    std::map<std::string, std::string> environment{};
    std::map<std::string, std::string> secrets{};  // added to the environment, never shown
    bool outbound = false;                         // may open connections to the outside
    DeploymentLimits limits{};
    std::chrono::seconds start_timeout{60};  // for its first answer
};

struct DeployFault {
    enum class Kind {
        build_failed,  // its Dockerfile or its setup failed
        ended,         // its process ended before it answered
        silent,        // nothing listened on PORT
        wrong_port,    // it listens, but not on PORT
        bad_answer,    // it answers, but not with a 2xx status
    } kind = Kind::silent;
    std::string message;  // one sentence, with what to change
    std::string log;      // the last lines, masked
};

// Exactly one of the three is set.
struct DeployEnd {
    std::optional<std::string> url{};
    std::optional<DeployFault> fault{};
    bool port_taken = false;  // by a program that is not ours
};

enum class DeploymentState { absent, running, restarting };

struct DeploymentStatus {
    DeploymentState state = DeploymentState::absent;
    std::string commit{};
    std::string url{};
    std::optional<int> exit_code{};  // of its last run, if it is not running
};

class Deployer {
public:
    virtual ~Deployer() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;  // "docker", "process"
    // Returns when the URL answers and the previous version is gone; if it fails, the previous
    // version keeps running. The same specification again changes nothing while it runs.
    [[nodiscard]] virtual contracts::Result<DeployEnd> deploy(const DeploymentSpec& spec,
                                                              std::stop_token stop = {}) = 0;
    [[nodiscard]] virtual contracts::Result<DeploymentStatus> status(const std::string& key) = 0;
    // The last `bytes` of what the deployment has printed. Nothing deployed: `not_found`.
    [[nodiscard]] virtual contracts::Result<std::string> logs(const std::string& key,
                                                              std::size_t bytes) = 0;
    // Ends it and frees its port; succeeds if nothing is deployed.
    [[nodiscard]] virtual contracts::Result<void> stop(const std::string& key) = 0;
    // Ends what a workflow of the project started with compose under this name; succeeds if there
    // is nothing. Volumes stay: their names are returned.
    [[nodiscard]] virtual contracts::Result<std::vector<std::string>> stop_composed(
        const std::string&) {
        return std::vector<std::string>();
    }
    // Stops every deployment that this deployer has; returns the first that could not be stopped,
    // after trying all.
    [[nodiscard]] virtual contracts::Result<void> stop_all() = 0;
    // One request to its health path from the outside. No answer, or one that is not 2xx, is
    // `upstream` with the reason; nothing deployed: `not_found`.
    [[nodiscard]] virtual contracts::Result<void> probe(const std::string& key) = 0;
    // Restarts what should be running, and removes what an interrupted call left behind. Called at
    // start and from time to time; each fault is one sentence.
    [[nodiscard]] virtual std::vector<std::string> mend() = 0;
};

}  // namespace control
