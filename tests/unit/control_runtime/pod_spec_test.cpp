#include "control/runtime/kubernetes/pod_spec.h"

#include "control/runtime/kubernetes/api_server.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <set>

using contracts::ErrorKind;
using contracts::Json;
using control::KubernetesSettings;
using control::WorkerSpec;
using control::kubernetes::at;
using control::kubernetes::pod_name;
using control::kubernetes::pod_spec;

namespace {

KubernetesSettings cluster() {
    return {.name_space = "workers",
            .node = "n1",
            .owner = "here",
            .bin_directory = "/opt/toolkit/bin",
            .data_directory = "/data/orch"};
}

WorkerSpec pod_worker() {
    WorkerSpec spec;
    spec.worker_id = "dev-1";
    spec.image = "registry.example/worker@sha256:0123";
    spec.uid = 20017;
    spec.environment = {{"WORKER_ID", "dev-1"}};
    spec.labels = {{"task", "t-1"}};
    spec.directories = {.control = "/data/orch/workers/dev-1/control",
                        .state = "/data/orch/workers/dev-1/state",
                        .home = "/data/orch/workers/dev-1/home",
                        .workspace = "/data/orch/workers/dev-1/workspace",
                        .temporary = "/data/orch/workers/dev-1/tmp",
                        .accounts = "/data/orch/workers/dev-1/accounts"};
    return spec;
}

Json must_make(const WorkerSpec& spec) {
    const auto made = pod_spec(spec, cluster(), "launch-1");
    if (!made) throw std::runtime_error(made.error().describe());
    return *made;
}

const Json& named(const Json& list, std::string_view name) {
    for (const Json& one : list)
        if (one["name"] == name) return one;
    throw std::runtime_error("nothing is named " + std::string(name));
}

}  // namespace

