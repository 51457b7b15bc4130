// Which Kubernetes cluster workers run in, with RUNTIME=kubernetes.
#pragma once

#include "contracts/base/environment.h"

#include <string>

namespace control {

struct ClusterSettings {
    std::string kubeconfig;    // KUBECONFIG; empty: this is a pod, and its service account counts
    std::string service_host;  // KUBERNETES_SERVICE_HOST, which a kubelet sets
    std::string service_port;  // KUBERNETES_SERVICE_PORT
    std::string name_space;    // KUBERNETES_NAMESPACE: of the workers' pods
    std::string node;          // KUBERNETES_NODE: the one that the daemon's data directory is on
    std::string worker_image;  // KUBERNETES_WORKER_IMAGE: of every worker
};

// `wanted`: whether it is used, and so has to be complete.
void read(contracts::Environment& environment, ClusterSettings& settings, bool wanted);

}  // namespace control
