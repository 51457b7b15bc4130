// The Kubernetes body of the runtime: a pod for each worker, on the node where the daemon is.
//
// The directories of a worker, and with them its doors, are the node's own (hostPath), so daemon
// and pods share one node. A pod carries a finalizer: whoever deletes it, how it ended is known
// until we remove it. Kubernetes knows no signal but TERM: `kill` is TERM, 2 s, KILL.
#pragma once

#include "control/http/client.h"
#include "control/runtime/kubernetes/kubeconfig.h"
#include "control/runtime/runtime.h"

#include <memory>
#include <string>

namespace control {

struct KubernetesSettings {
    std::string name_space;
    std::string node;   // the daemon's: where the directories are
    std::string owner;  // this installation's name: what carries it is ours, nothing else is
    // On the node: worker-wrapper and orchestrator; read-only in every worker.
    std::string bin_directory;
    std::string data_directory;  // on the node: all directories of workers lie below it
};

// Fails with `fatal`: a server that does not answer, rights that are missing, a namespace without
// the network policy. `http` must outlive the runtime.
[[nodiscard]] contracts::Result<std::unique_ptr<Runtime>> make_kubernetes_runtime(
    KubernetesSettings settings, kubernetes::Access access, HttpClient& http);

}  // namespace control
