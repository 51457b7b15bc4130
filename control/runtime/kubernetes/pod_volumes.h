// What a worker's pod has mounted, and where: the node's directories of this worker and nothing
// else of the node. Pure.
#pragma once

#include "contracts/base/json.h"
#include "control/runtime/kubernetes/kubernetes.h"
#include "control/runtime/worker_spec.h"

#include <string>

namespace control::kubernetes {

[[nodiscard]] WorkerPlaces worker_places(const WorkerSpec& spec);
// PID 1 of the pod, as the pod sees it.
[[nodiscard]] std::string wrapper_path();

// Fails with `invalid` and the field's name for a directory that is not below the data directory.
[[nodiscard]] contracts::Result<void> check_volumes(const WorkerSpec& spec,
                                                    const KubernetesSettings& settings);
[[nodiscard]] contracts::Json volumes(const WorkerSpec& spec, const KubernetesSettings& settings);
[[nodiscard]] contracts::Json volume_mounts(const WorkerSpec& spec);

}  // namespace control::kubernetes