TEST_CASE("a worker's pod says everything that its wall is made of") {
    const Json pod = must_make(pod_worker());
    const Json& spec = pod["spec"];
    CHECK(pod["metadata"]["namespace"] == "workers");
    CHECK(pod["metadata"]["labels"] ==
          Json{{"codegen-orchestrator/owner", "here"}, {"codegen-orchestrator/role", "worker"}});
    CHECK(pod["metadata"]["annotations"] == Json{{"codegen-orchestrator/worker", "dev-1"},
                                                 {"codegen-orchestrator/launch", "launch-1"},
                                                 {"label.codegen-orchestrator/task", "t-1"}});
    CHECK(pod["metadata"]["finalizers"] == Json::array({"codegen-orchestrator/end-recorded"}));
    CHECK(spec["restartPolicy"] == "Never");
    CHECK(spec["terminationGracePeriodSeconds"] == 40);
    CHECK(spec["automountServiceAccountToken"] == false);
    CHECK(spec["enableServiceLinks"] == false);
    for (const char* flag : {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"})
        CHECK(spec[flag] == false);
    CHECK(spec["dnsPolicy"] == "None");
    CHECK(spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault");
    REQUIRE(spec["containers"].size() == 1);
    const Json& container = spec["containers"][0];
    CHECK(container["command"] == Json::array({"/.worker/bin/worker-wrapper"}));
    CHECK(container["args"] == Json::array());
    CHECK(container["workingDir"] == "/workspace");
    const Json& walls = container["securityContext"];
    CHECK(walls["privileged"] == false);
    CHECK(walls["allowPrivilegeEscalation"] == false);
    CHECK(walls["readOnlyRootFilesystem"] == true);
    CHECK(walls["seccompProfile"]["type"] == "RuntimeDefault");
    CHECK(walls["capabilities"]["drop"] == Json::array({"ALL"}));
    CHECK(walls["capabilities"]["add"] == Json::array({"SETUID", "SETGID", "KILL"}));
    CHECK(container["resources"]["limits"] == Json{{"memory", "536870912"}, {"cpu", "500m"}});
    CHECK(container["resources"]["requests"] == Json{{"memory", "536870912"}, {"cpu", "250m"}});
}

TEST_CASE("a pod has the node's directories of this worker, each at its place") {
    const Json pod = must_make(pod_worker());
    const Json& mounts = pod["spec"]["containers"][0]["volumeMounts"];
    const struct {
        const char* name;
        const char* source;
        const char* target;
        bool read_only;
    } wanted[] = {{"bin", "/opt/toolkit/bin", "/.worker/bin", true},
                  {"control", "/data/orch/workers/dev-1/control", "/.worker/control", true},
                  {"run", "/data/orch/workers/dev-1/run", "/.worker/run", false},
                  {"state", "/data/orch/workers/dev-1/state", "/.worker/state", false},
                  {"home", "/data/orch/workers/dev-1/home", "/home/worker", false},
                  {"workspace", "/data/orch/workers/dev-1/workspace", "/workspace", false},
                  {"temporary", "/data/orch/workers/dev-1/tmp", "/var/tmp", false},
                  {"passwd", "/data/orch/workers/dev-1/accounts/passwd", "/etc/passwd", true},
                  {"group", "/data/orch/workers/dev-1/accounts/group", "/etc/group", true}};
    for (const auto& one : wanted) {
        INFO(one.name);
        CHECK(named(pod["spec"]["volumes"], one.name)["hostPath"]["path"] == one.source);
        CHECK(named(mounts, one.name)["mountPath"] == one.target);
        CHECK(named(mounts, one.name)["readOnly"] == one.read_only);
        CHECK(named(mounts, one.name)["mountPropagation"] == "None");
    }
    CHECK(named(pod["spec"]["volumes"], "tmp")["emptyDir"] ==
          Json{{"medium", "Memory"}, {"sizeLimit", "201326592"}});
    CHECK(named(pod["spec"]["volumes"], "shm")["emptyDir"] ==
          Json{{"medium", "Memory"}, {"sizeLimit", "33554432"}});
    CHECK(mounts.size() == std::size(wanted) + 2);
}

TEST_CASE("a pod is bound to its node by the node's name") {
    const Json pod = must_make(pod_worker());
    const Json& terms =
        at(pod, {"spec", "affinity", "nodeAffinity",
                 "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"});
    CHECK(terms == Json::parse(R"([{"matchFields":
        [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}])"));
}

TEST_CASE("a value of the environment stays as it is, whatever it looks like") {
    WorkerSpec spec = pod_worker();
    spec.environment["A"] = "$(WORKER_ID) $$ $HOME";
    const Json pod = must_make(spec);
    CHECK(named(pod["spec"]["containers"][0]["env"], "A")["value"] == "$$(WORKER_ID) $$$$ $$HOME");
}

TEST_CASE("every worker's id makes a valid name, and no two the same one") {
    std::set<std::string> names;
    for (const std::string& id :
         {std::string("a"), std::string("A"), std::string("po.2"), std::string("po_2"),
          std::string("po-2"), std::string(63, 'x'), std::string(62, 'x') + "y"}) {
        const std::string name = pod_name("here", id);
        INFO(name);
        CHECK(name.size() <= 63);
        CHECK(std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        }));
        CHECK(names.insert(name).second);
    }
    CHECK(pod_name("here", "a") != pod_name("there", "a"));
}

TEST_CASE("a pod's specification that is wrong is refused by its field's name") {
    const auto refused = [](const char* field, const std::function<void(WorkerSpec&)>& spoil) {
        WorkerSpec spec = pod_worker();
        spoil(spec);
        const auto made = pod_spec(spec, cluster(), "l");
        INFO(field);
        REQUIRE(!made);
        CHECK(made.error().kind == ErrorKind::invalid);
        CHECK(made.error().field == field);
    };
    refused("image", [](WorkerSpec& s) { s.image = ""; });
    refused("image", [](WorkerSpec& s) { s.image = "--privileged"; });
    refused("uid", [](WorkerSpec& s) { s.uid = 0; });
    refused("directories.home", [](WorkerSpec& s) { s.directories.home = "/root"; });
    refused("directories.workspace", [](WorkerSpec& s) { s.directories.workspace = "/data/orch"; });
    refused("directories.state", [](WorkerSpec& s) { s.directories.state = "/data/orchx/state"; });
    refused("services", [](WorkerSpec& s) { s.services = {{.name = "redis", .image = "r:1"}}; });
    // The directory of the agent's socket would be next to it, outside the volume.
    refused("directories.control", [](WorkerSpec& s) { s.directories.control = "/data/control"; });
}

namespace {

// Specifications that a careless or hostile caller might write.
class PodGenerator {
public:
    explicit PodGenerator(std::uint32_t seed) : random_(seed) {}

    WorkerSpec next() {
        WorkerSpec spec = pod_worker();
        spec.worker_id = pick({"dev-1", "po.2", "a", "9", "B_b"});
        if (rarely()) spec.worker_id = pick({"--privileged", "x/../y", "", "w w"});
        if (rarely()) spec.image = pick({"debian", "--privileged", ""});
        spec.uid = static_cast<std::uint32_t>(rarely() ? 0 : number(1, 70000));
        for (std::int64_t i = number(0, 4); i > 0; --i)
            spec.environment[pick({"A", "PRIVILEGED", "KUBECONFIG", "LD_PRELOAD"})] =
                pick({"1", "$(HOME)", "\"},\"securityContext\":{\"privileged\":true", "\n"});
        if (rarely()) spec.environment[pick({"B=C", "", "é"})] = "1";
        for (std::int64_t i = number(0, 3); i > 0; --i)
            spec.labels[pick({"task", "owner", "role", "worker"})] = pick({"1", "else", "\"", ""});
        for (std::string* path :
             {&spec.directories.control, &spec.directories.state, &spec.directories.home,
              &spec.directories.workspace, &spec.directories.temporary, &spec.directories.accounts})
            if (rarely())
                *path = pick({"/", "/run", "/run/containerd", "/proc", "/dev", "/data/orch",
                              "/data/orch/../..", "/data/orch/w", "/etc", "", "x",
                              "/var/lib/kubelet", "/data/orch/workers/z"});
        if (rarely()) spec.limits.memory_bytes = number(-10, 40) * (16LL << 20);
        if (rarely()) spec.limits.cpus = static_cast<double>(number(-4, 64)) / 8;
        spec.stop_grace = std::chrono::seconds(rarely() ? number(-2, 4000) : 30);
        return spec;
    }

private:
    bool rarely() { return number(0, 15) == 0; }
    std::int64_t number(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
    }
    std::string pick(std::vector<std::string> from) {
        return from[static_cast<std::size_t>(
            number(0, static_cast<std::int64_t>(from.size()) - 1))];
    }
    std::mt19937 random_;
};

std::string breach_of_container(const Json& container) {
    const Json& walls = container["securityContext"];
    if (walls["privileged"] != false) return "privileged";
    if (walls["allowPrivilegeEscalation"] != false) return "escalation";
    if (walls["readOnlyRootFilesystem"] != true) return "writable root";
    if (walls["capabilities"]["drop"] != Json::array({"ALL"})) return "capabilities kept";
    if (walls["capabilities"]["add"] != Json::array({"SETUID", "SETGID", "KILL"}))
        return "capabilities added";
    if (walls["seccompProfile"]["type"] != "RuntimeDefault") return "seccomp";
    for (const char* extra : {"envFrom", "volumeDevices", "ports", "lifecycle", "livenessProbe"})
        if (container.contains(extra)) return extra;
    const Json& limits = container["resources"]["limits"];
    if (std::stoll(limits["memory"].get<std::string>()) < 32 << 20) return "memory";
    if (std::stoll(limits["cpu"].get<std::string>()) < 50) return "cpu";
    if (limits == container["resources"]["requests"]) return "the node's last to be killed";
    if (container["command"].size() != 1 || !container["args"].empty()) return "entry point";
    for (const Json& variable : container["env"])
        if (variable.contains("valueFrom")) return "a variable from elsewhere";
    return "";
}

std::string breach_of_volume(const Json& volume) {
    if (volume.size() != 2) return "volume " + volume.dump();
    if (volume.contains("emptyDir")) return "";
    if (!volume.contains("hostPath")) return "volume " + volume.dump();
    const auto path = volume["hostPath"]["path"].get<std::string>();
    if (path != "/opt/toolkit/bin" && !path.starts_with("/data/orch/")) return path;
    return path.find("..") == std::string::npos ? "" : path;
}

// What makes a pod's isolation incomplete; empty: nothing.
std::string breach_of_pod(const Json& pod) {
    const Json& spec = pod["spec"];
    for (const char* flag : {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace",
                             "automountServiceAccountToken", "enableServiceLinks"})
        if (spec[flag] != false) return flag;
    for (const char* extra :
         {"serviceAccountName", "initContainers", "ephemeralContainers", "runtimeClassName",
          "priorityClassName", "hostAliases", "tolerations", "imagePullSecrets", "nodeName"})
        if (spec.contains(extra)) return extra;
    if (spec["restartPolicy"] != "Never") return "restart";
    if (spec["securityContext"]["seccompProfile"]["type"] != "RuntimeDefault") return "seccomp";
    if (!spec["securityContext"]["supplementalGroups"].empty()) return "groups";
    if (pod["metadata"]["labels"] !=
        Json{{"codegen-orchestrator/owner", "here"}, {"codegen-orchestrator/role", "worker"}})
        return "labels";
    for (const Json& volume : spec["volumes"])
        if (std::string wrong = breach_of_volume(volume); !wrong.empty()) return wrong;
    if (spec["containers"].size() != 1) return "containers";
    return breach_of_container(spec["containers"][0]);
}

}  // namespace

TEST_CASE("of ten thousand generated pods none is privileged, unbounded or sees the node") {
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    PodGenerator generator(seed);
    int made = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto pod = pod_spec(generator.next(), cluster(), "l");
        if (!pod) {
            if (pod.error().kind != ErrorKind::invalid || pod.error().field.empty())
                FAIL("refused without a field: " << pod.error().describe());
            continue;
        }
        ++made;
        if (const std::string wrong = breach_of_pod(*pod); !wrong.empty())
            FAIL(wrong << ": " << *pod);
    }
    CHECK(made > 2'000);
    CHECK(made < 9'800);
}

TEST_CASE("a network policy that lets anything through is refused") {
    using control::kubernetes::check_network_policy;
    const Json ours = control::kubernetes::network_policy("workers");
    CHECK(check_network_policy(ours));
    const auto refused = [&ours](const char* change) {
        Json policy = ours;
        policy.merge_patch(Json::parse(change));
        INFO(change);
        const auto checked = check_network_policy(policy);
        REQUIRE(!checked);
        CHECK(checked.error().kind == ErrorKind::fatal);
        CHECK(!checked.error().next_step.empty());
    };
    refused(R"({"spec": {"policyTypes": ["Ingress"]}})");
    refused(R"({"spec": {"policyTypes": null}})");
    refused(R"({"spec": {"egress": [{}]}})");
    refused(R"({"spec": {"ingress": [{"from": []}]}})");
    refused(R"({"spec": {"podSelector": {"matchLabels": {"app": "x"}}}})");
    refused(R"({"spec": null})");
}
