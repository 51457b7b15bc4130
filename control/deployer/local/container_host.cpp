#include "control/deployer/local/container_body.h"
#include "control/deployer/local/hosts.h"
#include "control/http/lines.h"
#include "control/images/build_log.h"
#include "control/images/tar.h"
#include "control/runtime/docker/container_spec.h"
#include "control/runtime/docker/containers.h"
#include "control/runtime/docker/docker.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace control::deployer {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using docker::container_path;
using docker::flag_at;
using docker::member;
using docker::number_at;
using docker::refusal;
using docker::text_at;

namespace {

constexpr int kStopGrace = 10;  // seconds
constexpr std::chrono::seconds kStopTimeout{kStopGrace + 30};
constexpr std::size_t kMostDockerfile = 1 << 20;
// The limit for build steps, which run the project's code with the engine's own rights.
constexpr std::int64_t kBuildMemory = 2LL << 30;

class ContainerHost final : public Host {
public:
    ContainerHost(const LocalDeployerSettings& settings, DockerDeployerSettings docker,
                  Forge& forge, HttpClient& http, bool has_init)
        : settings_(settings),
          docker_(std::move(docker)),
          forge_(forge),
          engine_(http, docker_.socket),
          has_init_(has_init) {}

    std::string_view name() const override { return "docker"; }
    Result<std::optional<DeployFault>> build(const VersionName& name, const DeploymentSpec& spec,
                                             std::stop_token stop) override;
    Result<std::uint16_t> inner_port(const DeploymentSpec& spec) override { return spec.port; }
    Result<void> start(const VersionName& name, const DeploymentSpec& spec,
                       std::uint16_t port) override;
    Result<void> keep(const VersionName& name) override;
    Result<void> revive(const VersionName& name) override;
    Result<Life> look(const VersionName& name) override;
    Result<Target> target(const VersionName& name, std::uint16_t port) override;
    Result<std::string> tail(const VersionName& name, std::size_t bytes) override;
    Result<std::vector<std::string>> environment(const VersionName& name) override;
    Result<void> remove(const VersionName& name) override;
    Result<void> forget(const std::string& key) override;
    Result<std::vector<VersionName>> list() override;

private:
    Result<bool> has_dockerfile(const DeploymentSpec& spec) const;
    [[nodiscard]] std::string build_target(const VersionName& name) const;
    Result<std::string> own_dockerfile(const DeploymentSpec& spec, std::stop_token stop) const;
    // Sends `archive`, preceded by `dockerfile` unless that is empty.
    Result<std::optional<DeployFault>> send_build(const VersionName& name,
                                                  const std::string& dockerfile,
                                                  const std::string& archive,
                                                  std::stop_token stop) const;
    Result<void> ensure_network(const std::string& key) const;
    // The container, if it exists and is ours.
    Result<Json> find(const VersionName& name) const;
    Result<void> expect(std::string method, const std::string& target,
                        std::initializer_list<int> good, std::string_view what,
                        const std::optional<Json>& body = std::nullopt) const;

