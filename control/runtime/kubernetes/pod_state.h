// What the API server says of a pod, as the runtime's port says it. Pure: answers are data, and
// what is missing in one is unknown, never success.
#pragma once

#include "contracts/base/json.h"
#include "control/runtime/runtime.h"

#include <optional>
#include <string>
#include <string_view>

namespace control::kubernetes {

struct PodState {
    WorkerInstance instance;  // `running` from the pod's creation to its end
    std::string name;
    std::string uid;
    std::string owner;
    std::string launch;
    bool started = false;  // its container runs, or has run
};

[[nodiscard]] PodState pod_state(const contracts::Json& pod);

// The instance's id: the name, which comes again, and the uid, which never does.
[[nodiscard]] std::string instance_id(std::string_view name, std::string_view uid);
struct PodKey {
    std::string name;
    std::string uid;
};
[[nodiscard]] std::optional<PodKey> parse_instance_id(std::string_view id);

// Why a pod that has not started will not: its image cannot be had (`not_found`), no room on the
// node (`upstream`), the node or the container runtime refuses it. Nothing: it may still start.
[[nodiscard]] std::optional<contracts::Error> obstacle(const contracts::Json& pod);
// The same from the events about the pod: a directory that is missing.
[[nodiscard]] std::optional<contracts::Error> obstacle_in_events(const contracts::Json& events);

// Why the cluster itself ended it, in its words: eviction, a lost node. Empty: it did not.
[[nodiscard]] std::string ended_by_cluster(const contracts::Json& pod);

// The last words that the kubelet kept when it removed the container: at most 2 KiB.
[[nodiscard]] std::string kept_output(const contracts::Json& pod);

}  // namespace control::kubernetes
