#include "control/runtime/kubernetes/pod_volumes.h"

#include <algorithm>
#include <vector>

namespace control::kubernetes {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

// Fresh top-level names: an image whose /run or /var is a link cannot move them into the agent's
// tree.
constexpr std::string_view kControl = "/.worker/control";
constexpr std::string_view kState = "/.worker/state";
constexpr std::string_view kBin = "/.worker/bin";
constexpr std::string_view kRun = "/.worker/run";
constexpr std::string_view kWorkspace = "/workspace";
constexpr std::string_view kHome = "/home/worker";
constexpr std::string_view kTemporary = "/var/tmp";

constexpr std::int64_t kMebibyte = 1 << 20;

// A path of the node and where the pod has it.
struct Mounted {
    std::string name;
    std::string source;
    std::string target;
    bool read_only = false;
    const char* type = "Directory";  // what the kubelet checks: it must be there
};

// Beside the control directory. A volume of the pod's own would be writable for everybody in it,
// and the agent could put a socket of its own in the place of the wrapper's. The kubelet makes this
// one: root 0755.
std::string run_directory(const WorkerSpec& spec) {
    return spec.directories.control.substr(0, spec.directories.control.rfind('/')) + "/run";
}

std::vector<Mounted> mounted(const WorkerSpec& spec, const std::string& bin_directory) {
    const WorkerDirectories& directories = spec.directories;
    std::vector<Mounted> all{
        {"bin", bin_directory, std::string(kBin), true},
        {"control", directories.control, std::string(kControl), true},
        {"run", run_directory(spec), std::string(kRun), false, "DirectoryOrCreate"},
        {"state", directories.state, std::string(kState)},
        {"home", directories.home, std::string(kHome)},
        {"workspace", directories.workspace, std::string(kWorkspace)},
    };
    if (!directories.temporary.empty())
        all.push_back({"temporary", directories.temporary, std::string(kTemporary)});
    if (!directories.accounts.empty())
        for (const char* file : {"passwd", "group"})
            all.push_back({file, directories.accounts + '/' + file, std::string("/etc/") + file,
                           true, "File"});
    return all;
}

// Charged to the pod's memory: together less than half of it, so that they cannot be filled with
// what nobody can be killed for.
Json memory_volume(const char* name, std::int64_t bytes) {
    const std::string size = std::to_string(std::max(bytes, kMebibyte));
    return {{"name", name}, {"emptyDir", {{"medium", "Memory"}, {"sizeLimit", size}}}};
}

}  // namespace

WorkerPlaces worker_places(const WorkerSpec& spec) {
    return {
        .control = std::string(kControl),
        .state = std::string(kState),
        .workspace = std::string(kWorkspace),
        .home = std::string(kHome),
        .temporary = spec.directories.temporary.empty() ? std::string() : std::string(kTemporary),
        .agent_socket = std::string(kRun) + "/agent.sock",
        .bin = std::string(kBin)};
}

std::string wrapper_path() {
    return std::string(kBin) + "/worker-wrapper";
}

Result<void> check_volumes(const WorkerSpec& spec, const KubernetesSettings& settings) {
    const std::pair<std::string_view, const std::string&> all[] = {
        {"directories.control", spec.directories.control},
        {"directories.state", spec.directories.state},
        {"directories.home", spec.directories.home},
        {"directories.workspace", spec.directories.workspace},
        {"directories.temporary", spec.directories.temporary},
        {"directories.accounts", spec.directories.accounts},
    };
    for (const auto& [name, path] : all)
        if (!path.empty() && !lies_below(path, settings.data_directory))
            return fail(ErrorKind::invalid, "must lie below " + settings.data_directory,
                        std::string(name));
    // The directory for the agent's socket lies beside it.
    if (!lies_below(run_directory(spec), settings.data_directory))
        return fail(ErrorKind::invalid, "must lie in a directory of the worker's own",
                    "directories.control");
    return {};
}

Json volumes(const WorkerSpec& spec, const KubernetesSettings& settings) {
    const std::int64_t memory = spec.limits.memory_bytes;
    Json all =
        Json::array({memory_volume("tmp", memory / 8 * 3), memory_volume("shm", memory / 16)});
    for (const Mounted& one : mounted(spec, settings.bin_directory))
        all.push_back(
            {{"name", one.name}, {"hostPath", {{"path", one.source}, {"type", one.type}}}});
    return all;
}

Json volume_mounts(const WorkerSpec& spec) {
    const auto mount = [](const std::string& name, const std::string& target, bool read_only) {
        return Json{{"name", name},
                    {"mountPath", target},
                    {"readOnly", read_only},
                    {"mountPropagation", "None"}};
    };
    Json all = Json::array({mount("tmp", "/tmp", false), mount("shm", "/dev/shm", false)});
    for (const Mounted& one : mounted(spec, {}))
        all.push_back(mount(one.name, one.target, one.read_only));
    return all;
}

}  // namespace control::kubernetes
