#include "control/deployer/remote/remote_way.h"

#include "contracts/base/id.h"
#include "control/deployer/local/first_answer.h"
#include "control/deployer/remote/front_body.h"
#include "control/images/tar.h"
#include "control/runtime/docker/container_spec.h"
#include "control/runtime/docker/containers.h"

#include <condition_variable>
#include <mutex>

namespace control::deployer {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using docker::container_path;
using docker::member;
using docker::text_at;
using namespace std::chrono_literals;

namespace {

constexpr int kTakenCode = 75;  // the exit code in front.py
constexpr auto kFrontLimit = 20s;
constexpr auto kErrandLimit = 60s;
constexpr auto kFrontLook = 250ms;
constexpr std::size_t kMostFrontWords = 16 << 10;
constexpr std::string_view kFrontOpen = "open";

// Waits for a moment or until a stop request. False: stopped.
bool rest(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    const std::stop_token watched = stop;
    woken.wait_for(lock, std::move(stop), kFrontLook, [] { return false; });
    return !watched.stop_requested();
}

// Parses what front.py prints after a look.
std::optional<Seen> seen_in(const std::string& text, bool& has_answered) {
    const auto json = contracts::parse_json(text);
    if (!json || !json->is_object()) return std::nullopt;
    has_answered = docker::flag_at(*json, "answered");
    Seen seen{.bad_answer = text_at(*json, "bad_answer")};
    for (const Json& port : member(*json, "elsewhere"))
        if (port.is_number_integer()) seen.elsewhere.push_back(port.get<std::uint16_t>());
    return seen;
}

class RemoteWay final : public WayIn {
public:
    RemoteWay(RemoteWaySettings settings, HttpClient& http)
        : settings_(std::move(settings)), engine_(http, settings_.socket) {}

    Result<std::optional<DeployFault>> first_answer(Host& host, const VersionName& name,
                                                    const DeploymentSpec& spec,
                                                    const Target& target,
                                                    std::stop_token stop) override;
    Result<Opened> lead(const std::string& key, const Target& target,
                        const Listening& where) override;
    void drain(const std::string& key, const Target& before, std::stop_token stop) override;
    bool is_open(const std::string& key) override;
    Result<void> close(const std::string& key) override;

private:
    static std::string name_of(const std::string& key) { return "deploy-" + key + "-front"; }
    [[nodiscard]] FrontFacts facts(const std::string& key) const {
        return {.owner = settings_.owner, .image = settings_.image, .key = key};
    }
    // `not_found`: there is no such container. `permission`: it belongs to another installation.
    Result<Json> find(const std::string& key);
    Result<void> aim(const std::string& key, const Target& target);
    // Runs front.py with these words in a separate container. Returns its exit code.
    Result<int> run_errand(const std::string& key, const std::vector<std::string>& words,
                           bool host_network, std::stop_token stop);
    Result<bool> is_port_free(const std::string& key, const Listening& where);
    Result<void> wait_until_open(const std::string& key);
    Result<void> remove(const std::string& container);
    // Empty: the container is still running.
    Result<std::optional<int>> exit_code(const std::string& container);

