#include "control/runtime/kubernetes/pod_spec.h"

#include "contracts/base/sha256.h"
#include "control/runtime/kubernetes/api_server.h"
#include "control/runtime/kubernetes/pod_volumes.h"
#include "control/runtime/worker_spec.h"

#include <algorithm>
#include <cmath>

namespace control::kubernetes {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

// How much longer than the wrapper's own grace the kubelet waits before it kills.
constexpr std::chrono::seconds kStopMargin{10};

Json container_walls() {
    return {{"runAsUser", 0},
            {"runAsGroup", 0},
            {"privileged", false},
            {"allowPrivilegeEscalation", false},
            {"readOnlyRootFilesystem", true},
            {"procMount", "Default"},
            {"seccompProfile", {{"type", "RuntimeDefault"}}},
            {"capabilities",
             {{"drop", Json::array({"ALL"})}, {"add", Json::array({"SETUID", "SETGID", "KILL"})}}}};
}

// Less CPU is asked for than allowed: a pod for which both are the same is the last that a node out
// of memory kills, and the node's own programs would go before it.
Json resources(const WorkerLimits& limits) {
    const auto milli = std::max<std::int64_t>(std::llround(limits.cpus * 1000), 2);
    const std::string memory = std::to_string(limits.memory_bytes);
    return {{"limits", {{"memory", memory}, {"cpu", std::to_string(milli) + "m"}}},
            {"requests", {{"memory", memory}, {"cpu", std::to_string(milli / 2) + "m"}}}};
}

// "$(NAME)" would be replaced by another variable's value.
std::string as_it_stands(std::string_view value) {
    std::string text;
    for (const char c : value)
        text.append(c == '$' ? 2 : 1, c);
    return text;
}

Json environment(const WorkerSpec& spec) {
    Json lines = Json::array();
    for (const auto& [name, value] : worker_environment(spec, worker_places(spec)))
        lines.push_back({{"name", name}, {"value", as_it_stands(value)}});
    return lines;
}

Json container(const WorkerSpec& spec) {
    return {{"name", kContainer},
            {"image", spec.image},
            {"imagePullPolicy", "IfNotPresent"},
            {"command", Json::array({wrapper_path()})},
            {"args", Json::array()},
            {"workingDir", worker_places(spec).workspace},
            {"env", environment(spec)},
            {"resources", resources(spec.limits)},
            {"securityContext", container_walls()},
            {"volumeMounts", volume_mounts(spec)},
            {"stdin", false},
            {"tty", false},
            {"terminationMessagePolicy", "FallbackToLogsOnError"}};
}

// By name, as a DaemonSet does it: a label could be another's.
Json on_node(const std::string& node) {
    const Json field{{"key", "metadata.name"}, {"operator", "In"}, {"values", {node}}};
    return {{"nodeAffinity",
             {{"requiredDuringSchedulingIgnoredDuringExecution",
               {{"nodeSelectorTerms", Json::array({{{"matchFields", Json::array({field})}}})}}}}}};
}

Json pod_walls() {
    return {{"seccompProfile", {{"type", "RuntimeDefault"}}},
            {"supplementalGroups", Json::array()},
            // A segment goes with the last process that has it attached.
            {"sysctls", Json::array({{{"name", "kernel.shm_rmid_forced"}, {"value", "1"}}})}};
}

Json metadata(const WorkerSpec& spec, const KubernetesSettings& settings,
              const std::string& launch) {
    Json annotations{{kWorkerAnnotation, spec.worker_id}, {kLaunchAnnotation, launch}};
    for (const auto& [key, value] : spec.labels)
        annotations["label.codegen-orchestrator/" + key] = value;
    return {{"name", pod_name(settings.owner, spec.worker_id)},
            {"namespace", settings.name_space},
            {"labels", {{kOwnerLabel, settings.owner}, {kRoleLabel, kWorkerRole}}},
            {"annotations", std::move(annotations)},
            {"finalizers", Json::array({kFinalizer})}};
}

bool is_empty(const Json& value) {
    return value.is_null() || value.empty();
}

}  // namespace

std::string pod_name(std::string_view owner, std::string_view worker_id) {
    constexpr std::size_t kReadable = 40;
    std::string name = "worker-";
    for (const char c : worker_id.substr(0, kReadable)) {
        const bool upper = c >= 'A' && c <= 'Z';
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        name.push_back(upper ? static_cast<char>(c - 'A' + 'a') : plain ? c : '-');
    }
    const std::string whole = std::string(owner) + '/' + std::string(worker_id);
    return name + '-' + contracts::sha256_hex(whole).substr(0, 12);
}

Result<Json> pod_spec(const WorkerSpec& spec, const KubernetesSettings& settings,
                      const std::string& launch) {
    if (auto checked = check_worker_spec(spec); !checked) return checked.fault();
    if (auto checked = check_volumes(spec, settings); !checked) return checked.fault();
    if (spec.image.empty() || spec.image[0] == '-')
        return fail(ErrorKind::invalid, "names no image", "image");
    if (!spec.services.empty())
        return fail(ErrorKind::invalid, "cannot run beside a worker in Kubernetes yet", "services");
    const auto grace = spec.stop_grace + kStopMargin;
    return Json{{"apiVersion", "v1"},
                {"kind", "Pod"},
                {"metadata", metadata(spec, settings, launch)},
                {"spec",
                 {{"restartPolicy", "Never"},
                  {"terminationGracePeriodSeconds", grace.count()},
                  {"automountServiceAccountToken", false},
                  {"enableServiceLinks", false},
                  {"hostNetwork", false},
                  {"hostPID", false},
                  {"hostIPC", false},
                  {"shareProcessNamespace", false},
                  // Names are looked up nowhere; a policy without a server is refused.
                  {"dnsPolicy", "None"},
                  {"dnsConfig", {{"nameservers", Json::array({"127.0.0.1"})}}},
                  {"affinity", on_node(settings.node)},
                  {"securityContext", pod_walls()},
                  {"containers", Json::array({container(spec)})},
                  {"volumes", volumes(spec, settings)}}}};
}

Json network_policy(std::string_view name_space) {
    return {{"apiVersion", "networking.k8s.io/v1"},
            {"kind", "NetworkPolicy"},
            {"metadata", {{"name", kNetworkPolicy}, {"namespace", name_space}}},
            {"spec",
             {{"podSelector", {{"matchLabels", {{kRoleLabel, kWorkerRole}}}}},
              {"policyTypes", Json::array({"Ingress", "Egress"})}}}};
}

Result<void> check_network_policy(const Json& policy) {
    const auto refuse = [](std::string_view what) {
        return fail(ErrorKind::fatal,
                    "the network policy " + std::string(kNetworkPolicy) + ' ' + std::string(what),
                    {}, "apply the one of the deployment's manifests");
    };
    const Json ours = network_policy("");
    const Json& selector = at(policy, {"spec", "podSelector"});
    if (!is_empty(selector) && selector != at(ours, {"spec", "podSelector"}))
        return refuse("does not select all workers");
    const Json& types = at(policy, {"spec", "policyTypes"});
    for (const char* type : {"Ingress", "Egress"})
        if (!types.is_array() || std::ranges::find(types, Json(type)) == types.end())
            return refuse(std::string("says nothing of ") + type);
    if (!is_empty(at(policy, {"spec", "ingress"})) || !is_empty(at(policy, {"spec", "egress"})))
        return refuse("lets something through");
    return {};
}

}  // namespace control::kubernetes
