// The calls of a deployment by the project's own workflow, made if DEPLOYER is github.
#pragma once

#include "control/graphs/deploy/calls.h"

namespace control::graphs {

// The secrets that deploy.settle sets.
inline const std::vector<std::string> kWorkflowSecrets{
    "DOTENV",       "DEPLOY_HOST",  "DEPLOY_USER",   "DEPLOY_SSH_KEY",   "DEPLOY_PORT",
    "PROJECT_NAME", "REGISTRY_URL", "REGISTRY_USER", "REGISTRY_PASSWORD"};

// All get {project_id, project_name, repository, commit, server_id, port, health, service} and the
// arguments named here.
//
// deploy.settle → {previous_commit}, or {fault}; sets what the workflow reads at GitHub
// deploy.build → {state, run}: state "passed", "waiting", "failed", "cancelled"
// deploy.dispatch {marker} → {run, tag}; once for each marker
// deploy.look {run, tag} → {state, run, status, conclusion, url, commit}; state also "absent"
// deploy.failure {run} → {summary, log}, both masked
// deploy.cancel {run, tag} → {}
// deploy.answers → {url}, and {fault} while its health path does not answer with 200, or names
// another commit
// deploy.fixed {task_id} → {status, commit}: the task's status, and the newest tested commit
[[nodiscard]] CallHandlers workflow_calls(DeployPorts ports, DeployCallSettings settings);
[[nodiscard]] CallHandlers workflow_call_names();

}  // namespace control::graphs
