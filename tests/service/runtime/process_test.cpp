// Behaviour that only the process runtime has.
#include "observe.h"

#include "contracts/base/json.h"
#include "control/runtime/process/instance.h"
#include "tests/support/child_process.h"

#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <filesystem>

using namespace std::chrono_literals;
using contracts::ErrorKind;
using control::WorkerSpec;
using control::process::Identity;
using control::process::Instance;
using control::process::InstanceFiles;
using runtime_tests::escapees_live;
using runtime_tests::must_inspect;
using runtime_tests::must_launch;
using runtime_tests::ProcessBody;
using runtime_tests::wait_for_end;
using runtime_tests::wait_for_file;
using runtime_tests::Watching;
using tests::eventually;

namespace {

pid_t supervisor_of(const ProcessBody& body, const std::string& worker) {
    const auto instance = InstanceFiles(body.directory() / ("instances/" + worker)).instance();
    if (!instance) throw std::runtime_error(instance.error().describe());
    return instance->supervisor.pid;
}

// An instance whose supervisor is this very process, except for the changes by `change`.
Instance claim_ourselves(const ProcessBody& body, const std::string& worker,
                         const std::function<void(Identity&)>& change) {
    Identity identity = Identity::of(::getpid()).value();
    change(identity);
    const Instance instance{"suite", worker, identity};
    const InstanceFiles files(body.directory() / ("instances/" + worker));
    REQUIRE(files.make());
    REQUIRE(files.write(instance));
    return instance;
}

}  // namespace

TEST_CASE("processes are said to be no isolation") {
    ProcessBody body;
    CHECK(!body.make_runtime()->isolates());
}

TEST_CASE(
    "a supervisor that is killed takes its wrapper with it, and nobody claims to know the end") {
    ProcessBody body;
    const auto runtime = body.make_runtime();
    Watching watching(*runtime);
    const std::string id = must_launch(*runtime, body.worker("w1", "spawn 10; ready; wait"));
    wait_for_file(body, "w1", "ready");
    REQUIRE(::kill(supervisor_of(body, "w1"), SIGKILL) == 0);
    eventually("the death", [&] { return watching.death_of("w1").has_value(); });
    CHECK(!watching.death_of("w1")->exit_code);
    const auto ended = must_inspect(*runtime, id);
    CHECK(!ended.running);
    CHECK(!ended.exit_code);
    if (::geteuid() == 0) {
        REQUIRE(runtime->kill(id));
        eventually("the end of what was left", [&] { return !escapees_live(body, "w1"); });
    }
    CHECK(runtime->remove(id));
}

TEST_CASE("a supervisor that does not react is killed") {
    ProcessBody body;
    auto settings = body.settings("suite");
    settings.kill_patience = 500ms;
    const auto made = control::make_process_runtime(settings);
    REQUIRE(made);
    const auto& runtime = *made;
    const std::string id = must_launch(*runtime, body.worker("w1", "spawn 3; ready; wait"));
    wait_for_file(body, "w1", "ready");
    REQUIRE(::kill(supervisor_of(body, "w1"), SIGSTOP) == 0);
    REQUIRE(runtime->kill(id));
    CHECK(!must_inspect(*runtime, id).running);
    if (::geteuid() == 0)
        eventually("the end of what was left", [&] { return !escapees_live(body, "w1"); });
}

TEST_CASE("a process that has only the number of a supervisor is never taken for it") {
    ProcessBody body;
    const auto runtime = body.make_runtime();
    const auto recycled =
        claim_ourselves(body, "w1", [](Identity& identity) { --identity.start_time; });
    const auto earlier_boot =
        claim_ourselves(body, "w2", [](Identity& identity) { identity.boot = "another"; });
    for (const Instance& instance : {recycled, earlier_boot}) {
        CHECK(!must_inspect(*runtime, instance.id()).running);
        CHECK(!must_inspect(*runtime, instance.id()).exit_code);
        CHECK(!instance.supervisor.open().valid());
        // Each of these would end this test if it signalled our own process.
        CHECK(runtime->stop(instance.id(), 0s));
        CHECK(runtime->kill(instance.id()));
        CHECK(runtime->remove(instance.id()));
    }
}

