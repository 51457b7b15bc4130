#include "control/runtime/kubernetes/pod_state.h"

#include "control/runtime/kubernetes/api_server.h"
#include "control/runtime/kubernetes/pod_spec.h"

#include <algorithm>

namespace control::kubernetes {

using contracts::Error;
using contracts::ErrorKind;
using contracts::Json;

namespace {

template <std::size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
    return std::ranges::find(words, word) != std::end(words);
}

// Of the worker's container; null: the kubelet has said nothing yet.
const Json& container_state(const Json& pod) {
    static const Json nothing;
    const Json& statuses = at(pod, {"status", "containerStatuses"});
    if (!statuses.is_array()) return nothing;
    for (const Json& status : statuses)
        if (text_below(status, {"name"}) == kContainer) return at(status, {"state"});
    return nothing;
}

bool is_over(const Json& pod) {
    const std::string phase = text_below(pod, {"status", "phase"});
    return phase == "Failed" || phase == "Succeeded";
}

// What the kubelet writes down when it does not know how a container ended.
constexpr std::string_view kUnknownEnd = "ContainerStatusUnknown";
constexpr std::string_view kNoImage[] = {"ErrImagePull",      "ImagePullBackOff",
                                         "ErrImageNeverPull", "InvalidImageName",
                                         "ImageInspectError", "RegistryUnavailable"};
constexpr std::string_view kNoContainer[] = {"CreateContainerConfigError", "CreateContainerError",
                                             "RunContainerError"};
constexpr std::string_view kNoStart[] = {"StartError", "ContainerCannotRun"};

void note_end(const Json& terminated, WorkerInstance& instance) {
    instance.running = false;
    const std::string reason = text_below(terminated, {"reason"});
    instance.oom_killed = reason == "OOMKilled";
    const Json& code = at(terminated, {"exitCode"});
    if (code.is_number_integer() && reason != kUnknownEnd) instance.exit_code = code.get<int>();
    const auto finished = contracts::parse_timestamp(text_below(terminated, {"finishedAt"}));
    if (finished && finished->time_since_epoch().count() > 0) instance.finished_at = finished;
}

std::optional<Error> unschedulable(const Json& pod) {
    const Json& conditions = at(pod, {"status", "conditions"});
    if (!conditions.is_array()) return std::nullopt;
    for (const Json& condition : conditions)
        if (text_below(condition, {"type"}) == "PodScheduled" &&
            text_below(condition, {"reason"}) == "Unschedulable")
            return Error{ErrorKind::upstream,
                         "no room for the pod: " + text_below(condition, {"message"}),
                         {},
                         "free resources on the daemon's node, or allow fewer workers"};
    return std::nullopt;
}

std::string with_message(std::string_view reason, const std::string& message) {
    return std::string(reason) + (message.empty() ? "" : ": " + message);
}

}  // namespace

PodState pod_state(const Json& pod) {
    PodState state;
    state.name = text_below(pod, {"metadata", "name"});
    state.uid = text_below(pod, {"metadata", "uid"});
    state.owner = text_below(pod, {"metadata", "labels", kOwnerLabel});
    state.launch = text_below(pod, {"metadata", "annotations", kLaunchAnnotation});
    WorkerInstance& instance = state.instance;
    instance.id = instance_id(state.name, state.uid);
    instance.worker_id = text_below(pod, {"metadata", "annotations", kWorkerAnnotation});
    instance.running = !is_over(pod);
    const Json& container = container_state(pod);
    if (const Json& terminated = at(container, {"terminated"}); terminated.is_object()) {
        note_end(terminated, instance);
        state.started = true;
    }
    if (at(container, {"running"}).is_object()) state.started = true;
    return state;
}

std::string instance_id(std::string_view name, std::string_view uid) {
    return std::string(name) + '/' + std::string(uid);
}

std::optional<PodKey> parse_instance_id(std::string_view id) {
    const std::size_t slash = id.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == id.size())
        return std::nullopt;
    return PodKey{std::string(id.substr(0, slash)), std::string(id.substr(slash + 1))};
}

std::optional<Error> obstacle(const Json& pod) {
    const Json& state = container_state(pod);
    const std::string reason = text_below(state, {"waiting", "reason"});
    const std::string message = text_below(state, {"waiting", "message"});
    if (is_one_of(reason, kNoImage)) {
        const Json& containers = at(pod, {"spec", "containers"});
        const std::string image = containers.is_array() && !containers.empty()
                                      ? text_below(containers[0], {"image"})
                                      : std::string();
        return Error{ErrorKind::not_found, "image " + image + ": " + with_message(reason, message),
                     "image", "put it where the cluster pulls from, or name another"};
    }
    if (is_one_of(reason, kNoContainer))
        return Error{ErrorKind::transient, with_message(reason, message)};
    if (const std::string end = text_below(state, {"terminated", "reason"});
        is_one_of(end, kNoStart))
        return Error{ErrorKind::transient,
                     with_message(end, text_below(state, {"terminated", "message"}))};
    if (is_over(pod) && !at(state, {"terminated"}).is_object())
        return Error{ErrorKind::transient, "the node refused the pod: " + ended_by_cluster(pod)};
    return unschedulable(pod);
}

std::optional<Error> obstacle_in_events(const Json& events) {
    const Json& items = at(events, {"items"});
    if (!items.is_array()) return std::nullopt;
    for (const Json& event : items)
        if (text_below(event, {"reason"}) == "FailedMount")
            return Error{ErrorKind::transient,
                         "a directory cannot be mounted: " + text_below(event, {"message"}),
                         {},
                         "see that the pod's node is the daemon's own (KUBERNETES_NODE)"};
    return std::nullopt;
}

std::string ended_by_cluster(const Json& pod) {
    const std::string reason = text_below(pod, {"status", "reason"});
    if (reason.empty()) return {};
    return with_message(reason, text_below(pod, {"status", "message"}));
}

std::string kept_output(const Json& pod) {
    return text_below(container_state(pod), {"terminated", "message"});
}

}  // namespace control::kubernetes
