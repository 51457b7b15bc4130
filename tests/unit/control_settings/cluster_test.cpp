#include "control/settings/workers.h"

#include <catch2/catch_test_macros.hpp>
#include <map>

namespace control {

namespace {

using ClusterVariables = std::map<std::string, std::string>;

// The error for these settings; empty if they are valid.
std::string fault_in(const ClusterVariables& variables, RuntimeSettings& settings) {
    contracts::Environment environment([&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
    read(environment, settings);
    const contracts::Result<void> finished = environment.finish();
    return finished ? "" : finished.error().message;
}

TEST_CASE("a cluster needs a node and an image, where workers run in one") {
    RuntimeSettings settings;
    ClusterVariables variables{{"RUNTIME", "kubernetes"},
                               {"KUBECONFIG", "/etc/k"},
                               {"KUBERNETES_NODE", "n1"},
                               {"KUBERNETES_WORKER_IMAGE", "worker@sha256:00"}};
    CHECK(fault_in(variables, settings).empty());
    CHECK(settings.choice == RuntimeChoice::kubernetes);
    CHECK(settings.cluster.kubeconfig == "/etc/k");
    CHECK(settings.cluster.name_space == "orchestrator-workers");
    CHECK(settings.cluster.node == "n1");
    CHECK(settings.cluster.worker_image == "worker@sha256:00");
    for (const char* name : {"KUBERNETES_NODE", "KUBERNETES_WORKER_IMAGE"}) {
        ClusterVariables without = variables;
        without.erase(name);
        CHECK(fault_in(without, settings).find(name) != std::string::npos);
        without["RUNTIME"] = "process";
        CHECK(fault_in(without, settings).empty());
    }
}

}  // namespace

}  // namespace control
