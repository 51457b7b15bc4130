#include "control/runtime/docker/services.h"
#include "control/runtime/docker/walls.h"

#include <catch2/catch_test_macros.hpp>

namespace control::docker {

TEST_CASE("a service has a worker's walls, the worker's network, and nothing of the host") {
    WorkerSpec worker;
    worker.worker_id = "w1";
    worker.uid = 23'456;
    worker.environment = {{"SECRET", "canary"}};
    worker.directories.control = "/data/workers/w1/control";
    DockerSettings settings;
    settings.owner = "us";
    const contracts::Json spec =
        service_spec(settings, worker, {"redis", "worker:0123456789ab"}, "c0ffee");
    const contracts::Json& host = spec["HostConfig"];
    CHECK(host["NetworkMode"] == "container:c0ffee");
    CHECK(spec["User"] == "23456:23456");
    CHECK(spec["Image"] == "worker:0123456789ab");
    const contracts::Json wall = walls({});
    for (const auto& [name, value] : wall.items())
        if (name != "NetworkMode" && name != "PidsLimit") {
            CAPTURE(name);
            CHECK(host[name] == value);
        }
    CHECK_FALSE(host.contains("Mounts"));
    CHECK_FALSE(host.contains("CapAdd"));
    CHECK_FALSE(spec.contains("Env"));
    // The engine refuses a host name for a container in another container's network.
    CHECK_FALSE(spec.contains("Hostname"));
    CHECK(spec["Labels"] == contracts::Json{{"com.codegen-orchestrator.owner", "us"},
                                            {"com.codegen-orchestrator.service-of", "w1"}});
    CHECK(spec.dump().find("canary") == std::string::npos);
    CHECK(spec.dump().find("/data/workers") == std::string::npos);
}

}  // namespace control::docker
