// The road of a project whose tests need packages and services: what its .project.yml names is in
// the image of the next worker and beside it, for the tester as for the developer.
#include "tests/integration/installation.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>
#include <memory>

using contracts::Json;
using namespace tests;

namespace {

std::unique_ptr<Installation> begin() {
    try {
        // Everything that the services' images install is in this base, so that no build needs a
        // network; tests/images/test_services.py uses the same one.
        auto house = std::make_unique<Installation>(
            InstallationOptions{.script = "counter",
                                .environment = {{"BUILD_NETWORK", "none"}, {"SCAFFOLD", "0"}},
                                .base_name = "orch-services:bookworm",
                                .base_packages = "postgresql,redis-server,redis-tools"});
        house->start();
        return house;
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    return nullptr;
}

}  // namespace

TEST_CASE("services: a project's packages and services are there for its tester and developer") {
    const auto house = begin();
    const std::string task_id = house->begin_project("counter", "Counts visits.");
    const Json task = house->await_end(task_id);
    INFO(task.dump(2));
    INFO(house->daemon_log());
    REQUIRE(task.at("status") == "completed");
    const Json& result = task.at("result");
    // The first tester ran the test beside the services and saw it fail for its own reason; the
    // second developer ran it beside services that were empty again.
    CHECK(result.at("rounds") == 2);
    CHECK(result.at("tests").at("exit_code") == 0);
    eventually("workers and services are gone", [&] { return house->containers().empty(); });
    CHECK(house->stop().success());
}
