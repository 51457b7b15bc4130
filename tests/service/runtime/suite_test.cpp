// Tests that every implementation of the runtime must pass.
#include "observe.h"

#include <unistd.h>
#include <atomic>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <set>

using namespace std::chrono_literals;
using contracts::ErrorKind;
using control::Runtime;
using control::RuntimeEvent;
using control::WorkerInstance;
using control::WorkerSpec;
using runtime_tests::DockerBody;
using runtime_tests::escapees_live;
using runtime_tests::KubernetesBody;
using runtime_tests::must_inspect;
using runtime_tests::must_launch;
using runtime_tests::ProcessBody;
using runtime_tests::wait_for_end;
using runtime_tests::wait_for_file;
using runtime_tests::Watching;
using tests::eventually;

#define BODIES DockerBody, ProcessBody, KubernetesBody
// A pod cannot be frozen.
#define PAUSING_BODIES DockerBody, ProcessBody

TEMPLATE_TEST_CASE("a worker runs, ends, and its exit code is known", "", BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    const auto worker = body.worker("w1", "print hello; complain trouble; ready; wait");
    const std::string id = must_launch(*runtime, worker);
    wait_for_file(body, "w1", "ready");
    const WorkerInstance running = must_inspect(*runtime, id);
    CHECK(running.id == id);
    CHECK(running.worker_id == "w1");
    CHECK(running.running);
    CHECK(!running.paused);
    CHECK(!running.exit_code);
    CHECK(!running.finished_at);

    const std::string other = must_launch(*runtime, body.worker("w2", "exit 7"));
    const WorkerInstance ended = wait_for_end(*runtime, other);
    CHECK(ended.exit_code == 7);
    REQUIRE(ended.finished_at);
    CHECK(std::chrono::abs(*ended.finished_at - contracts::SystemClock().now()) < 60s);
    CHECK(must_inspect(*runtime, id).running);
}

TEMPLATE_TEST_CASE("a worker's environment is what was given and where its things are", "",
                   BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    WorkerSpec worker = body.worker("w1", "environment; socket; exit 0");
    worker.environment["TASK_ID"] = "a b=c'\"$HOME";
    const std::string id = must_launch(*runtime, worker);
    CHECK(wait_for_end(*runtime, id).exit_code == 0);
    std::set<std::string> names;
    std::string text = tests::read_file(body.workspace("w1") + "/environment");
    CHECK(text.find("TASK_ID=a b=c'\"$HOME\n") != std::string::npos);
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        names.insert(text.substr(at, text.find('=', at) - at));
    names.erase("HOSTNAME");  // the engine's own
    names.erase("HOME");
    // Only a container has a directory on disk for temporary files.
    CHECK(names.erase("TMPDIR") == (TestType::kIsContainer ? 1 : 0));
    // A kubelet adds the API server's address; the wrapper hides it from the agent.
    std::erase_if(names, [](const std::string& name) { return name.starts_with("KUBERNETES_"); });
    CHECK(names == std::set<std::string>{"AGENT_HOME", "AGENT_UID", "API_URL", "CONTROL_DIR",
                                         "ORCHESTRATOR_BIN", "ORCHESTRATOR_SOCKET", "PATH", "PROBE",
                                         "REDIS_URL", "RELAY_PORTS", "STATE_DIR", "TASK_ID",
                                         "WORKER_ID", "WORKSPACE_DIR"});
}

TEMPLATE_TEST_CASE("a second worker of the same name is a conflict, and the first goes on", "",
                   BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    const auto worker = body.worker("w1", "wait");
    const std::string id = must_launch(*runtime, worker);
    const auto second = runtime->launch(worker);
    REQUIRE(!second);
    CHECK(second.error().kind == ErrorKind::conflict);
    CHECK(must_inspect(*runtime, id).running);
}

TEMPLATE_TEST_CASE("a launch that fails leaves nothing behind", "", BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    WorkerSpec worker = body.worker("w1", "wait");
    const WorkerSpec sound = worker;
    body.spoil(worker);
    const auto failed = runtime->launch(worker);
    REQUIRE(!failed);
    CHECK(failed.error().message.find("no-such-directory") != std::string::npos);
    const auto all = runtime->list();
    REQUIRE(all);
    CHECK(all->empty());
    CHECK(runtime->launch(sound));
}

TEMPLATE_TEST_CASE("a wrong specification is refused by its field", "", BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    WorkerSpec worker = body.worker("w1", "wait");
    worker.worker_id = "../w1";
    const auto refused = runtime->launch(worker);
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::invalid);
    CHECK(refused.error().field == "worker_id");
}

namespace {

// The bytes that a ticking worker has written, once there are more than `before`.
std::uintmax_t more_ticks(const runtime_tests::Body& body, const std::string& worker,
                          std::uintmax_t before) {
    const std::string path = body.workspace(worker) + "/ticks";
    std::uintmax_t now = 0;
    eventually("more ticks", [&] {
        std::error_code none;
        now = std::filesystem::file_size(path, none);
        return !none && now > before;
    });
    return now;
}

}  // namespace