    const LocalDeployerSettings settings_;
    DockerDeployerSettings docker_;
    Forge& forge_;
    docker::Engine engine_;
    bool has_init_;
};

Result<void> ContainerHost::expect(std::string method, const std::string& target,
                                   std::initializer_list<int> good, std::string_view what,
                                   const std::optional<Json>& body) const {
    const auto answer = engine_.ask(std::move(method), target, body, kStopTimeout);
    if (!answer) return fail(Error(answer.error()).context(what));
    for (const int status : good)
        if (answer->status == status) return {};
    return fail(refusal(answer->status, answer->body, what));
}

Result<Json> ContainerHost::find(const VersionName& name) const {
    auto found = engine_.get(container_path(container_name(name)) + "/json");
    if (!found) return found;
    const Json& labels = member(member(*found, "Config"), "Labels");
    if (text_at(labels, docker::kOwnerLabel) != settings_.owner ||
        text_at(labels, kDeploymentLabel) != name.key)
        return fail(ErrorKind::permission, "container " + container_name(name) + " is not ours");
    return found;
}

Result<bool> ContainerHost::has_dockerfile(const DeploymentSpec& spec) const {
    const auto file = forge_.read_file(spec.repository, spec.commit, "Dockerfile", kMostDockerfile);
    if (file) return true;
    if (file.error().kind == ErrorKind::not_found) return false;
    return file.fault();
}

// The project's files go below app/, so that none of them can replace our Dockerfile.
Result<std::string> ContainerHost::own_dockerfile(const DeploymentSpec& spec,
                                                  std::stop_token stop) const {
    const auto image = docker_.run_image(spec.packages, std::move(stop));
    if (!image) return image.fault();
    const std::string user = std::to_string(user_of(spec));
    std::string text =
        "FROM " + *image + "\nCOPY --chown=" + user + ":" + user + " app /app\nWORKDIR /app\n";
    // The exec form: the builder parses the command as JSON and expands nothing in it.
    if (!spec.setup.empty())
        text += "USER " + user + "\nENV HOME=/app\nRUN " +
                contracts::dump_json(Json::array({"/bin/sh", "-c", spec.setup})) + "\n";
    return text;
}

std::string ContainerHost::build_target(const VersionName& name) const {
    const Json labels{{docker::kOwnerLabel, settings_.owner}, {kDeploymentLabel, name.key}};
    std::string target = "/build?version=1&rm=1&forcerm=1&t=" + encode_percent(image_tag(name)) +
                         "&labels=" + encode_percent(contracts::dump_json(labels)) +
                         "&memory=" + std::to_string(kBuildMemory) +
                         "&memswap=" + std::to_string(kBuildMemory);
    if (!docker_.build_network.empty())
        target += "&networkmode=" + encode_percent(docker_.build_network);
    return target;
}

// A tar archive is entries followed by two empty blocks, so our entry can precede git's archive.
Result<std::optional<DeployFault>> ContainerHost::send_build(const VersionName& name,
                                                             const std::string& dockerfile,
                                                             const std::string& archive,
                                                             std::stop_token stop) const {
    std::string first;
    if (!dockerfile.empty()) {
        images::TarStream ours({{.name = "Dockerfile", .content = dockerfile}});
        auto entry = ours.read(1 << 20);
        if (!entry) return entry.fault();
        first = std::move(*entry);
    }
    const contracts::UniqueFd file(::open(archive.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.valid()) return fail(contracts::system_error(errno, "open " + archive));
    ClientRequest call = engine_.request("POST", build_target(name));
    call.timeout = docker_.build_timeout;
    call.headers.push_back({"Content-Type", "application/x-tar"});
    call.on_read = [&](std::size_t most) -> std::optional<std::string> {
        if (!first.empty()) return std::exchange(first, {});
        std::string bytes(most, '\0');
        const ssize_t size = ::read(file.get(), bytes.data(), bytes.size());
        bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return bytes;
    };
    images::BuildLog log;
    std::string text;
    const auto end = read_lines(
        engine_.http(), std::move(call), [] {}, [&](std::string_view line) { log.take(line, {}); },
        std::move(stop));
    if (!end) return fail(Error(end.error()).context("build"));
    // 400: the Dockerfile cannot be read.
    if (end->status == 400)
        return DeployFault{.kind = DeployFault::Kind::build_failed,
                           .message = refusal(end->status, end->rest, "the build failed").message,
                           .log = {}};
    if (end->status != 200) return fail(refusal(end->status, end->rest, "build"));
    if (!log.failed()) return std::nullopt;
    return DeployFault{.kind = DeployFault::Kind::build_failed,
                       .message = "the project could not be built from its Dockerfile or its setup",
                       .log = log.describe()};
}

Result<std::optional<DeployFault>> ContainerHost::build(const VersionName& name,
                                                        const DeploymentSpec& spec,
                                                        std::stop_token stop) {
    const auto own = has_dockerfile(spec);
    if (!own) return own.fault();
    std::string dockerfile;
    if (!*own) {
        auto made = own_dockerfile(spec, stop);
        if (!made) return made.fault();
        dockerfile = std::move(*made);
    }
    const std::string directory = directory_of(settings_, name);
    if (auto made = make_open_directory(directory); !made) return made.fault();
    const std::string archive = directory + "/files.tar";
    struct Removal {
        const std::string& directory;
        ~Removal() { (void)remove_directory(directory); }
    } const removal{directory};
    if (auto written = forge_.archive(spec.repository, spec.commit, *own ? "" : "app/", archive);
        !written)
        return written.fault();
    return send_build(name, dockerfile, archive, std::move(stop));
}

Result<void> ContainerHost::ensure_network(const std::string& key) const {
    const Json body{{"Name", network_name(key)},
                    {"CheckDuplicate", true},
                    {"Driver", "bridge"},
                    {"Labels", {{docker::kOwnerLabel, settings_.owner}, {kDeploymentLabel, key}}}};
    return expect("POST", "/networks/create", {201, 409}, "make the project's network", body);
}

Result<void> ContainerHost::start(const VersionName& name, const DeploymentSpec& spec,
                                  std::uint16_t port) {
    if (spec.outbound)
        if (auto made = ensure_network(spec.key); !made) return made;
    const auto own = has_dockerfile(spec);
    if (!own) return own.fault();
    const Json body = container_body(
        name, spec,
        {.owner = settings_.owner, .own_image = *own, .has_init = has_init_, .port = port});
    const auto id = docker::create_container(engine_, container_name(name), body);
    if (!id) return id.fault();
    return docker::start_container(engine_, *id);
}

Result<void> ContainerHost::keep(const VersionName& name) {
    // The engine waits between restarts, from 100 ms up to a minute.
    return expect("POST", container_path(container_name(name)) + "/update", {200},
                  "let the engine restart it",
                  Json{{"RestartPolicy", {{"Name", "unless-stopped"}}}});
}

Result<void> ContainerHost::revive(const VersionName& name) {
    const auto found = find(name);
    if (!found) return found.fault();
    const Json& state = member(*found, "State");
    if (flag_at(state, "Running") || flag_at(state, "Restarting")) return {};
    return docker::start_container(engine_, container_name(name));
}

Result<Life> ContainerHost::look(const VersionName& name) {
    const auto found = find(name);
    if (!found) return found.fault();
    const Json& state = member(*found, "State");
    Life life{.running = flag_at(state, "Running") && !flag_at(state, "Restarting")};
    if (!life.running) life.exit_code = static_cast<int>(number_at(state, "ExitCode"));
    return life;
}

Result<Target> ContainerHost::target(const VersionName& name, std::uint16_t port) {
    const auto found = find(name);
    if (!found) return found.fault();
    return Target{.engine = docker_.socket, .id = text_at(*found, "Id"), .port = port};
}

Result<std::string> ContainerHost::tail(const VersionName& name, std::size_t bytes) {
    if (const auto found = find(name); !found) return found.fault();
    return docker::container_tail(engine_, container_name(name), bytes);
}

Result<std::vector<std::string>> ContainerHost::environment(const VersionName& name) {
    const auto found = find(name);
    if (!found) return found.fault();
    std::vector<std::string> all;
    for (const Json& line : member(member(*found, "Config"), "Env"))
        if (line.is_string()) all.push_back(line.get<std::string>());
    return all;
}

Result<void> ContainerHost::remove(const VersionName& name) {
    const std::string container = container_path(container_name(name));
    const auto found = find(name);
    if (!found && found.error().kind != ErrorKind::not_found) return found.fault();
    if (found) {
        if (auto stopped = expect("POST", container + "/stop?t=" + std::to_string(kStopGrace),
                                  {204, 304, 404}, "stop the version before");
            !stopped)
            return stopped;
        // 409: a removal is already under way.
        if (auto removed = expect("DELETE", container + "?force=1&v=1", {204, 404, 409},
                                  "remove the version before");
            !removed)
            return removed;
    }
    return expect("DELETE", "/images/" + image_tag(name) + "?force=1", {200, 404},
                  "remove the image");
}

Result<void> ContainerHost::forget(const std::string& key) {
    return expect("DELETE", "/networks/" + network_name(key), {204, 404},
                  "remove the project's network");
}

Result<std::vector<VersionName>> ContainerHost::list() {
    const Json filters{
        {"label", Json::array({std::string(docker::kOwnerLabel) + "=" + settings_.owner,
                               std::string(kVersionLabel)})}};
    const auto listed = engine_.get("/containers/json?all=1&filters=" +
                                    encode_percent(contracts::dump_json(filters)));
    if (!listed) return listed.fault();
    std::vector<VersionName> all;
    for (const Json& entry : *listed) {
        const Json& labels = member(entry, "Labels");
        all.push_back({text_at(labels, kDeploymentLabel), text_at(labels, kVersionLabel)});
    }
    return all;
}

}  // namespace

Result<std::unique_ptr<Host>> make_container_host(const LocalDeployerSettings& settings,
                                                  DockerDeployerSettings docker, Forge& forge,
                                                  HttpClient& http) {
    const auto facts = engine_facts(http, docker.socket);
    if (!facts) return facts.fault();
    if (!facts->limits_hold)
        return fail(
            ErrorKind::fatal,
            "the engine at " + docker.socket + " ignores limits of memory, processes or CPU", {},
            "give it a system with cgroup v2, or run it as root");
    const auto info = docker::Engine(http, docker.socket).get("/info");
    if (!info) return info.fault();
    const std::string init = text_at(member(*info, "InitCommit"), "ID");
    return std::make_unique<ContainerHost>(settings, std::move(docker), forge, http, init != "N/A");
}

}  // namespace control::deployer
