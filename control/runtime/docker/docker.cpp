#include "control/runtime/docker/docker.h"

#include "contracts/base/id.h"
#include "control/runtime/docker/container_spec.h"
#include "control/runtime/docker/containers.h"
#include "control/runtime/docker/engine.h"
#include "control/runtime/docker/events.h"
#include "control/runtime/docker/services.h"

#include <charconv>
#include <thread>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using docker::container_path;
using docker::Engine;
using docker::flag_at;
using docker::member;
using docker::number_at;
using docker::refusal;
using docker::text_at;

namespace {

// The engine's answer to a start, stop or kill may take this much longer than what it waits for.
constexpr std::chrono::seconds kCallMargin{30};
// Waits for a removal that is in progress in the engine.
constexpr std::chrono::seconds kRemovalPatience{10};
constexpr std::chrono::milliseconds kRemovalStep{100};

class DockerRuntime final : public Runtime {
public:
    DockerRuntime(DockerSettings settings, HttpClient& http, docker::ApiVersion version)
        : settings_(std::move(settings)), engine_(http, settings_.socket, version) {}

    std::string_view name() const override { return "docker"; }
    bool isolates() const override { return true; }

    Result<std::string> launch(const WorkerSpec& spec) override;
    Result<WorkerInstance> inspect(const std::string& id) override;
    Result<std::vector<WorkerInstance>> list() override;
    Result<void> stop(const std::string& id, std::chrono::seconds grace) override;
    Result<void> kill(const std::string& id) override;
    Result<void> pause(const std::string& id) override;
    Result<void> resume(const std::string& id) override;
    Result<std::string> tail(const std::string& id, std::size_t bytes) override;
    Result<void> remove(const std::string& id) override;
    Result<void> watch(const std::function<void(const RuntimeEvent&)>& report,
                       std::stop_token stop) override;

private:
    // The container, if it exists and is ours.
    Result<Json> find(const std::string& id) const;
    void undo_create(const std::string& name, const std::string& launch) const;
    Result<void> wait_until_gone(const std::string& id) const;
    Result<void> freeze(const std::string& id, bool frozen) const;
    Result<void> post_until_stopped(const std::string& id, const std::string& call,
                                    std::chrono::seconds wait) const;