TEMPLATE_TEST_CASE("a paused worker does nothing until it is resumed, and can be stopped", "",
                   PAUSING_BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    const std::string id = must_launch(*runtime, body.worker("w1", "tick; wait"));
    const std::string other = must_launch(*runtime, body.worker("w2", "tick; wait"));
    more_ticks(body, "w1", 0);
    REQUIRE(runtime->pause(id));
    CHECK(runtime->pause(id));
    CHECK(must_inspect(*runtime, id).running);
    CHECK(must_inspect(*runtime, id).paused);
    CHECK_FALSE(must_inspect(*runtime, other).paused);
    const auto still = std::filesystem::file_size(body.workspace("w1") + "/ticks");
    // Long enough for the other worker to tick often.
    std::uintmax_t ticks = 0;
    for (int i = 0; i < 20; ++i)
        ticks = more_ticks(body, "w2", ticks);
    CHECK(std::filesystem::file_size(body.workspace("w1") + "/ticks") == still);
    // Another daemon's runtime also sees it as paused.
    CHECK(must_inspect(*body.make_runtime(), id).paused);

    const auto began = std::chrono::steady_clock::now();
    REQUIRE(runtime->resume(id));
    const auto took = std::chrono::steady_clock::now() - began;
    INFO("resume took " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
                        << " ms");
    CHECK(took < 5s);
    CHECK(runtime->resume(id));
    CHECK_FALSE(must_inspect(*runtime, id).paused);
    more_ticks(body, "w1", still);

    REQUIRE(runtime->pause(id));
    REQUIRE(runtime->stop(id, 20s));
    CHECK(must_inspect(*runtime, id).exit_code == 143);
    CHECK_FALSE(runtime->pause(id));
    REQUIRE(runtime->pause(other));
    REQUIRE(runtime->kill(other));
    CHECK(must_inspect(*runtime, other).exit_code == 137);
    CHECK(runtime->pause("nobody").error().kind == ErrorKind::not_found);
    CHECK(runtime->resume("nobody").error().kind == ErrorKind::not_found);
}

TEMPLATE_TEST_CASE("stop lets a worker end by itself, and kills it after the grace", "", BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    const std::string polite = must_launch(*runtime, body.worker("w1", "ready; wait"));
    const std::string deaf = must_launch(*runtime, body.worker("w2", "ignore"));
    wait_for_file(body, "w1", "ready");
    wait_for_file(body, "w2", "ready");
    REQUIRE(runtime->stop(polite, 20s));
    CHECK(must_inspect(*runtime, polite).exit_code == 143);
    const auto began = std::chrono::steady_clock::now();
    REQUIRE(runtime->stop(deaf, 1s));
    CHECK(std::chrono::steady_clock::now() - began >= 1s);
    CHECK(must_inspect(*runtime, deaf).exit_code == 137);
    CHECK(runtime->stop(deaf, 1s));
    CHECK(runtime->kill(deaf));
}

TEMPLATE_TEST_CASE("kill ends the whole tree, and so does a wrapper's own end", "", BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    const std::string killed = must_launch(*runtime, body.worker("w1", "spawn 30; ready; wait"));
    wait_for_file(body, "w1", "ready");
    REQUIRE(escapees_live(body, "w1"));
    REQUIRE(runtime->kill(killed));
    CHECK(!must_inspect(*runtime, killed).running);
    CHECK(must_inspect(*runtime, killed).exit_code == TestType::kKilledCode);
    CHECK(!escapees_live(body, "w1"));

    const std::string left = must_launch(*runtime, body.worker("w2", "spawn 30; exit 0"));
    CHECK(wait_for_end(*runtime, left).exit_code == 0);
    CHECK(!escapees_live(body, "w2"));
}

// In a pod the kubelet's own limit applies.
TEMPLATE_TEST_CASE("an agent has no more processes than it may have, and others go on", "",
                   DockerBody, ProcessBody) {
    if (::geteuid() != 0) SKIP("the agent would be our own user");
    TestType body;
    const auto runtime = body.make_runtime();
    const std::string other = must_launch(*runtime, body.worker("w2", "wait"));
    WorkerSpec worker = body.worker("w1", "fork 500; exit 5");
    worker.limits.pids = 40;
    worker.uid += 1;
    for (const std::string& place : {worker.directories.workspace, worker.directories.home})
        REQUIRE(::chown(place.c_str(), worker.uid, worker.uid) == 0);
    CHECK(wait_for_end(*runtime, must_launch(*runtime, worker)).exit_code == 5);
    std::ifstream file(worker.directories.workspace + "/forked");
    int forked = 0;
    file >> forked;
    CHECK(forked > 0);
    CHECK(forked <= 40);
    CHECK(must_inspect(*runtime, other).running);
}

