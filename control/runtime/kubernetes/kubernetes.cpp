#include "control/runtime/kubernetes/kubernetes.h"

#include "contracts/base/id.h"
#include "control/http/message.h"
#include "control/runtime/kubernetes/pod_spec.h"
#include "control/runtime/kubernetes/pods.h"
#include "control/runtime/kubernetes/watch.h"

#include <algorithm>
#include <thread>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using kubernetes::Access;
using kubernetes::PodKey;
using kubernetes::PodList;
using kubernetes::Pods;
using kubernetes::PodState;

namespace {

// An image may have to be pulled first.
constexpr std::chrono::seconds kStartPatience{180};
constexpr std::chrono::milliseconds kStep{40};
// How long a node may be full, and how often the events of a pod that does not start are read.
constexpr std::chrono::seconds kRoomPatience{20};
constexpr std::chrono::seconds kEventsStep{1};
// The kubelet's own time around a grace.
constexpr std::chrono::seconds kEndMargin{30};
constexpr std::chrono::seconds kRemovalPatience{20};

class KubernetesRuntime final : public Runtime {
public:
    KubernetesRuntime(KubernetesSettings settings, Access access, HttpClient& http)
        : settings_(std::move(settings)), pods_(http, std::move(access), settings_.name_space) {}

    // The rights, the policy, the version: what would else be found out by the first worker.
    [[nodiscard]] Result<void> check() const;

    std::string_view name() const override { return "kubernetes"; }
    bool isolates() const override { return true; }
    Result<std::string> launch(const WorkerSpec& spec) override;
    Result<WorkerInstance> inspect(const std::string& id) override;
    Result<std::vector<WorkerInstance>> list() override;
    Result<void> stop(const std::string& id, std::chrono::seconds grace) override;
    Result<void> kill(const std::string& id) override;
    Result<std::string> tail(const std::string& id, std::size_t bytes) override;
    Result<void> remove(const std::string& id) override;
    Result<void> watch(const std::function<void(const RuntimeEvent&)>& report,
                       std::stop_token stop) override;

private:
    // The pod, when it is there, ours and the one that the id means.
    Result<Json> find(const std::string& id) const;
    Result<void> wait_until_started(const PodKey& pod) const;
    Result<void> wait_until_gone(const PodKey& pod) const;
    Result<void> take_away(const PodKey& pod) const;
    void undo_create(const std::string& name, const std::string& launch) const;
    Result<void> end(const std::string& id, std::chrono::seconds grace) const;

