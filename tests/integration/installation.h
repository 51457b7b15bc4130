// All of it on this machine: a daemon with its private Redis and its data directory, a Docker
// Engine, the scripted model, a real Claude Code, and the CLI as an admin uses it. Throws
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
    std::map<std::string, std::string> environment{};  // more for the daemon
    // What the base of the workers' images has beside the usual, under a name of its own.
    std::string base_name = "orch-base:bookworm";
    std::string base_packages{};  // "a,b"
};

// Of the users that workers run as: no other test's.
[[nodiscard]] std::uint32_t first_uid();

class Installation {
public:
    explicit Installation(InstallationOptions options);
    ~Installation();

    // Starts the daemon and waits until it serves.
    void start();
    // TERM, and waits for its end.
    ChildEnd stop();
    void kill_daemon();
    [[nodiscard]] bool daemon_runs() { return daemon_ && daemon_->running(); }
    [[nodiscard]] pid_t daemon_pid() const { return daemon_->pid(); }
    [[nodiscard]] std::string daemon_log() const;

    // What the CLI printed, as JSON, with its exit code.
    struct Told {
        int exit_code = -1;
        contracts::Json json;
    };
    [[nodiscard]] Told orchestrator(std::vector<std::string> arguments,
                                    std::chrono::seconds limit = std::chrono::seconds{120});
    // `project create --start`; the task's id.
    [[nodiscard]] std::string begin_project(const std::string& name, const std::string& spec);
    // The task's row, once it has ended.
    [[nodiscard]] contracts::Json await_end(const std::string& task_id,
                                            std::chrono::seconds limit = std::chrono::minutes{5});

    // As the admin of the daemon's Redis.
    [[nodiscard]] contracts::Connection redis() const;
    // The messages of a stream, oldest first.
    [[nodiscard]] std::vector<contracts::Json> messages(const std::string& stream) const;
    // git in the bare repository of a finished task.
    [[nodiscard]] std::string git(const std::string& repository,
                                  std::vector<std::string> arguments) const;

    // Ids of the containers of this installation, running or not.
    [[nodiscard]] std::vector<std::string> containers() const;
    [[nodiscard]] const DockerEngine& engine() const { return *engine_; }
    [[nodiscard]] const ModelServer& model() const { return model_; }
    [[nodiscard]] std::string data() const { return directory_ / "data"; }
    [[nodiscard]] const std::string& model_key() const { return model_key_; }
    // How the CLI reaches the daemon, by name.
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
