#include "control/deployer/local/first_answer.h"

#include "control/deployer/local/probe.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace control::deployer {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kLongestPause{500};
constexpr std::chrono::seconds kAnswerLimit{5};
std::string listed(const std::vector<std::uint16_t>& ports) {
    std::string text;
    for (const std::uint16_t port : ports)
        text += (text.empty() ? "" : ", ") + std::to_string(port);
    return text;
}

class FirstAnswer {
public:
    FirstAnswer(Host& host, const VersionName& name, const DeploymentSpec& spec,
                const Target& target, HttpClient& http)
        : host_(host), name_(name), spec_(spec), target_(target), http_(http) {}

    Result<std::optional<DeployFault>> wait(std::stop_token stop);

private:
    using Clock = std::chrono::steady_clock;
    // One request to the project. True: it answers with a 2xx status.
    Result<bool> ask();
    [[nodiscard]] bool is_patient() const;

    Host& host_;
    const VersionName& name_;
    const DeploymentSpec& spec_;
    const Target& target_;
    HttpClient& http_;
    const Clock::time_point begun_ = Clock::now();
    Network network_;
    int pid_ = 0;
    Seen seen_;
    std::optional<Clock::time_point> wrong_since_;
};

Result<bool> FirstAnswer::ask() {
    if (!network_.valid()) {
        const auto pid = running_pid(target_, http_);
        auto network = open_network(target_, http_);
        if (!network && network.error().kind == ErrorKind::not_found) return false;
        if (!pid || !network) return fail(network ? pid.error() : network.error());
        pid_ = *pid;
        network_ = std::move(*network);
    }
    auto connection = network_.connect(target_.port);
    if (!connection && connection.error().kind == ErrorKind::not_found) {
        // In a shared network, ports of other programs would be mistaken for the project's.
        if (!network_.is_shared()) seen_.elsewhere = listening_ports(pid_);
        if (seen_.elsewhere.empty()) wrong_since_.reset();
        if (!seen_.elsewhere.empty() && !wrong_since_) wrong_since_ = Clock::now();
        return false;
    }
    if (!connection) return connection.fault();
    const auto status =
        ask_status(std::move(*connection), spec_.health, target_.port, kAnswerLimit);
    if (status && *status / 100 == 2) return true;
    seen_.bad_answer = status ? "answered GET " + spec_.health + " with " + std::to_string(*status)
                              : status.error().message;
    if (!wrong_since_) wrong_since_ = Clock::now();
    return false;
}

bool FirstAnswer::is_patient() const {
    const auto now = Clock::now();
    return now - begun_ < spec_.start_timeout && (!wrong_since_ || now - *wrong_since_ < kWarmUp);
}

Result<std::optional<DeployFault>> FirstAnswer::wait(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    for (auto pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
        const auto answers = ask();
        if (!answers) return answers.fault();
        if (*answers) return std::nullopt;
        const auto life = host_.look(name_);
        if (!life) return life.fault();
        if (!life->running) return fault_of(*life);
        if (!is_patient()) return fault_of(seen_, spec_, target_.port);
        stopped.wait_for(lock, stop, pause, [] { return false; });
        if (stop.stop_requested()) return fail(ErrorKind::transient, "stopped by the caller");
    }
}

}  // namespace

DeployFault fault_of(const Life& life) {
    const std::string code =
        life.exit_code ? " with exit code " + std::to_string(*life.exit_code) : std::string();
    return {.kind = DeployFault::Kind::ended,
            .message = "the project ended" + code + " before it answered",
            .log = {}};
}

DeployFault fault_of(const Seen& seen, const DeploymentSpec& spec, std::uint16_t listening) {
    const std::string port = std::to_string(listening);
    if (!seen.bad_answer.empty())
        return {.kind = DeployFault::Kind::bad_answer,
                .message = "the project " + seen.bad_answer +
                           ", and a status of 200 to 299 is needed; repair it, or name another "
                           "path as health in .project.yml",
                .log = {}};
    if (!seen.elsewhere.empty())
        return {.kind = DeployFault::Kind::wrong_port,
                .message = "the project listens on port " + listed(seen.elsewhere) +
                           " and not on " + port +
                           "; it must listen on the port that the "
                           "environment variable PORT names",
                .log = {}};
    return {.kind = DeployFault::Kind::silent,
            .message = "the project runs, but did not listen on port " + port +
                       " (the environment variable PORT) within " +
                       std::to_string(spec.start_timeout.count()) + " s",
            .log = {}};
}

Result<std::optional<DeployFault>> wait_for_answer(Host& host, const VersionName& name,
                                                   const DeploymentSpec& spec, const Target& target,
                                                   HttpClient& http, std::stop_token stop) {
    return FirstAnswer(host, name, spec, target, http).wait(std::move(stop));
}

}  // namespace control::deployer
