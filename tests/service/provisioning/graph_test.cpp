// The provisioning graph by its decisions: each node is called as the engine calls it.
#include "control/graphs/provisioning/calls.h"
#include "tests/service/provisioning/walk.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;
using namespace control::graphs;
using contracts::Json;
using tests::Walk;

namespace {

Json failure(const char* kind) {
    return {{"ok", false}, {"kind", kind}, {"error", "it broke"}};
}
const Json kFine{{"ok", true}, {"value", Json::object()}};

}  // namespace

TEST_CASE("provisioning: the module holds together") {
    CHECK(provisioning_module({}, provision_call_names()).check().has_value());
}

TEST_CASE("P1.3.3 provisioning: the road to a server that is ready") {
    Walk walk;
    walk.run();
    CHECK(walk.end == "done");
    CHECK(walk.calls == std::vector<std::string>{"provision.begin", "provision.reach",
                                                 "provision.access", "provision.software"});
    REQUIRE(walk.written.size() == 1);
    CHECK(walk.written[0]["status"] == "active");
    REQUIRE(walk.results.size() == 1);
    CHECK(walk.results[0]["status"] == "success");
    CHECK(walk.notices.at(0)["kind"] == "provisioned");
}

TEST_CASE("provisioning: what passes is tried three times, and never reinstalled") {
    Walk walk;
    walk.answers["provision.reach"] = {failure("transient")};
    walk.run();
    CHECK(walk.end == "failed");
    CHECK(std::ranges::count(walk.calls, "provision.begin") == 3);
    CHECK(std::ranges::count(walk.calls, "provision.reinstall") == 0);
    CHECK(walk.written.at(0)["status"] == "unreachable");
    CHECK(walk.results.at(0)["status"] == "failed");
    CHECK(walk.notices.at(0)["kind"] == "provision_failed");
}

TEST_CASE("provisioning: what a person has to see to is tried once") {
    Walk walk;
    walk.answers["provision.access"] = {failure("permanent")};
    walk.run();
    CHECK(std::ranges::count(walk.calls, "provision.begin") == 1);
    CHECK(walk.written.at(0)["status"] == "error");
}

TEST_CASE("provisioning: a request that is refused leaves the server as it is") {
    Walk walk;
    walk.answers["provision.begin"] = {failure("conflict")};
    walk.run();
    CHECK(walk.end == "failed");
    CHECK(walk.written.empty());
    CHECK(walk.results.at(0)["errors"].size() == 1);
}

TEST_CASE("provisioning: a reinstall is done once, whatever fails after it") {
    Walk walk;
    walk.state["force_reinstall"] = true;
    walk.answers["provision.software"] = {failure("transient"), kFine};
    walk.run();
    CHECK(walk.end == "done");
    CHECK(std::ranges::count(walk.calls, "provision.reinstall") == 1);
    CHECK(std::ranges::count(walk.calls, "provision.begin") == 2);

    Walk broken;
    broken.state["force_reinstall"] = true;
    broken.answers["provision.reinstall"] = {failure("transient")};
    broken.run();
    CHECK(broken.end == "failed");
    CHECK(std::ranges::count(broken.calls, "provision.begin") == 1);
}
