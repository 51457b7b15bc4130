// The deployer's implementations that the suite runs against, each with its own forge and small
// projects in it: web services on Python's standard library.
#pragma once

#include "control/deployer/local/local_deployer.h"
#include "control/deployer/remote/ssh_deployer.h"
#include "tests/support/child_process.h"
#include "tests/support/docker_engine.h"
#include "tests/support/http_request.h"
#include "tests/support/temporary_directory.h"

#include <map>
#include <memory>
#include <string>

namespace deployer_tests {

// Skips the test if there is no engine.
[[nodiscard]] const tests::DockerEngine& shared_engine();
[[nodiscard]] std::string base_image(const tests::DockerEngine& engine);

class Body {
public:
    Body();
    virtual ~Body() = default;

    // A new deployer, as after a restart of the daemon.
    [[nodiscard]] virtual std::unique_ptr<control::Deployer> make_deployer() = 0;

    [[nodiscard]] control::Forge& forge() { return *forge_; }
    // Commits exactly these files on the default branch.
    std::string commit(const std::map<std::string, std::string>& files);
    // A specification with a new key and a new port.
    [[nodiscard]] control::DeploymentSpec spec(const std::string& commit) const;
    [[nodiscard]] std::uint16_t free_port() const;
    // The host at which its deployments are reached.
    [[nodiscard]] virtual std::string host() const { return "127.0.0.1"; }
    // Occupies the port for another program, as long as the returned object lives.
    [[nodiscard]] virtual std::shared_ptr<void> take_port(std::uint16_t port) const;
    // Removes the deployment's front, as a restart of the machine would.
    virtual void lose_front(const std::string& key) const;
    [[nodiscard]] const tests::TemporaryDirectory& directory() const { return directory_; }

protected:
    [[nodiscard]] control::LocalDeployerSettings settings() const;
    void stop_all(control::Deployer& deployer);

    tests::TemporaryDirectory directory_;
    std::unique_ptr<control::Forge> forge_;
    control::HttpClient http_;
    std::string key_;
};

class DockerBody : public Body {
public:
    static constexpr const char* kName = "docker";
    // Skips the test if there is no engine.
    DockerBody();
    ~DockerBody() override;
    std::unique_ptr<control::Deployer> make_deployer() override;
    [[nodiscard]] const tests::DockerEngine& engine() const { return engine_; }
    // Names of the containers and images that carry this object's key.
    [[nodiscard]] std::string containers() const;
    [[nodiscard]] std::string images() const;

private:
    const tests::DockerEngine& engine_;
    std::string base_;
};

class ProcessBody : public Body {
public:
    static constexpr const char* kName = "process";
    ProcessBody() = default;
    ~ProcessBody() override;
    std::unique_ptr<control::Deployer> make_deployer() override;
};

// A server with an ssh server, a Docker engine and a network of its own.
class SshBody : public Body {
public:
    static constexpr const char* kName = "ssh";
    // Skips the test if this machine cannot have such a server.
    SshBody();
    ~SshBody() override;
    std::unique_ptr<control::Deployer> make_deployer() override;
    [[nodiscard]] std::string host() const override;
    [[nodiscard]] std::shared_ptr<void> take_port(std::uint16_t port) const override;
    void lose_front(const std::string& key) const override;
    // Names of the containers on the server that carry this object's key.
    [[nodiscard]] std::string containers() const;
    [[nodiscard]] const control::SshTarget& target() const { return target_; }

private:
    std::unique_ptr<control::Database> database_;
    std::optional<control::Vault> vault_;
    contracts::SystemClock clock_;
    std::optional<control::ssh::Access> access_;
    control::SshTarget target_;
    const tests::DockerEngine& here_;
    std::string base_;
};

// A service in one file: it prints its start and answers every GET with the value of `answer`, a
// Python expression of `self`, `os` and `path`; or it runs `body` instead.
[[nodiscard]] std::map<std::string, std::string> service(const std::string& answer);
[[nodiscard]] std::map<std::string, std::string> script(const std::string& python);

// Deploys and returns the URL; fails the test if there is none.
std::string must_deploy(control::Deployer& deployer, const control::DeploymentSpec& spec);

// Sends a GET; returns the body of a 200, else "status: body".
[[nodiscard]] std::string get(const std::string& url, const std::string& path = "/");

}  // namespace deployer_tests
