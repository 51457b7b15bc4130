// What is live is tried by an agent before the task ends, where DEPLOY_QA is set:
//
//     verify | answers -> hire_qa -> qa -> record
//                                    qa -> fixing -> analyse: engineering repairs what is wrong
//
// The agent reaches the deployment's address and nothing else, and has no repository.
#pragma once

#include "control/graphs/deploy/nodes.h"

#include <vector>

namespace control::graphs::deploying {

// The node that follows a version that answers.
[[nodiscard]] const char* after_live(const DeployMove& move);

[[nodiscard]] std::vector<Node> qa_nodes(const SettingsOf<DeployMove>& settings);

// "10.0.0.5:8100" of "http://10.0.0.5:8100/": where the agent may go.
[[nodiscard]] std::string reached_at(std::string_view url);

}  // namespace control::graphs::deploying
