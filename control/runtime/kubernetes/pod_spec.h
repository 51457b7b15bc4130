// A worker as a pod. Everything that decides about isolation is written out here, whatever the
// cluster's defaults are. Pure functions: the whole wall can be read, and tested, without a
// cluster.
#pragma once

#include "contracts/base/json.h"
#include "control/runtime/kubernetes/kubernetes.h"

#include <string>
#include <string_view>

namespace control::kubernetes {

inline constexpr std::string_view kOwnerLabel = "codegen-orchestrator/owner";
inline constexpr std::string_view kRoleLabel = "codegen-orchestrator/role";
inline constexpr std::string_view kWorkerRole = "worker";
// Labels hold less than a worker's id may; annotations hold any text.
inline constexpr std::string_view kWorkerAnnotation = "codegen-orchestrator/worker";
// One value for each launch, so that what an interrupted launch left can be told from somebody
// else's.
inline constexpr std::string_view kLaunchAnnotation = "codegen-orchestrator/launch";
// A pod that somebody deleted stays, with the way it ended, until we have removed it.
inline constexpr std::string_view kFinalizer = "codegen-orchestrator/end-recorded";
inline constexpr std::string_view kContainer = "worker";
inline constexpr std::string_view kNetworkPolicy = "codegen-orchestrator-workers";

// A valid name for every worker's id, another for each owner and id.
[[nodiscard]] std::string pod_name(std::string_view owner, std::string_view worker_id);

// Fails with `invalid` and the field's name: also for a directory that is not below the data
// directory.
[[nodiscard]] contracts::Result<contracts::Json> pod_spec(const WorkerSpec& spec,
                                                          const KubernetesSettings& settings,
                                                          const std::string& launch);

// The policy that lets nothing in or out of a worker's pod. The daemon does not make it: it has no
// right to, and refuses to start where it is missing.
[[nodiscard]] contracts::Json network_policy(std::string_view name_space);
// Fails with `fatal` where a policy of that name would let something through.
[[nodiscard]] contracts::Result<void> check_network_policy(const contracts::Json& policy);

}  // namespace control::kubernetes