    DockerSettings settings_;
    Engine engine_;
};

WorkerInstance instance_of(const Json& container) {
    const Json& state = member(container, "State");
    WorkerInstance instance;
    instance.id = text_at(container, "Id");
    instance.worker_id =
        text_at(member(member(container, "Config"), "Labels"), docker::kWorkerLabel);
    instance.running = flag_at(state, "Running");
    instance.paused = flag_at(state, "Paused");
    instance.oom_killed = flag_at(state, "OOMKilled");
    const std::string status = text_at(state, "Status");
    // A container that was created and never started also has an exit code, of 0.
    if (status == "exited" || status == "dead") {
        instance.exit_code = static_cast<int>(number_at(state, "ExitCode"));
        const auto finished = contracts::parse_timestamp(text_at(state, "FinishedAt"));
        if (finished && finished->time_since_epoch().count() > 0) instance.finished_at = finished;
    }
    return instance;
}

Result<Json> DockerRuntime::find(const std::string& id) const {
    auto found = engine_.get(container_path(id) + "/json");
    if (!found) return found;
    const Json& labels = member(member(*found, "Config"), "Labels");
    if (text_at(labels, docker::kOwnerLabel) != settings_.owner)
        return fail(ErrorKind::permission, "container " + id + " is not one of ours");
    return found;
}

// By name, because the id is unknown if the answer was lost; only if this launch created it.
void DockerRuntime::undo_create(const std::string& name, const std::string& launch) const {
    const auto found = find(name);
    if (!found) return;
    if (text_at(member(member(*found, "Config"), "Labels"), docker::kLaunchLabel) != launch) return;
    const std::string id = text_at(*found, "Id");
    (void)docker::remove_services(
        engine_, settings_,
        text_at(member(member(*found, "Config"), "Labels"), docker::kWorkerLabel));
    if (engine_.ask("DELETE", container_path(id) + "?force=1&v=1")) (void)wait_until_gone(id);
}

Result<std::string> DockerRuntime::launch(const WorkerSpec& spec) {
    const std::string launch = contracts::random_hex(8);
    const auto body = docker::container_spec(spec, settings_, launch);
    if (!body) return body.fault();
    const std::string name = docker::container_name(spec.worker_id);
    auto id = docker::create_container(engine_, name, *body);
    if (id) {
        auto started = docker::start_container(engine_, *id);
        if (started) started = docker::start_services(engine_, settings_, spec, *id);
        if (started) return id;
        id = fail(std::move(started.error()).context(name));
    }
    undo_create(name, launch);
    return id;
}

Result<WorkerInstance> DockerRuntime::inspect(const std::string& id) {
    auto found = find(id);
    if (!found) return found.fault();
    return instance_of(*found);
}

Result<std::vector<WorkerInstance>> DockerRuntime::list() {
    const Json filters{
        {"label", Json::array({std::string(docker::kOwnerLabel) + "=" + settings_.owner})}};
    const auto listed = engine_.get("/containers/json?all=1&filters=" +
                                    encode_percent(contracts::dump_json(filters)));
    if (!listed) return listed.fault();
    std::vector<WorkerInstance> all;
    for (const Json& entry : *listed) {
        const std::string state = text_at(entry, "State");
        WorkerInstance instance;
        instance.id = text_at(entry, "Id");
        instance.worker_id = text_at(member(entry, "Labels"), docker::kWorkerLabel);
        instance.running = state == "running" || state == "paused";
        instance.paused = state == "paused";
        if (!instance.running) {
            // The list does not contain how it ended. A container that is gone by now was not
            // missed.
            auto ended = inspect(instance.id);
            if (!ended && ended.error().kind == ErrorKind::not_found) continue;
            if (!ended) return ended.fault();
            instance = std::move(*ended);
        }
        if (!instance.worker_id.empty()) all.push_back(std::move(instance));
    }
    return all;
}

Result<void> DockerRuntime::post_until_stopped(const std::string& id, const std::string& call,
                                               std::chrono::seconds wait) const {
    if (const auto ours = find(id); !ours)
        return ours.error().kind == ErrorKind::not_found ? Result<void>() : ours.fault();
    const auto answer =
        engine_.ask("POST", container_path(id) + call, std::nullopt, wait + kCallMargin);
    if (!answer) return answer.fault();
    switch (answer->status) {
        case 204:
        case 304:  // stopped already
        case 404:
            return {};
        case 409:  // not running: kill answers this if stop would answer 304
            if (const auto now = find(id); !now || !flag_at(member(*now, "State"), "Running"))
                return {};
            [[fallthrough]];
        default:
            return fail(refusal(answer->status, answer->body, call));
    }
}

// Depending on their age, engines answer a repeated call with 409 or 500, so only the state counts.
Result<void> DockerRuntime::freeze(const std::string& id, bool frozen) const {
    const auto found = find(id);
    if (!found) return found.fault();
    if (flag_at(member(*found, "State"), "Paused") == frozen) return {};
    const char* call = frozen ? "/pause" : "/unpause";
    const auto answer = engine_.ask("POST", container_path(id) + call);
    if (!answer) return answer.fault();
    if (answer->status == 204) return {};
    const auto now = find(id);
    if (now && flag_at(member(*now, "State"), "Paused") == frozen) return {};
    return fail(refusal(answer->status, answer->body, call));
}

Result<void> DockerRuntime::pause(const std::string& id) {
    return freeze(id, true);
}

Result<void> DockerRuntime::resume(const std::string& id) {
    return freeze(id, false);
}

Result<void> DockerRuntime::stop(const std::string& id, std::chrono::seconds grace) {
    // A frozen worker cannot react to TERM. One that has ended or is gone need not be woken.
    if (Result<void> resumed = resume(id);
        !resumed && contracts::is_retryable(resumed.error().kind))
        return resumed;
    return post_until_stopped(id, "/stop?t=" + std::to_string(grace.count()), grace);
}

Result<void> DockerRuntime::kill(const std::string& id) {
    return post_until_stopped(id, "/kill?signal=SIGKILL", std::chrono::seconds(0));
}

Result<std::string> DockerRuntime::tail(const std::string& id, std::size_t bytes) {
    if (const auto ours = find(id); !ours) return ours.fault();
    return docker::container_tail(engine_, id, bytes);
}

Result<void> DockerRuntime::wait_until_gone(const std::string& id) const {
    const auto deadline = std::chrono::steady_clock::now() + kRemovalPatience;
    while (std::chrono::steady_clock::now() < deadline) {
        const auto found = find(id);
        if (!found && found.error().kind == ErrorKind::not_found) return {};
        if (!found) return found.fault();
        std::this_thread::sleep_for(kRemovalStep);
    }
    return fail(ErrorKind::transient, "container " + id + " still exists");
}

Result<void> DockerRuntime::remove(const std::string& id) {
    const auto found = find(id);
    if (!found) return found.error().kind == ErrorKind::not_found ? Result<void>() : found.fault();
    if (flag_at(member(*found, "State"), "Running"))
        return fail(ErrorKind::conflict, "container " + id + " is running", {}, "stop it first");
    // Must be first: once the worker is gone, nothing shows that they belonged to it.
    if (auto removed = docker::remove_services(engine_, settings_, instance_of(*found).worker_id);
        !removed)
        return removed;
    const auto answer = engine_.ask("DELETE", container_path(id) + "?v=1");
    if (!answer) return answer.fault();
    // 409: a removal is in progress.
    if (answer->status != 204 && answer->status != 404 && answer->status != 409)
        return fail(refusal(answer->status, answer->body, "remove"));
    return wait_until_gone(id);
}

Result<void> DockerRuntime::watch(const std::function<void(const RuntimeEvent&)>& report,
                                  std::stop_token stop) {
    return docker::follow_events(engine_, settings_.owner, report, std::move(stop));
}

// If users are remapped, the name of the engine's directory shows it: ".../100000.100000".
std::optional<std::uint32_t> remapped_root(const std::string& root_directory) {
    const std::string last = root_directory.substr(root_directory.rfind('/') + 1);
    std::uint32_t uid = 0;
    const auto read = std::from_chars(last.data(), last.data() + last.size(), uid);
    if (read.ec != std::errc() || read.ptr == last.data() + last.size() || *read.ptr != '.')
        return std::nullopt;
    return uid;
}

}  // namespace

