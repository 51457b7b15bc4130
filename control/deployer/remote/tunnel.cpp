#include "control/deployer/remote/tunnel.h"

#include "control/runtime/docker/engine.h"
#include "control/ssh/ssh.h"
#include "control/subprocess/subprocess.h"

#include <unistd.h>
#include <chrono>
#include <condition_variable>

namespace control::deployer {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using namespace std::chrono_literals;

namespace {

constexpr auto kTunnelLimit = 60s;
constexpr auto kLongestCall = std::chrono::hours(2);  // for one call, whatever it does
constexpr auto kTunnelLook = 50ms;

}  // namespace

Tunnel::Tunnel(ssh::RunDirectory run)
    : run_(std::move(run)), socket_(run_.path() + "/engine.sock") {}

Tunnel::~Tunnel() {
    ssh_.request_stop();
    if (ssh_.joinable()) ssh_.join();
}

Result<std::unique_ptr<Tunnel>> Tunnel::open(const ssh::Access& access, const SshTarget& target,
                                             const std::string& remote_socket, HttpClient& http,
                                             const std::stop_token& stop) {
    auto run = access.prepare(target, stop);
    if (!run) return run.fault();
    std::unique_ptr<Tunnel> tunnel(new Tunnel(std::move(*run)));
    tunnel->start(target, remote_socket);
    if (auto opened = tunnel->wait(target, http, stop); !opened) return opened.fault();
    return tunnel;
}

void Tunnel::start(const SshTarget& target, const std::string& remote_socket) {
    SubprocessSpec spec;
    spec.argv = {"ssh",
                 "-N",
                 "-T",
                 "-p",
                 std::to_string(target.port),
                 "-l",
                 target.user,
                 "-o",
                 "BatchMode=yes",
                 "-o",
                 "ExitOnForwardFailure=yes",
                 "-L",
                 socket_ + ":" + remote_socket};
    for (const std::string& option : ssh::ssh_options(run_))
        spec.argv.push_back(option);
    spec.argv.insert(spec.argv.end(), {"--", target.address});
    spec.deadline = kLongestCall;
    spec.max_output = 16 << 10;
    ssh_ = std::jthread([this, spec = std::move(spec)](std::stop_token stop) {
        const auto end = run_subprocess(spec, std::move(stop));
        const std::lock_guard guard(mutex_);
        is_over_ = true;
        last_words_ = end ? ssh::last_words(*end) : end.error().message;
        ended_.notify_all();
    });
}

Result<void> Tunnel::wait(const SshTarget& target, HttpClient& http, const std::stop_token& stop) {
    const auto deadline = std::chrono::steady_clock::now() + kTunnelLimit;
    const std::string where = "the server " + target.handle + " at " + target.address;
    std::string missing = "ssh does not connect";
    std::unique_lock lock(mutex_);
    while (!is_over_) {
        if (::access(socket_.c_str(), F_OK) == 0) {
            lock.unlock();
            const auto told = docker::Engine(http, socket_).ask("GET", "/_ping", std::nullopt, 5s);
            if (told && told->status == 200) return {};
            missing = told ? "its Docker engine answers with " + std::to_string(told->status)
                           : "its Docker engine does not answer: " + told.error().message;
            lock.lock();
        }
        if (std::chrono::steady_clock::now() >= deadline)
            return fail(ErrorKind::transient, where + ": " + missing);
        ended_.wait_for(lock, stop, kTunnelLook, [this] { return is_over_; });
        if (stop.stop_requested()) return fail(ErrorKind::transient, "stopped by the caller");
    }
    return fail(ErrorKind::transient, where + ": ssh ended: " + last_words_, {},
                "see whether it answers and knows our key: orchestrator infra provision " +
                    target.server_id);
}

}  // namespace control::deployer
