// The deploy graph: a place, the values of its environment, the start, a look from the outside, and
// the record.
//
//     allocate (room: waits for a server) ->
//     analyse -> secrets -> (ready: waits for the user) -> deploy -> verify -> record
//
// What the project does wrong ends the task with its last log lines; what the platform owes is
// waited for, and then a person is asked. A task whose spec is "stop" or "logs" goes the short way.
//
// Events it waits for: "called:<key>" alone.
#pragma once

#include "control/graphs/deploy/settings.h"
#include "control/graphs/module.h"

namespace control::graphs {

inline constexpr std::string_view kDeploy = "deploy";

[[nodiscard]] Graph deploy_graph(DeploySettings settings);

// `calls`: those of calls.h, or their names alone where other daemons make them.
[[nodiscard]] Module deploy_module(DeploySettings settings, CallHandlers calls);

}  // namespace control::graphs
