// A worker as Docker's "create container" body. Everything that matters for isolation is written
// out here, whatever the engine's defaults are. A pure function: the whole wall can be read, and
// tested, without an engine.
#pragma once

#include "contracts/base/json.h"
#include "control/runtime/docker/docker.h"

#include <string>
#include <string_view>

namespace control::docker {

inline constexpr std::string_view kLabelPrefix = "com.codegen-orchestrator.";
inline constexpr std::string_view kOwnerLabel = "com.codegen-orchestrator.owner";
inline constexpr std::string_view kWorkerLabel = "com.codegen-orchestrator.worker";
// One value for each launch, so that the remains of an interrupted launch can be distinguished from
// somebody else's container.
inline constexpr std::string_view kLaunchLabel = "com.codegen-orchestrator.launch";

[[nodiscard]] std::string container_name(std::string_view worker_id);

// Fails with `invalid` and the field's name, also for a directory that is not below the data
// directory, or that contains the engine's socket.
[[nodiscard]] contracts::Result<contracts::Json> container_spec(const WorkerSpec& spec,
                                                                const DockerSettings& settings,
                                                                const std::string& launch);

}  // namespace control::docker
