// If DEPLOY_QA is set, an agent tries the live project before the task ends:
//
//     verify | answers -> hire_qa -> qa -> record
//                                    qa -> fixing -> analyse: engineering repairs what is wrong
//
// The agent can reach the deployment's address and nothing else, and has no repository.
#pragma once

#include "control/graphs/deploy/nodes.h"

#include <vector>

namespace control::graphs::deploying {

// The node that follows once the new version answers.
[[nodiscard]] const char* after_live(const DeployMove& move);

[[nodiscard]] std::vector<Node> qa_nodes(const SettingsOf<DeployMove>& settings);

// "10.0.0.5:8100" from "http://10.0.0.5:8100/": the only host that the agent may reach.
[[nodiscard]] std::string reached_at(std::string_view url);

}  // namespace control::graphs::deploying