    KubernetesSettings settings_;
    Pods pods_;
};

PodKey key_of(const PodState& state) {
    return {state.name, state.uid};
}

Result<void> KubernetesRuntime::check() const {
    const auto refused = [this](const Error& why) {
        Error error = why.context("the cluster at " + pods_.api().server());
        error.kind = ErrorKind::fatal;
        return fail(std::move(error));
    };
    const Result<PodList> listed = pods_.list(settings_.owner);
    if (!listed) return refused(listed.error());
    const Result<Json> policy = pods_.api().get_json(
        "GET", "/apis/networking.k8s.io/v1/namespaces/" + encode_percent(settings_.name_space) +
                   "/networkpolicies/" + std::string(kubernetes::kNetworkPolicy));
    if (!policy) {
        Error error = policy.error();
        if (error.next_step.empty()) error.next_step = "apply the deployment's manifests";
        return refused(error);
    }
    return kubernetes::check_network_policy(*policy);
}

Result<Json> KubernetesRuntime::find(const std::string& id) const {
    const auto key = kubernetes::parse_instance_id(id);
    if (!key) return fail(ErrorKind::not_found, "\"" + id + "\" is not a pod's id");
    Result<Json> found = pods_.find(key->name);
    if (!found) return found;
    const PodState state = kubernetes::pod_state(*found);
    if (state.uid != key->uid) return fail(ErrorKind::not_found, "pod " + id + " is gone");
    if (state.owner != settings_.owner)
        return fail(ErrorKind::permission, "pod " + id + " is not one of ours");
    return found;
}

Result<void> KubernetesRuntime::wait_until_started(const PodKey& pod) const {
    using Clock = std::chrono::steady_clock;
    const auto began = Clock::now();
    auto next_events = began + kEventsStep;
    std::string last_words = "the kubelet says nothing";
    while (Clock::now() - began < kStartPatience) {
        const Result<Json> found = find(kubernetes::instance_id(pod.name, pod.uid));
        if (!found) return found.fault();
        if (auto why = kubernetes::obstacle(*found)) {
            // Room may be made by pods that are about to go.
            if (why->kind != ErrorKind::upstream || Clock::now() - began > kRoomPatience)
                return fail(std::move(*why));
            last_words = why->message;
        }
        if (kubernetes::pod_state(*found).started) return {};
        if (Clock::now() >= next_events) {
            next_events = Clock::now() + kEventsStep;
            const Result<Json> events = pods_.events_of(pod.uid);
            if (!events) return events.fault();
            if (auto why = kubernetes::obstacle_in_events(*events)) return fail(std::move(*why));
        }
        std::this_thread::sleep_for(kStep);
    }
    return fail(
        ErrorKind::transient,
        "did not start within " + std::to_string(kStartPatience.count()) + " s: " + last_words);
}

Result<void> KubernetesRuntime::wait_until_gone(const PodKey& pod) const {
    const auto deadline = std::chrono::steady_clock::now() + kRemovalPatience;
    while (std::chrono::steady_clock::now() < deadline) {
        const Result<Json> found = find(kubernetes::instance_id(pod.name, pod.uid));
        if (!found && found.error().kind == ErrorKind::not_found) return {};
        if (!found) return found.fault();
        std::this_thread::sleep_for(kStep);
    }
    return fail(ErrorKind::transient, "pod " + pod.name + " is still there");
}

Result<void> KubernetesRuntime::take_away(const PodKey& pod) const {
    if (Result<void> ended = pods_.end(pod, std::chrono::seconds(0)); !ended) return ended;
    if (Result<void> released = pods_.release(pod); !released) return released;
    return wait_until_gone(pod);
}

// By name, because a lost answer may have kept the uid from us; only what this very launch made.
void KubernetesRuntime::undo_create(const std::string& name, const std::string& launch) const {
    const Result<Json> found = pods_.find(name);
    if (!found) return;
    const PodState state = kubernetes::pod_state(*found);
    if (state.owner == settings_.owner && state.launch == launch) (void)take_away(key_of(state));
}

Result<std::string> KubernetesRuntime::launch(const WorkerSpec& spec) {
    const std::string launch = contracts::random_hex(8);
    const Result<Json> body = kubernetes::pod_spec(spec, settings_, launch);
    if (!body) return body.fault();
    const std::string name = kubernetes::pod_name(settings_.owner, spec.worker_id);
    const Result<Json> made = pods_.create(*body);
    if (!made) {
        undo_create(name, launch);
        return made.fault();
    }
    const PodState state = kubernetes::pod_state(*made);
    if (Result<void> started = wait_until_started(key_of(state)); !started) {
        undo_create(name, launch);
        return fail(std::move(started.error()).context(name));
    }
    return state.instance.id;
}

Result<WorkerInstance> KubernetesRuntime::inspect(const std::string& id) {
    const Result<Json> found = find(id);
    if (!found) return found.fault();
    return kubernetes::pod_state(*found).instance;
}

Result<std::vector<WorkerInstance>> KubernetesRuntime::list() {
    const Result<PodList> listed = pods_.list(settings_.owner);
    if (!listed) return listed.fault();
    std::vector<WorkerInstance> all;
    for (const Json& pod : listed->pods)
        if (WorkerInstance instance = kubernetes::pod_state(pod).instance;
            !instance.worker_id.empty())
            all.push_back(std::move(instance));
    return all;
}

Result<void> KubernetesRuntime::end(const std::string& id, std::chrono::seconds grace) const {
    Result<Json> found = find(id);
    if (!found) return found.error().kind == ErrorKind::not_found ? Result<void>() : found.fault();
    if (!kubernetes::pod_state(*found).instance.running) return {};
    // A grace of zero would not wait for the kubelet.
    const auto given = std::max(grace, std::chrono::seconds(1));
    if (Result<void> asked = pods_.end(key_of(kubernetes::pod_state(*found)), given); !asked)
        return asked;
    const auto deadline = std::chrono::steady_clock::now() + given + kEndMargin;
    while (std::chrono::steady_clock::now() < deadline) {
        found = find(id);
        if (!found && found.error().kind == ErrorKind::not_found) return {};
        if (!found) return found.fault();
        if (!kubernetes::pod_state(*found).instance.running) return {};
        std::this_thread::sleep_for(kStep);
    }
    return fail(ErrorKind::transient, "pod " + id + " has not ended; its node may be lost");
}

Result<void> KubernetesRuntime::stop(const std::string& id, std::chrono::seconds grace) {
    return end(id, grace);
}

Result<void> KubernetesRuntime::kill(const std::string& id) {
    return end(id, std::chrono::seconds(0));
}

Result<std::string> KubernetesRuntime::tail(const std::string& id, std::size_t bytes) {
    const Result<Json> found = find(id);
    if (!found) return found.fault();
    const PodKey key = key_of(kubernetes::pod_state(*found));
    Result<std::string> text = pods_.tail(key.name, bytes);
    if (text) return text;
    // Of a pod that was deleted only what the kubelet kept is left.
    std::string kept = kubernetes::kept_output(*found);
    if (kept.empty()) return text;
    return kept.size() <= bytes ? kept : kept.substr(kept.size() - bytes);
}

Result<void> KubernetesRuntime::remove(const std::string& id) {
    const Result<Json> found = find(id);
    if (!found) return found.error().kind == ErrorKind::not_found ? Result<void>() : found.fault();
    const PodState state = kubernetes::pod_state(*found);
    if (state.instance.running)
        return fail(ErrorKind::conflict, "pod " + id + " still runs", {}, "stop it first");
    return take_away(key_of(state));
}

Result<void> KubernetesRuntime::watch(const std::function<void(const RuntimeEvent&)>& report,
                                      std::stop_token stop) {
    return kubernetes::follow_pods(pods_, settings_.owner, report, std::move(stop));
}

}  // namespace

Result<std::unique_ptr<Runtime>> make_kubernetes_runtime(KubernetesSettings settings, Access access,
                                                         HttpClient& http) {
    auto runtime =
        std::make_unique<KubernetesRuntime>(std::move(settings), std::move(access), http);
    if (Result<void> checked = runtime->check(); !checked) return checked.fault();
    return runtime;
}

}  // namespace control
