// The runtime's implementations that the suite runs against: each creates a runtime and
// specifications of workers that run worker_probe, in temporary directories.
#pragma once

#include "control/runtime/docker/docker.h"
#include "control/runtime/kubernetes/kubernetes.h"
#include "control/runtime/process/process.h"
#include "tests/support/docker_engine.h"
#include "tests/support/kubernetes_cluster.h"
#include "tests/support/temporary_directory.h"

#include <memory>
#include <string>

namespace runtime_tests {

class Body {
public:
    explicit Body(std::string bin_directory);
    virtual ~Body() = default;

    // A new runtime object, as after a restart of the daemon.
    [[nodiscard]] virtual std::unique_ptr<control::Runtime> make_runtime(
        const std::string& owner = "suite") = 0;
    // Changes the specification so that its launch fails after it has begun.
    virtual void spoil(control::WorkerSpec& spec) = 0;

    [[nodiscard]] control::WorkerSpec worker(const std::string& id, const std::string& steps);
    [[nodiscard]] std::string workspace(const std::string& id) const;
    [[nodiscard]] const tests::TemporaryDirectory& directory() const { return directory_; }

protected:
    tests::TemporaryDirectory directory_;
    std::string bin_directory_;
};

class DockerBody : public Body {
public:
    static constexpr const char* kName = "docker";
    static constexpr int kKilledCode = 137;
    static constexpr bool kIsContainer = true;
    static constexpr bool kKeepsLastOutput = true;
    // Skips the test if there is no engine.
    DockerBody();
    explicit DockerBody(const tests::DockerEngine& engine);
    ~DockerBody() override;
    std::unique_ptr<control::Runtime> make_runtime(const std::string& owner = "suite") override;
    void spoil(control::WorkerSpec& spec) override;

    [[nodiscard]] control::DockerSettings settings(const std::string& owner) const;
    [[nodiscard]] const tests::DockerEngine& engine() const { return engine_; }
    [[nodiscard]] control::HttpClient& http() { return http_; }

private:
    const tests::DockerEngine& engine_;
    std::string run_;  // part of every owner's name, since engines are shared
    control::HttpClient http_;
};

class ProcessBody : public Body {
public:
    static constexpr const char* kName = "process";
    static constexpr int kKilledCode = 137;
    static constexpr bool kIsContainer = false;
    static constexpr bool kKeepsLastOutput = true;
    ProcessBody();
    ~ProcessBody() override;
    std::unique_ptr<control::Runtime> make_runtime(const std::string& owner = "suite") override;
    void spoil(control::WorkerSpec& spec) override;

    [[nodiscard]] control::ProcessSettings settings(const std::string& owner) const;
};

class KubernetesBody : public Body {
public:
    static constexpr const char* kName = "kubernetes";
    static constexpr int kKilledCode = 143;  // TERM comes first, and the probe obeys it
    static constexpr bool kIsContainer = true;
    // containerd 1.6 may stop reading when a container ends, with up to 100 KB of output unread.
    static constexpr bool kKeepsLastOutput = false;
    // Skips the test if there is no cluster.
    KubernetesBody();
    ~KubernetesBody() override;
    std::unique_ptr<control::Runtime> make_runtime(const std::string& owner = "suite") override;
    void spoil(control::WorkerSpec& spec) override;

    [[nodiscard]] control::KubernetesSettings settings(const std::string& owner) const;
    [[nodiscard]] control::kubernetes::Access access() const;
    [[nodiscard]] const tests::KubernetesCluster& cluster() const { return cluster_; }
    [[nodiscard]] control::HttpClient& http() { return http_; }

private:
    const tests::KubernetesCluster& cluster_;
    std::string run_;  // part of every owner's name, since clusters are shared
    control::HttpClient http_;
};

// Kills and removes everything of `owner` in this object's engine or directory.
void clear(Body& body, const std::string& owner);

}  // namespace runtime_tests