Result<EngineFacts> engine_facts(HttpClient& http, const std::string& socket) {
    if (Result<void> reached = docker::check_reachable(socket); !reached) return reached.fault();
    const Engine engine(http, socket);
    const auto refused = [&socket](contracts::Error why) {
        contracts::Error error = std::move(why).context("the container engine at " + socket);
        error.kind = ErrorKind::fatal;
        if (error.next_step.empty())
            error.next_step = "find out why it does not answer, or set RUNTIME=process";
        return fail(std::move(error));
    };
    const auto told = engine.negotiate();
    if (!told) return refused(told.error());
    const auto info = engine.get("/info");
    if (!info) return refused(info.error());
    EngineFacts facts;
    facts.version = text_at(*told, "Version");
    facts.api_version = engine.version();
    facts.architecture = text_at(*info, "Architecture");
    facts.live_restore = flag_at(*info, "LiveRestoreEnabled");
    facts.limits_hold = flag_at(*info, "MemoryLimit") && flag_at(*info, "PidsLimit") &&
                        flag_at(*info, "CpuCfsQuota");
    for (const Json& option : member(*info, "SecurityOptions")) {
        if (option == "name=rootless") facts.rootless = true;
        if (option == "name=userns")
            facts.root_uid = remapped_root(text_at(*info, "DockerRootDir"));
    }
    return facts;
}

Result<std::unique_ptr<Runtime>> make_docker_runtime(DockerSettings settings, HttpClient& http) {
    const auto facts = engine_facts(http, settings.socket);
    if (!facts) return facts.fault();
    if (!facts->limits_hold)
        return fail(ErrorKind::fatal,
                    "the engine at " + settings.socket +
                        " ignores limits of memory, processes or CPU" +
                        (facts->rootless ? " (it runs rootless)" : ""),
                    {}, "run it on a system with cgroup v2, or as root");
    return std::make_unique<DockerRuntime>(std::move(settings), http, facts->api_version);
}

}  // namespace control