TEST_CASE("a daemon that is killed leaves its workers to the next one") {
    ProcessBody body;
    const auto worker = body.worker("w1", "ready; wait");
    const auto settings = body.settings("suite");
    const auto launcher =
        tests::run({.argv = {std::filesystem::read_symlink("/proc/self/exe"), "launch-and-die",
                             settings.instances_directory, settings.bin_directory,
                             body.directory() / "workers/w1"}});
    REQUIRE(launcher.end.signal == SIGKILL);
    const auto runtime = body.make_runtime();
    const auto all = runtime->list();
    REQUIRE(all);
    REQUIRE(all->size() == 1);
    const std::string id = all->front().id;
    CHECK(all->front().running);
    wait_for_file(body, "w1", "ready");
    REQUIRE(runtime->stop(id, 20s));
    CHECK(must_inspect(*runtime, id).exit_code == 143);
}

TEST_CASE("what an interrupted launch left before anything ran is cleared at the next start") {
    ProcessBody body;
    (void)body.make_runtime();
    const InstanceFiles files(body.directory() / "instances/w1");
    REQUIRE(files.make());
    REQUIRE(files.write(control::process::Launch{"suite", "w1", "/x", "/", {}, 0}));
    const auto runtime = body.make_runtime();
    CHECK(!std::filesystem::exists(files.directory()));
    CHECK(runtime->launch(body.worker("w1", "wait")));
}

TEST_CASE("a loud worker fills two halves of a log and no more") {
    ProcessBody body;
    const auto runtime = body.make_runtime();
    const std::string id = must_launch(*runtime, body.worker("w1", "flood 1000000; exit 0"));
    CHECK(wait_for_end(*runtime, id).exit_code == 0);
    std::uintmax_t size = 0;
    for (const auto& file : std::filesystem::directory_iterator(body.directory() / "instances/w1"))
        if (file.path().filename().string().starts_with("log")) size += file.file_size();
    CHECK(size > 1 << 20);
    CHECK(size <= 2 << 20);
    const auto tail = runtime->tail(id, 1200 << 10);
    REQUIRE(tail);
    CHECK(tail->ends_with("line 999998\nline 999999\n"));
}

TEST_CASE("a wrapper that is not there is named, and nothing is left behind") {
    ProcessBody body;
    auto settings = body.settings("suite");
    settings.bin_directory = "/no/such/place";
    const auto runtime = control::make_process_runtime(settings);
    REQUIRE(runtime);
    const auto failed = (*runtime)->launch(body.worker("w1", "wait"));
    REQUIRE(!failed);
    CHECK(failed.error().message.find("/no/such/place/worker-wrapper") != std::string::npos);
    CHECK(std::filesystem::is_empty(settings.instances_directory));
}

TEST_CASE("an id that is none leads nowhere") {
    ProcessBody body;
    const auto runtime = body.make_runtime();
    for (const char* id :
         {"", "process:", "process:../../etc:1:2", "process:w1:1:2", "container"}) {
        const auto instance = runtime->inspect(id);
        REQUIRE(!instance);
        CHECK(instance.error().kind == ErrorKind::not_found);
    }
}

TEST_CASE("files of an instance that are not ours to read break nothing") {
    ProcessBody body;
    const auto runtime = body.make_runtime();
    int number = 0;
    for (const char* content :
         {"", "{", "[]", "null", R"({"owner":1})",
          R"({"owner":"suite","worker_id":"w","pid":"1","start_time":1,"boot":""})",
          R"({"owner":"suite","worker_id":"w","pid":1,"start_time":{},"boot":""})"}) {
        const std::string worker = "w" + std::to_string(number++);
        REQUIRE(InstanceFiles(body.directory() / ("instances/" + worker)).make());
        body.directory().write("instances/" + worker + "/instance.json", content);
    }
    const auto all = runtime->list();
    REQUIRE(all);
    CHECK(all->empty());
    for (int i = 0; i < number; ++i)
        REQUIRE(InstanceFiles(body.directory() / ("instances/w" + std::to_string(i))).remove());
}
