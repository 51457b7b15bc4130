// The deploy graph: find a place, gather the environment's values, start the project, check it from
// the outside, and record the result.
//
//     allocate (room: waits for a server) ->
//     analyse -> secrets -> (ready: waits for the user) -> deploy -> verify -> record
//
// If DEPLOY_QA is set, an agent tries what is live before `record` (qa_nodes.h).
//
// A fault of the project ends the task with the last lines of its log. After a fault of the
// platform the thread waits and retries, and then asks a person. A task with the spec "stop" or
// "logs" takes a shorter way; "remove" takes the whole project out of service (removal_nodes.h).
//
// Events it waits for: "called:<key>", and for the worker of that agent "response:<request_id>" and
// "output:<request_id>".
#pragma once

#include "control/graphs/deploy/settings.h"
#include "control/graphs/module.h"

namespace control::graphs {

inline constexpr std::string_view kDeploy = "deploy";

[[nodiscard]] Graph deploy_graph(DeploySettings settings);

// `calls`: those of calls.h, or only their names if other daemons make them.
[[nodiscard]] Module deploy_module(DeploySettings settings, CallHandlers calls);

}  // namespace control::graphs
