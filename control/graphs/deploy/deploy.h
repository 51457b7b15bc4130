// The deploy graph: a place, the values of its environment, the start, a look from the outside, and
// the record.
//
//     allocate (room: waits for a server) ->
//     analyse -> secrets -> (ready: waits for the user) -> deploy -> verify -> record
//
// Where DEPLOY_QA is set, an agent tries what is live before the record (qa_nodes.h).
//
// A fault of the project ends the task with its last log lines. For a fault of the platform the
// thread waits, and then asks a person. A task whose spec is "stop" or "logs" takes a shorter way;
// "remove" takes the whole project out of service (removal_nodes.h).
//
// Events it waits for: "called:<key>", and "response:<request_id>" and "output:<request_id>" of
// that agent's worker.
#pragma once

#include "control/graphs/deploy/settings.h"
#include "control/graphs/module.h"

namespace control::graphs {

inline constexpr std::string_view kDeploy = "deploy";

[[nodiscard]] Graph deploy_graph(DeploySettings settings);

// `calls`: those of calls.h, or their names alone where other daemons make them.
[[nodiscard]] Module deploy_module(DeploySettings settings, CallHandlers calls);

}  // namespace control::graphs
