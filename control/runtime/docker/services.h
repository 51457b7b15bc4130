// Services beside a worker: containers of their own, in the worker's network namespace only, with a
// worker's walls. They start when the worker runs, and are removed with it.
#pragma once

#include "control/runtime/docker/docker.h"
#include "control/runtime/docker/engine.h"

namespace control::docker {

// On containers of services instead of the worker's label, so that none is mistaken for a worker.
inline constexpr std::string_view kServiceOfLabel = "com.codegen-orchestrator.service-of";

// `container` is the running worker's. Returns when each service is ready; if a service ends before
// that, `transient` with the end of its output. Started services stay: `remove_services` removes
// them.
[[nodiscard]] contracts::Result<void> start_services(const Engine& engine,
                                                     const DockerSettings& settings,
                                                     const WorkerSpec& spec,
                                                     const std::string& container);
// All services of a worker, running or not. None is success.
[[nodiscard]] contracts::Result<void> remove_services(const Engine& engine,
                                                      const DockerSettings& settings,
                                                      const std::string& worker_id);

// The "create container" body. Pure.
[[nodiscard]] contracts::Json service_spec(const DockerSettings& settings, const WorkerSpec& spec,
                                           const ServiceSpec& service,
                                           const std::string& container);

}  // namespace control::docker
