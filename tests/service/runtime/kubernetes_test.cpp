// Behaviour that only the Kubernetes runtime has.
#include "observe.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using contracts::ErrorKind;
using control::RuntimeEvent;
using control::WorkerSpec;
using runtime_tests::KubernetesBody;
using runtime_tests::must_inspect;
using runtime_tests::must_launch;
using runtime_tests::wait_for_end;
using runtime_tests::wait_for_file;
using runtime_tests::Watching;
using tests::eventually;

namespace {

std::string pod_of(const std::string& instance) {
    return instance.substr(0, instance.find('/'));
}

}  // namespace

TEST_CASE("a pod's image that is not there is named, and nothing is left behind") {
    KubernetesBody body;
    const auto runtime = body.make_runtime();
    WorkerSpec worker = body.worker("w1", "wait");
    worker.image = "127.0.0.1:1/worker:ffffffffffff";
    const auto failed = runtime->launch(worker);
    REQUIRE(!failed);
    CHECK(failed.error().kind == ErrorKind::not_found);
    CHECK(failed.error().message.find("worker:ffffffffffff") != std::string::npos);
    CHECK(runtime->list()->empty());
}

TEST_CASE("a pod that takes more memory than it may is killed, and both are told") {
    KubernetesBody body;
    const auto runtime = body.make_runtime();
    Watching watching(*runtime);
    WorkerSpec worker = body.worker("w1", "eat 200; exit 0");
    worker.limits.memory_bytes = 64 << 20;
    const std::string id = must_launch(*runtime, worker);
    eventually("the death", [&] { return watching.death_of("w1").has_value(); });
    CHECK(watching.death_of("w1")->exit_code == 137);
    CHECK(std::ranges::any_of(watching.events(), [](const RuntimeEvent& event) {
        return event.kind == RuntimeEvent::Kind::out_of_memory && event.worker_id == "w1";
    }));
    CHECK(must_inspect(*runtime, id).oom_killed);
}

TEST_CASE("of a pod that somebody deletes it is known how it ended, until it is removed") {
    KubernetesBody body;
    const auto runtime = body.make_runtime();
    const std::string id = must_launch(*runtime, body.worker("w1", "ready; wait"));
    wait_for_file(body, "w1", "ready");
    body.cluster().kubectl({"delete", "pod", pod_of(id), "--wait=false", "--grace-period=1", "-n",
                            tests::KubernetesCluster::kNamespace});
    CHECK(wait_for_end(*runtime, id).exit_code == 143);
    CHECK(runtime->list()->size() == 1);
    CHECK(runtime->remove(id));
    CHECK(runtime->list()->empty());
}

TEST_CASE("nothing can be written outside the own places of a worker's pod") {
    KubernetesBody body;
    const auto runtime = body.make_runtime();
    const std::string id = must_launch(
        *runtime, body.worker("w1",
                              "write /x; write /etc/x; write /.worker/x; "
                              "write /.worker/bin/x; write /.worker/control/x; exit 0"));
    CHECK(wait_for_end(*runtime, id).exit_code == 0);
    const std::string own =
        must_launch(*runtime, body.worker("w2", "write /.worker/state/x; exit 0"));
    CHECK(wait_for_end(*runtime, own).exit_code == 3);
}

TEST_CASE("a watch on pods can be ended and begun again at any time") {
    KubernetesBody body;
    const auto runtime = body.make_runtime();
    for (int i = 0; i < 20; ++i) {
        Watching watching(*runtime);
        REQUIRE(watching.events().front().kind == RuntimeEvent::Kind::watching);
        REQUIRE(watching.stop());
    }
}

TEST_CASE("a cluster that cannot be used is refused at once, with the reason") {
    KubernetesBody body;
    const auto refused = [&](control::KubernetesSettings settings,
                             control::kubernetes::Access access, std::string_view word) {
        const auto runtime =
            control::make_kubernetes_runtime(std::move(settings), std::move(access), body.http());
        REQUIRE(!runtime);
        CHECK(runtime.error().kind == ErrorKind::fatal);
        INFO(runtime.error().describe());
        CHECK(runtime.error().describe().find(word) != std::string::npos);
    };
    auto access = body.access();
    access.server = "https://127.0.0.1:1";
    refused(body.settings("suite"), access, "the cluster at https://127.0.0.1:1");
    access = body.access();
    access.token = "wrong";
    refused(body.settings("suite"), access, "renew the credentials");
    auto elsewhere = body.settings("suite");
    elsewhere.name_space = "default";
    refused(elsewhere, body.access(), "a right of the daemon's account");
    // A server with a certificate of another authority must not get the token.
    access = body.access();
    access.tls = std::make_shared<control::ClientTls>();
    refused(body.settings("suite"), access, "certificate");
}
