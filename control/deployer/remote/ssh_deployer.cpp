#include "control/deployer/remote/ssh_deployer.h"

#include "control/deployer/local/hosts.h"
#include "control/deployer/local/versions.h"
#include "control/deployer/remote/composed.h"
#include "control/deployer/remote/remote_way.h"
#include "control/deployer/remote/ship.h"
#include "control/deployer/remote/tunnel.h"

#include <filesystem>
#include <map>
#include <mutex>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using deployer::Tunnel;

namespace {

// The connection to a server, for one call.
struct Session {
    std::unique_ptr<Tunnel> tunnel;
    std::unique_ptr<Deployer> deployer;
};

class SshDeployer final : public Deployer {
public:
    SshDeployer(SshDeployerSettings settings, const ssh::Access& access, Forge& forge,
                HttpClient& http)
        : settings_(std::move(settings)), access_(access), forge_(forge), http_(http) {}

    std::string_view name() const override { return "ssh"; }
    Result<DeployEnd> deploy(const DeploymentSpec& spec, std::stop_token stop) override {
        const auto lock = lock_of(spec.key);
        const std::lock_guard guard(*lock);
        const auto session = open(stop, true);
        if (!session) return session.fault();
        return session->deployer->deploy(spec, std::move(stop));
    }
    Result<DeploymentStatus> status(const std::string& key) override {
        if (!has_any()) return DeploymentStatus{};
        const auto session = open({}, false);
        if (!session) return session.fault();
        return session->deployer->status(key);
    }
    Result<std::string> logs(const std::string& key, std::size_t bytes) override {
        if (!has_any()) return fail(ErrorKind::not_found, "nothing is deployed as " + key);
        const auto session = open({}, false);
        if (!session) return session.fault();
        return session->deployer->logs(key, bytes);
    }
    Result<void> stop(const std::string& key) override {
        if (auto good = deployer::check_key(key); !good) return good;
        const auto lock = lock_of(key);
        const std::lock_guard guard(*lock);
        if (!has_any()) return {};
        const auto session = open({}, false);
        if (!session) return session.fault();
        return session->deployer->stop(key);
    }
    Result<std::vector<std::string>> stop_composed(const std::string& name) override {
        const auto tunnel =
            Tunnel::open(access_, settings_.target, settings_.server_socket, http_, {});
        if (!tunnel) return tunnel.fault();
        return deployer::take_down_composed(docker::Engine(http_, (*tunnel)->socket()), name);
    }
    Result<void> stop_all() override {
        if (!has_any()) return {};
        const auto session = open({}, false);
        if (!session) return session.fault();
        return session->deployer->stop_all();
    }
    Result<void> probe(const std::string& key) override {
        if (!has_any()) return fail(ErrorKind::not_found, "nothing is deployed as " + key);
        const auto session = open({}, false);
        if (!session) return session.fault();
        return session->deployer->probe(key);
    }
    std::vector<std::string> mend() override;

private:
    std::shared_ptr<std::mutex> lock_of(const std::string& key);
    [[nodiscard]] bool has_any() const;
    // `with_image`: needed by calls that start containers.
    Result<Session> open(std::stop_token stop, bool with_image);
    // The image for projects without a Dockerfile, copied to the server.
    Result<std::string> run_image(const std::string& socket,
                                  const std::vector<std::string>& packages,
                                  const std::stop_token& stop);

    const SshDeployerSettings settings_;
    const ssh::Access& access_;
    Forge& forge_;
    HttpClient& http_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<std::mutex>> locks_;
};

std::shared_ptr<std::mutex> SshDeployer::lock_of(const std::string& key) {
    const std::lock_guard guard(mutex_);
    auto& entry = locks_[key];
    if (!entry) entry = std::make_shared<std::mutex>();
    return entry;
}

bool SshDeployer::has_any() const {
    std::error_code ignored;
    const std::filesystem::directory_iterator listing(settings_.directory, ignored);
    return !ignored && listing != std::filesystem::directory_iterator();
}

Result<std::string> SshDeployer::run_image(const std::string& socket,
                                           const std::vector<std::string>& packages,
                                           const std::stop_token& stop) {
    const auto image = settings_.run_image(packages, stop);
    if (!image) return image.fault();
    if (auto made = deployer::make_open_directory(settings_.directory); !made) return made.fault();
    const auto shipped =
        deployer::ship_image(docker::Engine(http_, settings_.engine), docker::Engine(http_, socket),
                             *image, settings_.directory, stop);
    if (!shipped) return shipped.fault();
    return *image;
}

Result<Session> SshDeployer::open(std::stop_token stop, bool with_image) {
    auto tunnel = Tunnel::open(access_, settings_.target, settings_.server_socket, http_, stop);
    if (!tunnel) return tunnel.fault();
    const std::string socket = (*tunnel)->socket();
    const auto image =
        with_image ? run_image(socket, {}, stop) : Result<std::string>(std::string());
    if (!image) return image.fault();
    const bool is_six = settings_.target.address.contains(':');
    LocalDeployerSettings chosen{.owner = settings_.owner,
                                 .directory = settings_.directory,
                                 .address = is_six ? "::" : "0.0.0.0",
                                 .public_host = settings_.public_host.empty()
                                                    ? settings_.target.address
                                                    : settings_.public_host,
                                 .outside = settings_.target.address};
    auto host = deployer::make_container_host(
        chosen,
        {.socket = socket,
         .build_network = settings_.build_network,
         .run_image =
             [this, socket](const std::vector<std::string>& packages, const std::stop_token& stop) {
                 return run_image(socket, packages, stop);
             }},
        forge_, http_);
    if (!host) return fail(Error(host.error()).context("server " + settings_.target.handle));
    auto made = deployer::make_versioned(
        chosen, std::move(*host),
        deployer::make_remote_way({.owner = settings_.owner, .socket = socket, .image = *image},
                                  http_),
        http_);
    if (!made) return made.fault();
    return Session{std::move(*tunnel), std::move(*made)};
}

// The server's engine restarts its own containers, so only what an interrupted call left is mended.
std::vector<std::string> SshDeployer::mend() {
    if (!has_any()) return {};
    const auto session = open({}, true);
    if (!session) return {"server " + settings_.target.handle + ": " + session.error().describe()};
    return session->deployer->mend();
}

}  // namespace

std::unique_ptr<Deployer> make_ssh_deployer(SshDeployerSettings settings, const ssh::Access& access,
                                            Forge& forge, HttpClient& http) {
    return std::make_unique<SshDeployer>(std::move(settings), access, forge, http);
}

}  // namespace control
