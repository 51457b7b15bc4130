// The Kubernetes cluster that a test may use: the one that `ci/kubernetes up` started in the
// directory ORCH_TEST_KUBERNETES. Tests never start one: building its program takes minutes.
//
// Throws NoKubernetes if there is none; std::runtime_error if one is named and does not work, or if
// there is none and ORCH_REQUIRE_KUBERNETES=1 is set.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace tests {

struct NoKubernetes : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class KubernetesCluster {
public:
    KubernetesCluster();

    [[nodiscard]] std::string kubeconfig() const { return directory_ + "/admin.kubeconfig"; }
    // Runs kubectl as administrator; returns its output, or throws with its error output.
    std::string kubectl(const std::vector<std::string>& arguments,
                        const std::string& input = {}) const;
    // Creates the image `name` from a root file system in a tar file.
    void import_image(const std::string& name, const std::string& rootfs) const;
    // Applies our manifests, with the workers' directories below `data_directory`.
    void apply_manifests(const std::string& data_directory) const;
    // A token of the daemon's service account.
    [[nodiscard]] std::string daemon_token() const;

    static constexpr const char* kNamespace = "orchestrator-workers";
    static constexpr const char* kNode = "n1";

private:
    std::string directory_;
};

}  // namespace tests
