// The deployer's port: puts a tested commit where its users reach it. The body that works with
// nothing signed up is `local` (local/local_deployer.h): this machine.
//
// Everything is named by a deployment's key, and every call may be made twice. What the project
// did wrong is an answer (DeployFault), as a program's exit code is, and so is a port that another
// program has; only what we could not do is an Error: an engine that does not answer, a full disk
// (`transient`), an unknown commit (`not_found`).
//
// Secrets reach the project's environment and nothing else of ours: texts that leave this port
// (logs, faults, errors) have them masked. Thread: any; two calls about one key wait for each
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
    std::string repository;  // of the forge
    std::string commit;
    std::string setup{};           // a shell command, when the project's files are laid down
    std::string run = "make run";  // a shell command; a Dockerfile of the project's comes first
    std::string health = "/";      // a path that answers 2xx when the project works
    std::uint16_t port = 0;        // where its users reach it; the project finds it in PORT
    std::vector<std::string> packages{};  // of the image that its tests ran in
    std::map<std::string, std::string> environment{};
    std::map<std::string, std::string> secrets{};  // environment too, never shown
    bool outbound = false;                         // may open connections to the outside
    DeploymentLimits limits{};
    std::chrono::seconds start_timeout{60};  // until it answers
};

struct DeployFault {
    enum class Kind {
        build_failed,  // its Dockerfile or its setup
        ended,         // before it answered
        silent,        // nothing listened on PORT
        wrong_port,    // it listens, but not on PORT
        bad_answer,    // anything but 2xx
    } kind = Kind::silent;
    std::string message;  // one sentence, with what to change
    std::string log;      // the last lines, masked
};

// Exactly one of the three is there.
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
    std::optional<int> exit_code{};  // how its last life ended, while it does not run
};

class Deployer {
public:
    virtual ~Deployer() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;  // "docker", "process"
    // Returns when the URL answers, with the version before it gone; on failure the version before
    // it goes on undisturbed. The same specification while it runs changes nothing.
    [[nodiscard]] virtual contracts::Result<DeployEnd> deploy(const DeploymentSpec& spec,
                                                              std::stop_token stop = {}) = 0;
    [[nodiscard]] virtual contracts::Result<DeploymentStatus> status(const std::string& key) = 0;
    // The last output of what runs, at most `bytes`. Nothing deployed: `not_found`.
    [[nodiscard]] virtual contracts::Result<std::string> logs(const std::string& key,
                                                              std::size_t bytes) = 0;
    // Ends it and frees its port; nothing there is success.
    [[nodiscard]] virtual contracts::Result<void> stop(const std::string& key) = 0;
    // Ends what a workflow of the project's own started with compose under this name; nothing there
    // is success. Volumes stay: their names are returned.
    [[nodiscard]] virtual contracts::Result<std::vector<std::string>> stop_composed(
        const std::string&) {
        return std::vector<std::string>();
    }
    // Stops every deployment that this deployer has; returns the first that could not be stopped,
    // after trying all.
    [[nodiscard]] virtual contracts::Result<void> stop_all() = 0;
    // One request to its health path from the outside. An answer that is not 2xx, or none at all,
    // is `upstream` and says which; nothing deployed: `not_found`.
    [[nodiscard]] virtual contracts::Result<void> probe(const std::string& key) = 0;
    // Brings back what should run and does not, and removes what an interrupted call left. Called
    // at start and from time to time; each fault is one sentence.
    [[nodiscard]] virtual std::vector<std::string> mend() = 0;
};

}  // namespace control
