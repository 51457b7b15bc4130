// Tests of containers only: the project's own Dockerfile, isolation, network by permission.
#include "bodies.h"

#include "contracts/base/json.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>

using control::DeployFault;
using control::DeploymentSpec;
using deployer_tests::DockerBody;
using deployer_tests::get;
using deployer_tests::must_deploy;
using deployer_tests::service;

TEST_CASE("a project's Dockerfile comes first") {
    DockerBody body;
    const auto deployer = body.make_deployer();
    auto files = service("os.environ['FROM_DOCKERFILE']");
    files["Dockerfile"] =
        "FROM " + body.engine().base_image() +
        "\nENV FROM_DOCKERFILE=yes\nLABEL com.codegen-orchestrator.worker=forged\n"
        "COPY serve.py /srv/\nCMD [\"python3\", \"/srv/serve.py\"]\n";
    DeploymentSpec spec = body.spec(body.commit(files));
    spec.run = "exit 1";
    CHECK(get(must_deploy(*deployer, spec)) == "yes");
    // The container cannot be mistaken for a worker's.
    CHECK(body.containers().find("forged") == std::string::npos);

    files["Dockerfile"] = "FROM " + body.engine().base_image() + "\nRUN echo on its way; exit 7\n";
    spec.commit = body.commit(files);
    const auto broken = deployer->deploy(spec);
    REQUIRE(broken.has_value());
    CHECK(broken->fault.value().kind == DeployFault::Kind::build_failed);
    CHECK(broken->fault->log.find("on its way") != std::string::npos);

    files["Dockerfile"] = "NOT A COMMAND\n";
    spec.commit = body.commit(files);
    const auto unreadable = deployer->deploy(spec);
    REQUIRE(unreadable.has_value());
    CHECK(unreadable->fault.value().kind == DeployFault::Kind::build_failed);
    CHECK(get("http://127.0.0.1:" + std::to_string(spec.port)) == "yes");
}

TEST_CASE("a deployed container has a worker's walls, and leaves nothing behind") {
    DockerBody body;
    const auto deployer = body.make_deployer();
    DeploymentSpec spec =
        body.spec(body.commit(service("open('/proc/self/status').read() + str(os.getuid()) + ' ' + "
                                      "' '.join(os.listdir('/sys/class/net'))")));
    const std::string text = get(must_deploy(*deployer, spec));
    CHECK(text.find("CapEff:\t0000000000000000") != std::string::npos);
    CHECK(text.find("CapBnd:\t0000000000000000") != std::string::npos);
    CHECK(text.find("NoNewPrivs:\t1") != std::string::npos);
    CHECK(text.find("Uid:\t0") == std::string::npos);
    CHECK(text.ends_with(" lo"));
    const auto listed = contracts::parse_json(body.containers()).value();
    REQUIRE(listed.size() == 1);
    const auto seen =
        contracts::parse_json(
            body.engine()
                .ask("GET", "/containers/" + listed[0]["Id"].get<std::string>() + "/json")
                .body)
            .value();
    const auto& host = seen["HostConfig"];
    CHECK(host["NetworkMode"] == "none");
    CHECK(host["ReadonlyRootfs"] == true);
    CHECK(host["Memory"] == spec.limits.memory_bytes);
    CHECK(host["MemorySwap"] == spec.limits.memory_bytes);
    CHECK(host["PidsLimit"] == spec.limits.pids);
    CHECK(host["OomScoreAdj"] == 500);
    CHECK(host["RestartPolicy"]["Name"] == "unless-stopped");
    CHECK(host["LogConfig"]["Config"]["max-size"] == "1m");
    CHECK(seen["Mounts"].empty());

    spec.commit = body.commit(service("'two'"));
    (void)must_deploy(*deployer, spec);
    CHECK(contracts::parse_json(body.containers()).value().size() == 1);
    CHECK(contracts::parse_json(body.images()).value().size() == 1);
    REQUIRE(deployer->stop(spec.key).has_value());
    CHECK(contracts::parse_json(body.containers()).value().empty());
    CHECK(contracts::parse_json(body.images()).value().empty());
}

TEST_CASE("a project that may reach the outside has a network with a way out, and loses it again") {
    DockerBody body;
    const auto deployer = body.make_deployer();
    // A default route: destination 00000000.
    DeploymentSpec spec = body.spec(body.commit(
        service("str(any(l.split()[1] == '00000000' for l in open('/proc/net/route')))")));
    spec.outbound = true;
    const std::string url = must_deploy(*deployer, spec);
    CHECK(get(url) == "True");
    spec.outbound = false;
    CHECK(must_deploy(*deployer, spec) == url);
    CHECK(get(url) == "False");
    CHECK(body.engine().ask("GET", "/networks/deploy-" + spec.key).status == 404);
}
