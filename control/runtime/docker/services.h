// Services beside a worker: containers of their own, in the worker's network namespace and in no
// other, with a worker's walls. They start when the worker runs, and go with it.
#pragma once

#include "control/runtime/docker/docker.h"
#include "control/runtime/docker/engine.h"

namespace control::docker {

// On containers of services in place of the worker's label, so that none is taken for a worker.
inline constexpr std::string_view kServiceOfLabel = "com.codegen-orchestrator.service-of";

// `container` is the worker's, running. Returns when each says that it serves; a service that ends
// before is `transient` with its last words. What was started stays: `remove_services` takes it.
[[nodiscard]] contracts::Result<void> start_services(const Engine& engine,
                                                     const DockerSettings& settings,
                                                     const WorkerSpec& spec,
                                                     const std::string& container);
// All of a worker's, running or not. None is success.
[[nodiscard]] contracts::Result<void> remove_services(const Engine& engine,
                                                      const DockerSettings& settings,
                                                      const std::string& worker_id);

// The "create container" body. Pure.
[[nodiscard]] contracts::Json service_spec(const DockerSettings& settings, const WorkerSpec& spec,
                                           const ServiceSpec& service,
                                           const std::string& container);

}  // namespace control::docker