TEMPLATE_TEST_CASE("the tail is the end of what a worker has said, bounded", "", BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    const std::string after = TestType::kKeepsLastOutput ? "; exit 0" : "; wait";
    const std::string id =
        must_launch(*runtime, body.worker("w1", "print hello; complain trouble" + after));
    if (TestType::kKeepsLastOutput) wait_for_end(*runtime, id);
    // A container runtime may still be writing the last output.
    eventually("the first words", [&] {
        const auto text = runtime->tail(id, 1000);
        return text && text->find("hello\n") != std::string::npos &&
               text->find("trouble\n") != std::string::npos;
    });
    const std::string loud = must_launch(*runtime, body.worker("w2", "flood 300000" + after));
    if (TestType::kKeepsLastOutput) wait_for_end(*runtime, loud);
    eventually("the last lines", [&] {
        const auto end = runtime->tail(loud, 24);
        return end && *end == "line 299998\nline 299999\n";
    });
    CHECK(!runtime->tail("no-such-instance", 10));
}

TEMPLATE_TEST_CASE("only what has ended can be removed, and then it is gone", "", BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    const auto worker = body.worker("w1", "socket; ready; wait");
    const std::string id = must_launch(*runtime, worker);
    wait_for_file(body, "w1", "ready");
    const auto early = runtime->remove(id);
    REQUIRE(!early);
    CHECK(early.error().kind == ErrorKind::conflict);
    REQUIRE(runtime->kill(id));
    REQUIRE(runtime->remove(id));
    const auto gone = runtime->inspect(id);
    REQUIRE(!gone);
    CHECK(gone.error().kind == ErrorKind::not_found);
    CHECK(runtime->remove(id));
    CHECK(runtime->stop(id, 1s));
    CHECK(runtime->kill(id));
    CHECK(std::filesystem::exists(body.workspace("w1")));
    CHECK(runtime->launch(worker));
}

TEMPLATE_TEST_CASE("the list has all of this owner's and nobody else's", "", BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    const auto another = body.make_runtime("another");
    const std::string running = must_launch(*runtime, body.worker("w1", "wait"));
    const std::string ended = must_launch(*runtime, body.worker("w2", "exit 5"));
    const std::string foreign = must_launch(*another, body.worker("w3", "wait"));
    wait_for_end(*runtime, ended);
    const auto all = runtime->list();
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    for (const WorkerInstance& instance : *all) {
        const bool first = instance.id == running;
        CHECK(instance.id == (first ? running : ended));
        CHECK(instance.worker_id == (first ? "w1" : "w2"));
        CHECK(instance.running == first);
        CHECK(instance.exit_code == (first ? std::optional<int>() : 5));
    }
    for (const auto& refused :
         {runtime->kill(foreign), runtime->stop(foreign, 1s), runtime->remove(foreign)}) {
        REQUIRE(!refused);
        CHECK(refused.error().kind == ErrorKind::permission);
    }
    CHECK(must_inspect(*another, foreign).running);
}

TEMPLATE_TEST_CASE("a restarted daemon finds its workers, and how those ended that it missed", "",
                   BODIES) {
    TestType body;
    auto runtime = body.make_runtime();
    const std::string stays = must_launch(*runtime, body.worker("w1", "ready; wait"));
    const std::string ends = must_launch(*runtime, body.worker("w2", "ready; wait"));
    wait_for_file(body, "w1", "ready");
    wait_for_file(body, "w2", "ready");
    runtime.reset();
    runtime = body.make_runtime();
    REQUIRE(runtime->stop(ends, 20s));
    runtime.reset();
    runtime = body.make_runtime();
    CHECK(must_inspect(*runtime, stays).running);
    CHECK(must_inspect(*runtime, ends).exit_code == 143);
}

TEMPLATE_TEST_CASE("many workers are launched at once", "", BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    std::atomic<int> launched = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, worker = body.worker("w" + std::to_string(i), "ready; wait")] {
            if (runtime->launch(worker)) ++launched;
        });
    threads.clear();
    CHECK(launched == 8);
    const auto all = runtime->list();
    REQUIRE(all);
    std::set<std::string> running;
    for (const WorkerInstance& instance : *all)
        if (instance.running) running.insert(instance.worker_id);
    CHECK(running.size() == 8);
}

TEMPLATE_TEST_CASE("a watch tells when it has begun, tells each death once, and ends when asked",
                   "", BODIES) {
    TestType body;
    const auto runtime = body.make_runtime();
    const std::string early = must_launch(*runtime, body.worker("w0", "exit 1"));
    wait_for_end(*runtime, early);
    const std::string before = must_launch(*runtime, body.worker("w1", "ready; wait"));
    wait_for_file(body, "w1", "ready");
    Watching watching(*runtime);
    CHECK(watching.events().front().kind == RuntimeEvent::Kind::watching);
    for (int i = 2; i < 6; ++i)
        must_launch(*runtime, body.worker("w" + std::to_string(i), "exit " + std::to_string(i)));
    REQUIRE(runtime->kill(before));
    eventually("five deaths", [&] { return watching.events().size() == 6; });
    REQUIRE(watching.death_of("w1"));
    CHECK(watching.death_of("w1")->exit_code == TestType::kKilledCode);
    CHECK(watching.death_of("w1")->id == before);
    for (int i = 2; i < 6; ++i) {
        const auto death = watching.death_of("w" + std::to_string(i));
        REQUIRE(death);
        CHECK(death->exit_code == i);
    }
    CHECK(!watching.death_of("w0"));
    CHECK(watching.stop());
    CHECK(watching.events().size() == 6);
}
