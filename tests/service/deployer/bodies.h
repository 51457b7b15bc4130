// The bodies of the deployer that the suite runs against, each with a forge of its own, and small
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

// Skips the test where no engine can be had.
[[nodiscard]] const tests::DockerEngine& shared_engine();
[[nodiscard]] std::string base_image(const tests::DockerEngine& engine);

class Body {
public:
    Body();
    virtual ~Body() = default;

    // A new object, as after a restart of the daemon.
    [[nodiscard]] virtual std::unique_ptr<control::Deployer> make_deployer() = 0;

    [[nodiscard]] control::Forge& forge() { return *forge_; }
    // A commit of these files, and no others, on the default branch.
    std::string commit(const std::map<std::string, std::string>& files);
    // A key and a port of its own.
    [[nodiscard]] control::DeploymentSpec spec(const std::string& commit) const;
    [[nodiscard]] std::uint16_t free_port() const;
    // Where its deployments are reached.
    [[nodiscard]] virtual std::string host() const { return "127.0.0.1"; }
    // Another program has this port, as long as the object lives.
    [[nodiscard]] virtual std::shared_ptr<void> take_port(std::uint16_t port) const;
    // Its way in is lost, as after a restart of the machine.
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
    // Skips the test where no engine can be had.
    DockerBody();
    ~DockerBody() override;
    std::unique_ptr<control::Deployer> make_deployer() override;
    [[nodiscard]] const tests::DockerEngine& engine() const { return engine_; }
    // Names of this body's containers and images that carry its key.
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
    // Skips the test where no such server can be had.
    SshBody();
    ~SshBody() override;
    std::unique_ptr<control::Deployer> make_deployer() override;
    [[nodiscard]] std::string host() const override;
    [[nodiscard]] std::shared_ptr<void> take_port(std::uint16_t port) const override;
    void lose_front(const std::string& key) const override;
    // Names of the containers that carry this body's key on the server.
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

// A service in one file: it prints what it starts with, and answers every GET with what `answer`
// (a Python expression of `self`, `os` and `path`) gives; or runs `body` instead.
[[nodiscard]] std::map<std::string, std::string> service(const std::string& answer);
[[nodiscard]] std::map<std::string, std::string> script(const std::string& python);

// The URL; fails the test where there is none.
std::string must_deploy(control::Deployer& deployer, const control::DeploymentSpec& spec);

// GET; the body of a 200, else "status: body".
[[nodiscard]] std::string get(const std::string& url, const std::string& path = "/");

}  // namespace deployer_tests
