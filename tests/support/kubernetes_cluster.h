// The Kubernetes that a test may use: the one that `ci/kubernetes up` started in the directory that
// ORCH_TEST_KUBERNETES names. Nothing starts one by itself: its program takes minutes to build.
//
// Throws NoKubernetes where there is none, std::runtime_error where one is named and does not work,
// or where ORCH_REQUIRE_KUBERNETES=1 asks for one.
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
    // As the administrator; what it prints. Throws with what it complained of where it fails.
    std::string kubectl(const std::vector<std::string>& arguments,
                        const std::string& input = {}) const;
    // Makes `name` out of a root file system, a tar file.
    void import_image(const std::string& name, const std::string& rootfs) const;
    // Our manifests, with workers' directories below `data_directory`.
    void apply_manifests(const std::string& data_directory) const;
    // Of the daemon's own account.
    [[nodiscard]] std::string daemon_token() const;

    static constexpr const char* kNamespace = "orchestrator-workers";
    static constexpr const char* kNode = "n1";

private:
    std::string directory_;
};

}  // namespace tests
