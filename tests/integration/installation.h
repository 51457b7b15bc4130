// A complete installation on this machine: a daemon with its private Redis and data directory, a
// Docker Engine, the scripted model, a real Claude Code, and an administrator's CLI. Throws
// std::runtime_error; NoDockerEngine where a test should skip.
#pragma once

#include "contracts/base/json.h"
#include "contracts/streams/connection.h"
#include "tests/support/child_process.h"
#include "tests/support/docker_engine.h"
#include "tests/support/model_server.h"
#include "tests/support/temporary_directory.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tests {

enum class Isolation { containers, processes };

struct InstallationOptions {
    std::string script = "greeter";  // of the model
    Isolation isolation = Isolation::containers;
    std::map<std::string, std::string> environment{};  // additional settings of the daemon
    // What the base of the workers' images has beside the usual, under a name of its own.
    std::string base_name = "orch-base:bookworm";
    std::string base_packages{};  // "a,b"
};

// The first uid for workers, which no other test uses.
[[nodiscard]] std::uint32_t first_uid();

class Installation {
public:
    explicit Installation(InstallationOptions options);
    ~Installation();

    // Starts the daemon and waits until it serves.
    void start();
    // Sends TERM and waits for the end.
    ChildEnd stop();
    void kill_daemon();
    [[nodiscard]] bool daemon_runs() { return daemon_ && daemon_->running(); }
    [[nodiscard]] pid_t daemon_pid() const { return daemon_->pid(); }
    [[nodiscard]] std::string daemon_log() const;

    // The CLI's output as JSON, and its exit code.
    struct Told {
        int exit_code = -1;
        contracts::Json json;
    };
    [[nodiscard]] Told orchestrator(std::vector<std::string> arguments,
                                    std::chrono::seconds limit = std::chrono::seconds{120});
    // Runs `project create --start`; returns the task's id.
    [[nodiscard]] std::string begin_project(const std::string& name, const std::string& spec);
    // The task's row; waits until the task has ended.
    [[nodiscard]] contracts::Json await_end(const std::string& task_id,
                                            std::chrono::seconds limit = std::chrono::minutes{5});

    // Connects as the administrator of the daemon's Redis.
    [[nodiscard]] contracts::Connection redis() const;
    // The messages of a stream, oldest first.
    [[nodiscard]] std::vector<contracts::Json> messages(const std::string& stream) const;
    // Runs git in the bare repository of a finished task.
    [[nodiscard]] std::string git(const std::string& repository,
                                  std::vector<std::string> arguments) const;

    // Ids of the containers of this installation, running or not.
    [[nodiscard]] std::vector<std::string> containers() const;
    [[nodiscard]] const DockerEngine& engine() const { return *engine_; }
    [[nodiscard]] const ModelServer& model() const { return model_; }
    [[nodiscard]] std::string data() const { return directory_ / "data"; }
    [[nodiscard]] const std::string& model_key() const { return model_key_; }
    // The environment that lets the CLI reach the daemon.
    [[nodiscard]] const std::map<std::string, std::string>& access() const { return access_; }

private:
    [[nodiscard]] std::map<std::string, std::string> daemon_environment() const;

    InstallationOptions options_;
    TemporaryDirectory directory_;
    std::string model_key_;
    ModelServer model_;
    std::optional<DockerEngine> engine_;
    std::string base_image_;
    std::optional<ChildProcess> daemon_;
    std::map<std::string, std::string> access_;
    std::string earlier_log_;
};

}  // namespace tests