    const RemoteWaySettings settings_;
    docker::Engine engine_;
};

Result<void> RemoteWay::remove(const std::string& container) {
    const auto answer = engine_.ask("DELETE", container_path(container) + "?force=1&v=1");
    if (!answer) return answer.fault();
    // 409: a removal is already under way.
    if (answer->status == 204 || answer->status == 404 || answer->status == 409) return {};
    return fail(docker::refusal(answer->status, answer->body, "remove " + container));
}

Result<std::optional<int>> RemoteWay::exit_code(const std::string& container) {
    const auto found = engine_.get(container_path(container) + "/json");
    if (!found) return found.fault();
    const Json& state = member(*found, "State");
    if (docker::flag_at(state, "Running")) return std::nullopt;
    return static_cast<int>(docker::number_at(state, "ExitCode"));
}

Result<std::optional<DeployFault>> RemoteWay::first_answer(Host& host, const VersionName& name,
                                                           const DeploymentSpec& spec,
                                                           const Target& target,
                                                           std::stop_token stop) {
    const std::string errand = name_of(name.key) + "-look-" + name.version;
    const auto made = docker::create_container(
        engine_, errand,
        errand_body(facts(name.key),
                    {"look", target.id, std::to_string(target.port), spec.health,
                     std::to_string(spec.start_timeout.count())},
                    false));
    if (!made) return made.fault();
    struct Removal {
        RemoteWay& way;
        const std::string& errand;
        ~Removal() { (void)way.remove(errand); }
    } const removal{*this, errand};
    if (auto started = docker::start_container(engine_, *made); !started) return started.fault();
    while (true) {
        const auto code = exit_code(errand);
        if (!code) return code.fault();
        if (!*code) {
            const auto life = host.look(name);
            if (!life) return life.fault();
            if (!life->running) return fault_of(*life);
            if (!rest(stop)) return fail(ErrorKind::transient, "stopped by the caller");
            continue;
        }
        const auto text = docker::container_tail(engine_, errand, kMostFrontWords);
        if (!text) return text.fault();
        bool has_answered = false;
        const auto seen = seen_in(*text, has_answered);
        if (!seen)
            return fail(ErrorKind::transient, "the look at it ended with " +
                                                  std::to_string(**code) + ": " +
                                                  text->substr(0, 500));
        if (has_answered) return std::nullopt;
        // The project may have ended in the meantime; its exit code is more precise than the look.
        const auto life = host.look(name);
        if (life && !life->running) return fault_of(*life);
        return fault_of(*seen, spec, target.port);
    }
}

Result<Json> RemoteWay::find(const std::string& key) {
    auto found = engine_.get(container_path(name_of(key)) + "/json");
    if (!found) return found;
    const Json& labels = member(member(*found, "Config"), "Labels");
    if (text_at(labels, docker::kOwnerLabel) == settings_.owner &&
        text_at(labels, kFrontLabel) == key)
        return found;
    return fail(ErrorKind::permission, "container " + name_of(key) + " is not ours");
}

Result<void> RemoteWay::aim(const std::string& key, const Target& target) {
    images::TarStream archive(
        {{.name = "target.json",
          .content = contracts::dump_json({{"id", target.id}, {"port", target.port}})}});
    ClientRequest request =
        engine_.request("PUT", container_path(name_of(key)) + "/archive?path=/state");
    request.headers.push_back({"Content-Type", "application/x-tar"});
    for (;;) {
        auto piece = archive.read(1 << 16);
        if (!piece) return piece.fault();
        if (piece->empty()) break;
        request.body += *piece;
    }
    const auto answer = engine_.http().perform(std::move(request));
    if (!answer) return answer.fault();
    if (answer->status == 200) return {};
    return fail(docker::refusal(answer->status, answer->body, "lead the front"));
}

Result<int> RemoteWay::run_errand(const std::string& key, const std::vector<std::string>& words,
                                  bool host_network, std::stop_token stop) {
    const std::string errand = name_of(key) + "-" + words.front() + "-" + contracts::random_hex(4);
    const auto made =
        docker::create_container(engine_, errand, errand_body(facts(key), words, host_network));
    if (!made) return made.fault();
    Result<std::optional<int>> code = std::nullopt;
    if (auto started = docker::start_container(engine_, *made); !started) code = started.fault();
    const auto deadline = std::chrono::steady_clock::now() + kErrandLimit;
    while (code && !*code && std::chrono::steady_clock::now() < deadline && rest(stop))
        code = exit_code(errand);
    (void)remove(errand);
    if (!code) return code.fault();
    if (!*code) return fail(ErrorKind::transient, words.front() + " did not end on the server");
    return **code;
}

Result<bool> RemoteWay::is_port_free(const std::string& key, const Listening& where) {
    const auto code =
        run_errand(key, {"free", where.address, std::to_string(where.port)}, true, {});
    if (!code) return code.fault();
    return *code != kTakenCode;
}

void RemoteWay::drain(const std::string& key, const Target& before, std::stop_token stop) {
    (void)run_errand(
        key, {"drain", before.id, std::to_string(before.port), std::to_string(kDrainLimit.count())},
        false, std::move(stop));
}

Result<void> RemoteWay::wait_until_open(const std::string& key) {
    const auto deadline = std::chrono::steady_clock::now() + kFrontLimit;
    while (true) {
        const auto found = engine_.get(container_path(name_of(key)) + "/json");
        if (!found) return found.fault();
        const Json& state = member(*found, "State");
        // Only the output of the current run: the previous run has also printed that it was open.
        const auto text = docker::container_tail(engine_, name_of(key), kMostFrontWords,
                                                 text_at(state, "StartedAt"));
        if (!text) return text.fault();
        const bool is_running = docker::flag_at(state, "Running");
        if (is_running && text->find(kFrontOpen) != std::string::npos) return {};
        if (!is_running || std::chrono::steady_clock::now() >= deadline)
            return fail(ErrorKind::transient, "the front did not open: " + text->substr(0, 500));
        (void)rest({});
    }
}

Result<Opened> RemoteWay::lead(const std::string& key, const Target& target,
                               const Listening& where) {
    const auto found = find(key);
    if (!found && found.error().kind != ErrorKind::not_found) return found.fault();
    const std::string mark = found ? text_at(member(member(*found, "Config"), "Labels"),
                                             std::string(kFrontLabel) + ".mark")
                                   : std::string();
    if (mark != front_mark(facts(key), where)) {
        if (auto closed = close(key); !closed) return closed.fault();
        const auto made =
            docker::create_container(engine_, name_of(key), front_body(facts(key), where));
        if (!made) return made.fault();
    }
    if (auto aimed = aim(key, target); !aimed) return aimed.fault();
    if (auto started = docker::start_container(engine_, name_of(key)); !started) {
        (void)close(key);
        const auto is_free = is_port_free(key, where);
        if (is_free && !*is_free) return Opened::port_taken;
        return started.fault();
    }
    if (auto opened = wait_until_open(key); !opened) return opened.fault();
    return Opened::open;
}

bool RemoteWay::is_open(const std::string& key) {
    const auto found = find(key);
    return found && docker::flag_at(member(*found, "State"), "Running");
}

Result<void> RemoteWay::close(const std::string& key) {
    const auto found = find(key);
    if (!found && found.error().kind == ErrorKind::not_found) return {};
    if (!found) return found.fault();
    return remove(name_of(key));
}

}  // namespace

std::unique_ptr<WayIn> make_remote_way(RemoteWaySettings settings, HttpClient& http) {
    return std::make_unique<RemoteWay>(std::move(settings), http);
}

}  // namespace control::deployer
