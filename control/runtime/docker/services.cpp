#include "control/runtime/docker/services.h"

#include "control/runtime/docker/container_spec.h"
#include "control/runtime/docker/containers.h"
#include "control/runtime/docker/walls.h"

#include <chrono>
#include <thread>

namespace control::docker {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

// What the images of services print once they accept connections (images/service-*.dockerfile).
constexpr std::string_view kServes = "service-ready";
constexpr std::chrono::seconds kReadyWithin{60};
constexpr std::chrono::milliseconds kLookEvery{100};
constexpr std::size_t kLastWords = 4000;
// Its data is in memory and counts as such, so most of the limit is for data.
constexpr WorkerLimits kLimits{.memory_bytes = 512LL << 20, .cpus = 0.5, .pids = 128};
constexpr std::int64_t kDataBytes = 256LL << 20;

std::string service_name(const WorkerSpec& spec, const ServiceSpec& service) {
    return "service-" + service.name + "-" + spec.worker_id;
}

Result<void> wait_until_ready(const Engine& engine, const std::string& name,
                              const std::string& id) {
    const auto deadline = std::chrono::steady_clock::now() + kReadyWithin;
    while (true) {
        const auto state = engine.get(container_path(id) + "/json");
        if (!state) return state.fault();
        // Read after the state, so that the last output of a service is not missed.
        auto said = container_tail(engine, id, kLastWords);
        if (!said) return said.fault();
        if (said->find(kServes) != std::string::npos) return {};
        if (!flag_at(member(*state, "State"), "Running"))
            return fail(ErrorKind::transient, name + " ended before it was ready: " + *said);
        if (std::chrono::steady_clock::now() >= deadline)
            return fail(ErrorKind::transient, name + " is not ready after " +
                                                  std::to_string(kReadyWithin.count()) +
                                                  " s: " + *said);
        std::this_thread::sleep_for(kLookEvery);
    }
}

}  // namespace

Json service_spec(const DockerSettings& settings, const WorkerSpec& spec,
                  const ServiceSpec& service, const std::string& container) {
    Json config = walls(kLimits);
    config["NetworkMode"] = "container:" + container;
    config["Tmpfs"] = {
        {"/data", "size=" + mebibytes(kDataBytes) + ",mode=1777,nosuid,nodev,noexec"},
        {"/tmp", "size=1m,mode=1777,nosuid,nodev,noexec"}};
    config["RestartPolicy"] = {{"Name", "no"}};
    const std::string user = std::to_string(spec.uid);
    return {{"Image", service.image},
            {"User", user + ":" + user},
            {"Tty", false},
            {"OpenStdin", false},
            {"Healthcheck", {{"Test", Json::array({"NONE"})}}},
            {"Labels", {{kOwnerLabel, settings.owner}, {kServiceOfLabel, spec.worker_id}}},
            {"HostConfig", config}};
}

Result<void> start_services(const Engine& engine, const DockerSettings& settings,
                            const WorkerSpec& spec, const std::string& container) {
    std::vector<std::pair<std::string, std::string>> started;
    for (const ServiceSpec& service : spec.services) {
        const std::string name = service_name(spec, service);
        auto id = create_container(engine, name, service_spec(settings, spec, service, container));
        if (!id) return id.fault();
        if (auto running = start_container(engine, *id); !running)
            return fail(std::move(running.error()).context(name));
        started.emplace_back(name, std::move(*id));
    }
    for (const auto& [name, id] : started)
        if (auto ready = wait_until_ready(engine, name, id); !ready) return ready;
    return {};
}

Result<void> remove_services(const Engine& engine, const DockerSettings& settings,
                             const std::string& worker_id) {
    const Json filters{{"label", Json::array({std::string(kOwnerLabel) + "=" + settings.owner,
                                              std::string(kServiceOfLabel) + "=" + worker_id})}};
    const auto listed = engine.get("/containers/json?all=1&filters=" +
                                   encode_percent(contracts::dump_json(filters)));
    if (!listed) return listed.fault();
    for (const Json& entry : *listed) {
        const auto answer =
            engine.ask("DELETE", container_path(text_at(entry, "Id")) + "?force=1&v=1");
        if (!answer) return answer.fault();
        // 409: a removal is in progress.
        if (answer->status != 204 && answer->status != 404 && answer->status != 409)
            return fail(refusal(answer->status, answer->body, "remove a service"));
    }
    return {};
}

}  // namespace control::docker
