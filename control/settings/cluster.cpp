#include "control/settings/cluster.h"

namespace control {

void read(contracts::Environment& environment, ClusterSettings& settings, bool wanted) {
    settings.kubeconfig = environment.text("KUBECONFIG", "");
    settings.service_host = environment.text("KUBERNETES_SERVICE_HOST", "");
    settings.service_port = environment.text("KUBERNETES_SERVICE_PORT", "");
    settings.name_space = environment.text("KUBERNETES_NAMESPACE", "orchestrator-workers");
    settings.node = environment.text("KUBERNETES_NODE", "");
    settings.worker_image = environment.text("KUBERNETES_WORKER_IMAGE", "");
    if (!wanted) return;
    if (settings.node.empty())
        environment.fault("KUBERNETES_NODE",
                          "must name the node that this daemon and its data directory are on");
    if (settings.worker_image.empty())
        environment.fault("KUBERNETES_WORKER_IMAGE",
                          "must name the image of the workers, best by its digest");
}

}  // namespace control
