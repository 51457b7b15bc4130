#include "control/runtime/docker/container_spec.h"

#include "control/runtime/docker/walls.h"
#include "control/runtime/worker_spec.h"

namespace control::docker {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

// New top-level names: an image whose /run or /var is a link cannot move them into the agent's
// tree.
constexpr std::string_view kControl = "/.worker/control";
constexpr std::string_view kState = "/.worker/state";
constexpr std::string_view kBin = "/.worker/bin";
constexpr std::string_view kSocket = "/.worker/run/agent.sock";
constexpr std::string_view kWorkspace = "/workspace";
constexpr std::string_view kHome = "/home/worker";
constexpr std::string_view kTemporary = "/var/tmp";
// How much longer than the wrapper's own grace the engine waits before it kills.
constexpr std::chrono::seconds kStopMargin{10};

Result<void> check_mounts(const WorkerSpec& spec, const DockerSettings& settings) {
    const std::pair<std::string_view, const std::string&> all[] = {
        {"directories.control", spec.directories.control},
        {"directories.state", spec.directories.state},
        {"directories.home", spec.directories.home},
        {"directories.workspace", spec.directories.workspace},
        {"directories.temporary", spec.directories.temporary},
        {"directories.accounts", spec.directories.accounts},
    };
    for (const auto& [name, path] : all) {
        if (path.empty()) continue;
        if (!lies_below(path, settings.data_directory))
            return fail(ErrorKind::invalid, "must lie below " + settings.data_directory,
                        std::string(name));
        if (path == settings.socket || lies_below(settings.socket, path))
            return fail(ErrorKind::invalid, "contains the engine's socket", std::string(name));
    }
    if (lies_below(settings.socket, settings.bin_directory))
        return fail(ErrorKind::invalid, "contains the engine's socket", "bin_directory");
    return {};
}

Json bind_mount(const std::string& source, std::string_view target, bool read_only) {
    return {{"Type", "bind"},
            {"Source", source},
            {"Target", target},
            {"ReadOnly", read_only},
            {"BindOptions", {{"Propagation", "rprivate"}}}};
}

Json mounts(const WorkerSpec& spec, const DockerSettings& settings) {
    Json all = Json::array({bind_mount(settings.bin_directory, kBin, true),
                            bind_mount(spec.directories.control, kControl, true),
                            bind_mount(spec.directories.state, kState, false),
                            bind_mount(spec.directories.home, kHome, false),
                            bind_mount(spec.directories.workspace, kWorkspace, false)});
    if (const std::string& place = spec.directories.temporary; !place.empty())
        all.push_back(bind_mount(place, kTemporary, false));
    if (const std::string& place = spec.directories.accounts; !place.empty())
        for (const char* file : {"/passwd", "/group"})
            all.push_back(bind_mount(place + file, std::string("/etc") + file, true));
    return all;
}

// Counts as memory of the container. Together with /dev/shm it is less than half of the limit, so
// that memory that belongs to no process cannot fill it. Programs may run in /tmp, because tests of
// Go and Rust are built there. Large files go to TMPDIR, which is on the disk.
Json tmpfs(std::int64_t memory) {
    return {{"/.worker", "size=64k,mode=0755,nosuid,nodev,noexec"},
            {"/.worker/run", "size=1m,mode=0755,nosuid,nodev,noexec"},
            {"/tmp", "size=" + mebibytes(memory / 8 * 3) + ",mode=1777,exec,nosuid,nodev"}};
}

// The container's name as a host name: letters, digits and hyphens, at most 63.
std::string host_name(std::string_view worker_id) {
    std::string name = container_name(worker_id).substr(0, 63);
    for (char& c : name)
        if (c == '_' || c == '.') c = '-';
    while (name.back() == '-')
        name.pop_back();
    return name;
}

Json host_config(const WorkerSpec& spec, const DockerSettings& settings) {
    Json config = walls(spec.limits);
    config["ExtraHosts"] = Json::array({host_name(spec.worker_id) + ":127.0.0.1"});
    config["CapAdd"] = Json::array({"SETUID", "SETGID", "KILL"});
    config["Tmpfs"] = tmpfs(spec.limits.memory_bytes);
    config["Mounts"] = mounts(spec, settings);
    config["RestartPolicy"] = {{"Name", "no"}};
    return config;
}

Json environment(const WorkerSpec& spec) {
    const WorkerPlaces places{
        .control = std::string(kControl),
        .state = std::string(kState),
        .workspace = std::string(kWorkspace),
        .home = std::string(kHome),
        .temporary = spec.directories.temporary.empty() ? std::string() : std::string(kTemporary),
        .agent_socket = std::string(kSocket),
        .bin = std::string(kBin)};
    Json lines = Json::array();
    for (const auto& [name, value] : worker_environment(spec, places))
        lines.push_back(name + "=" + value);
    return lines;
}

Json labels(const WorkerSpec& spec, const DockerSettings& settings, const std::string& launch) {
    Json all = Json::object();
    for (const auto& [key, value] : spec.labels)
        all[std::string(kLabelPrefix) + key] = value;
    all[kOwnerLabel] = settings.owner;
    all[kWorkerLabel] = spec.worker_id;
    all[kLaunchLabel] = launch;
    return all;
}

}  // namespace

std::string container_name(std::string_view worker_id) {
    return "worker-" + std::string(worker_id);
}

Result<Json> container_spec(const WorkerSpec& spec, const DockerSettings& settings,
                            const std::string& launch) {
    if (auto checked = check_worker_spec(spec); !checked) return checked.fault();
    if (auto checked = check_mounts(spec, settings); !checked) return checked.fault();
    if (spec.image.empty() || spec.image[0] == '-')
        return fail(ErrorKind::invalid, "must name an image", "image");
    return Json{
        {"Image", spec.image},
        {"User", "0:0"},
        {"Entrypoint", Json::array({std::string(kBin) + "/worker-wrapper"})},
        {"Cmd", Json::array()},
        {"WorkingDir", kWorkspace},
        {"Hostname", host_name(spec.worker_id)},
        {"Tty", false},
        {"OpenStdin", false},
        {"StdinOnce", false},
        {"StopSignal", "SIGTERM"},
        {"StopTimeout", (spec.stop_grace + kStopMargin).count()},
        {"Healthcheck", {{"Test", Json::array({"NONE"})}}},
        {"Env", environment(spec)},
        {"Labels", labels(spec, settings, launch)},
        {"HostConfig", host_config(spec, settings)},
    };
}

}  // namespace control::docker
