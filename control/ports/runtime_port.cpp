#include "control/ports/runtime_port.h"

#include "contracts/messages/worker.h"
#include "control/ports/fatal.h"
#include "control/runtime/docker/docker.h"
#include "control/runtime/kubernetes/kubernetes.h"
#include "control/runtime/process/process.h"

#include <unistd.h>
#include <cerrno>
#include <cstdlib>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

using Opened = Result<std::unique_ptr<Runtime>>;

// Without an image nothing is installed: the agents' own folders precede this machine's PATH.
std::string path_of_agents(const std::string& directory) {
    std::string path;
    for (const std::string_view agent : contracts::kAgentTypeNames)
        path.append(directory).append("/").append(agent).append(":");
    const char* ours = std::getenv("PATH");
    return path + (ours != nullptr ? ours : "/usr/local/bin:/usr/bin:/bin");
}

Result<void> check_places(const PlaceSettings& places) {
    if (::geteuid() != 0) return {};
    if (Result<void> passes = check_passable(places.bin_directory, "WORKER_BIN_DIR"); !passes)
        return passes;
    return check_passable(places.agents_directory, "AGENTS_DIR");
}

Opened open_process_runtime(const PlaceSettings& places, const DataDirectory& data) {
    if (Result<void> passable = check_places(places); !passable) return passable.fault();
    std::string self(4096, '\0');
    const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size());
    if (length <= 0) return fail(contracts::system_error(errno, "read /proc/self/exe"));
    self.resize(static_cast<std::size_t>(length));
    return make_process_runtime({.owner = data.owner(),
                                 .instances_directory = data.instances(),
                                 .bin_directory = places.bin_directory,
                                 .supervisor = {self, "run-process"},
                                 .path = path_of_agents(places.agents_directory),
                                 .is_sole = data.is_held()});
}

constexpr const char* kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

Opened open_kubernetes_runtime(const ClusterSettings& cluster, const PlaceSettings& places,
                               const DataDirectory& data, HttpClient& client) {
    Result<kubernetes::Access> access =
        cluster.kubeconfig.empty()
            ? kubernetes::in_cluster_access(cluster.service_host, cluster.service_port,
                                            kServiceAccount)
            : kubernetes::load_kubeconfig(cluster.kubeconfig);
    if (!access) return access.fault();
    return make_kubernetes_runtime({.name_space = cluster.name_space,
                                    .node = cluster.node,
                                    .owner = data.owner(),
                                    .bin_directory = places.bin_directory,
                                    .data_directory = data.path()},
                                   std::move(*access), client);
}

Opened choose_runtime(const RuntimeSettings& settings, const PlaceSettings& places,
                      const DataDirectory& data, HttpClient& client, const contracts::Log& log) {
    if (settings.choice == RuntimeChoice::process) return open_process_runtime(places, data);
    if (settings.choice == RuntimeChoice::kubernetes)
        return open_kubernetes_runtime(settings.cluster, places, data, client);
    Opened docker = make_docker_runtime({.socket = settings.docker_socket,
                                         .owner = data.owner(),
                                         .bin_directory = places.bin_directory,
                                         .data_directory = data.path()},
                                        client);
    if (docker || settings.choice == RuntimeChoice::docker) return docker;
    // If there is an engine that refuses us, it is never replaced by unisolated processes.
    if (docker.error().kind != ErrorKind::not_found)
        return fail(std::move(docker.error()).context("RUNTIME"));
    log.warning("no container engine", {{"error", docker.error().describe()}});
    return open_process_runtime(places, data);
}

}  // namespace

Opened open_runtime(const RuntimeSettings& settings, const PlaceSettings& places,
                    const DataDirectory& data, HttpClient& client, const contracts::Log& log) {
    if (Result<void> there = check_wrapper(places); !there) return there.fault();
    Opened runtime = choose_runtime(settings, places, data, client, log);
    if (!runtime) return fatal(std::move(runtime.error()));
    if (settings.choice == RuntimeChoice::kubernetes)
        log.warning(
            "workers have no network only if the cluster's network plugin enforces NetworkPolicy");
    if (!(*runtime)->isolates())
        log.warning("WORKERS ARE NOT ISOLATED: agents run as plain processes of this machine",
                    {{"runtime", (*runtime)->name()}});
    return runtime;
}

Result<void> check_wrapper(const PlaceSettings& places) {
    if (::access((places.bin_directory + "/worker-wrapper").c_str(), X_OK) == 0) return {};
    return fail(ErrorKind::fatal, "no worker-wrapper in " + places.bin_directory, "WORKER_BIN_DIR",
                "build the static programs or name their directory");
}

}  // namespace control
