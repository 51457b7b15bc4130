#include "tests/support/kubernetes_cluster.h"

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <cstdlib>
#include <filesystem>

namespace tests {

namespace {

constexpr const char* kScript = ORCH_SOURCE_DIR "/ci/kubernetes";
constexpr std::string_view kDataDirectory = "/var/lib/orchestrator/";

std::string run(std::vector<std::string> argv, const std::string& input = {}) {
    return run_successfully({.argv = std::move(argv), .input = input});
}

}  // namespace

KubernetesCluster::KubernetesCluster() {
    const char* named = std::getenv("ORCH_TEST_KUBERNETES");
    if (named != nullptr && *named != '\0') {
        directory_ = named;
        (void)kubectl({"get", "--raw", "/readyz"});
        return;
    }
    const char* required = std::getenv("ORCH_REQUIRE_KUBERNETES");
    const std::string reason = "no Kubernetes: ORCH_TEST_KUBERNETES is not set";
    if (required != nullptr && std::string_view(required) == "1")
        throw std::runtime_error("ORCH_REQUIRE_KUBERNETES=1, but: " + reason);
    throw NoKubernetes(reason);
}

std::string KubernetesCluster::kubectl(const std::vector<std::string>& arguments,
                                       const std::string& input) const {
    std::vector<std::string> argv{kScript, "kubectl", directory_};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return run(std::move(argv), input);
}

void KubernetesCluster::import_image(const std::string& name, const std::string& rootfs) const {
    run({kScript, "image", directory_, name, rootfs});
}

void KubernetesCluster::apply_manifests(const std::string& data_directory) const {
    for (const char* file : {"10-namespaces", "20-wall", "30-rights"}) {
        std::string text = read_file(
            std::string(ORCH_SOURCE_DIR "/ci/kubernetes.d/manifests/").append(file) + ".yaml");
        for (std::size_t at = 0; (at = text.find(kDataDirectory, at)) != std::string::npos;
             at += data_directory.size())
            text.replace(at, kDataDirectory.size(), data_directory + '/');
        kubectl({"apply", "-f", "-"}, text);
    }
}

std::string KubernetesCluster::daemon_token() const {
    std::string token = kubectl({"create", "token", "orchestratord", "-n", "orchestrator"});
    while (token.ends_with('\n'))
        token.pop_back();
    return token;
}

}  // namespace tests
