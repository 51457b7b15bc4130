#include "control/runtime/kubernetes/pod_state.h"

#include "control/runtime/kubernetes/watch.h"

#include <catch2/catch_test_macros.hpp>

using contracts::ErrorKind;
using contracts::Json;
using control::RuntimeEvent;
using control::kubernetes::DeathNotes;
using control::kubernetes::obstacle;
using control::kubernetes::pod_state;

namespace {

// A pod as the API server shows it, with `status` as its status; the container's state is in the
// status under "state".
Json pod_with(const char* status, const std::string& uid = "u1", const std::string& name = "w1") {
    Json pod{{"metadata",
              {{"name", "worker-" + name},
               {"uid", uid},
               {"resourceVersion", "100"},
               {"labels", {{"codegen-orchestrator/owner", "here"}}},
               {"annotations", {{"codegen-orchestrator/worker", name}}}}},
             {"spec", {{"containers", Json::array({{{"image", "worker:1"}}})}}}};
    Json told = Json::parse(status);
    if (told.contains("state")) {
        told["containerStatuses"] = Json::array({{{"name", "sidecar"}, {"state", Json::object()}},
                                                 {{"name", "worker"}, {"state", told["state"]}}});
        told.erase("state");
    }
    pod["status"] = std::move(told);
    return pod;
}

constexpr const char* kRunning = R"({"phase": "Running", "state": {"running": {}}})";
constexpr const char* kEnded =
    R"({"phase": "Failed", "state": {"terminated": {"exitCode": 7, "reason": "Error",
        "finishedAt": "2026-01-02T03:04:05Z", "message": "last words"}}})";

std::string line_of(const char* type, const Json& object) {
    return Json{{"type", type}, {"object", object}}.dump();
}

}  // namespace

TEST_CASE("a pod's state is the worker's") {
    const auto running = pod_state(pod_with(kRunning));
    CHECK(running.instance.id == "worker-w1/u1");
    CHECK(running.instance.worker_id == "w1");
    CHECK(running.instance.running);
    CHECK(running.started);
    CHECK(!running.instance.exit_code);

    const auto ended = pod_state(pod_with(kEnded));
    CHECK(!ended.instance.running);
    CHECK(ended.instance.exit_code == 7);
    CHECK(!ended.instance.oom_killed);
    CHECK(ended.instance.finished_at == contracts::parse_timestamp("2026-01-02T03:04:05Z"));
    CHECK(control::kubernetes::kept_output(pod_with(kEnded)) == "last words");

    const auto pending = pod_state(pod_with(R"({"phase": "Pending"})"));
    CHECK(pending.instance.running);
    CHECK(!pending.started);
}

TEST_CASE("what killed a worker is known, and what is not known is not success") {
    const auto oom = pod_state(pod_with(
        R"({"phase": "Failed", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}})"));
    CHECK(oom.instance.oom_killed);
    CHECK(oom.instance.exit_code == 137);

    const Json evicted = pod_with(
        R"({"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."})");
    CHECK(!pod_state(evicted).instance.running);
    CHECK(!pod_state(evicted).instance.exit_code);
    CHECK(control::kubernetes::ended_by_cluster(evicted) == "Evicted: The node was low on memory.");

    const auto unknown = pod_state(pod_with(R"({"phase": "Failed", "state": {"terminated":
            {"exitCode": 137, "reason": "ContainerStatusUnknown"}}})"));
    CHECK(!unknown.instance.running);
    CHECK(!unknown.instance.exit_code);

    // The last known state of a pod on a lost node is that it runs.
    const Json lost =
        pod_with(R"({"phase": "Running", "reason": "NodeLost", "state": {"running": {}}})");
    CHECK(pod_state(lost).instance.running);
    for (const Json& odd : {Json(), Json::array(), Json{{"status", 7}}, Json{{"metadata", "x"}}})
        CHECK(!pod_state(odd).instance.exit_code);
}

TEST_CASE("why a pod does not start is said in kinds that a caller can act on") {
    for (const char* reason :
         {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"}) {
        const auto why = obstacle(pod_with(
            (R"({"phase": "Pending", "state": {"waiting": {"message": "no such", "reason": ")" +
             std::string(reason) + "\"}}}")
                .c_str()));
        REQUIRE(why);
        CHECK(why->kind == ErrorKind::not_found);
        CHECK(why->field == "image");
        CHECK(why->message.find("worker:1") != std::string::npos);
    }
    const auto full = obstacle(pod_with(R"({"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "reason": "Unschedulable", "message": "0/1 nodes"}]})"));
    REQUIRE(full);
    CHECK(full->kind == ErrorKind::upstream);
    const auto no_program = obstacle(pod_with(
        R"({"phase": "Failed", "state": {"terminated": {"exitCode": 128, "reason": "StartError",
            "message": "no such file"}}})"));
    REQUIRE(no_program);
    CHECK(no_program->message.find("no such file") != std::string::npos);
    CHECK(obstacle(pod_with(R"({"phase": "Failed", "reason": "OutOfcpu"})")));
    CHECK(!obstacle(pod_with(kRunning)));
    CHECK(!obstacle(pod_with(kEnded)));
    CHECK(!obstacle(pod_with(
        R"({"phase": "Pending", "state": {"waiting": {"reason": "ContainerCreating"}}})")));
}

TEST_CASE("a directory that is missing is found among the events of a pod") {
    using control::kubernetes::obstacle_in_events;
    const auto why = obstacle_in_events(Json::parse(R"({"items": [
        {"reason": "Scheduled", "message": "fine"},
        {"reason": "FailedMount", "message": "/data/x is not a directory"}]})"));
    REQUIRE(why);
    CHECK(why->message.find("/data/x") != std::string::npos);
    CHECK(!obstacle_in_events(Json::parse(R"({"items": [{"reason": "Scheduled"}]})")));
    CHECK(!obstacle_in_events(Json()));
}

TEST_CASE("an instance's id is read back, and nothing else is taken for one") {
    using control::kubernetes::parse_instance_id;
    const auto key = parse_instance_id("worker-w1/u1");
    REQUIRE(key);
    CHECK(key->name == "worker-w1");
    CHECK(key->uid == "u1");
    for (const char* other : {"", "no-such-instance", "/u1", "name/"})
        CHECK(!parse_instance_id(other));
}

TEST_CASE("each death is noted once, and those before the watch are not") {
    DeathNotes notes;
    CHECK(notes.see_all({pod_with(kEnded, "u0", "w0"), pod_with(kRunning)}).empty());
    CHECK(notes.see_line(line_of("MODIFIED", pod_with(kEnded, "u0", "w0"))).events.empty());
    const auto seen = notes.see_line(line_of("MODIFIED", pod_with(kEnded)));
    REQUIRE(seen.events.size() == 1);
    CHECK(seen.events[0].kind == RuntimeEvent::Kind::died);
    CHECK(seen.events[0].worker_id == "w1");
    CHECK(seen.events[0].exit_code == 7);
    CHECK(notes.see_line(line_of("MODIFIED", pod_with(kEnded))).events.empty());
    CHECK(notes.see_line(line_of("DELETED", pod_with(kEnded))).events.empty());
    CHECK(notes.version() == "100");
}

TEST_CASE("a pod that disappears is a death that nobody can explain") {
    DeathNotes notes;
    CHECK(notes.see_all({pod_with(kRunning), pod_with(kRunning, "u2", "w2")}).empty());
    const auto deleted = notes.see_line(line_of("DELETED", pod_with(kRunning)));
    REQUIRE(deleted.events.size() == 1);
    CHECK(!deleted.events[0].exit_code);
    // The other pod was removed while the watch was interrupted.
    const auto missed = notes.see_all({});
    REQUIRE(missed.size() == 1);
    CHECK(missed[0].worker_id == "w2");
    CHECK(!missed[0].exit_code);
    CHECK(notes.see_all({}).empty());
}

TEST_CASE("out of memory is reported before the death") {
    DeathNotes notes;
    (void)notes.see_all({});
    const auto seen = notes.see_line(line_of(
        "ADDED",
        pod_with(
            R"({"phase": "Failed", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}})")));
    REQUIRE(seen.events.size() == 2);
    CHECK(seen.events[0].kind == RuntimeEvent::Kind::out_of_memory);
    CHECK(seen.events[1].kind == RuntimeEvent::Kind::died);
}

TEST_CASE("a bookmark moves the place where the next watch begins, and 410 asks for a list") {
    DeathNotes notes;
    notes.begin_at("5");
    CHECK(notes
              .see_line(R"({"type": "BOOKMARK", "object": {"kind": "Pod",
        "metadata": {"resourceVersion": "99"}}})")
              .events.empty());
    CHECK(notes.version() == "99");
    const auto expired =
        notes.see_line(R"({"type": "ERROR", "object": {"kind": "Status", "code": 410}})");
    CHECK(expired.expired);
    CHECK(!expired.failed);
    CHECK(notes.see_line(R"({"type": "ERROR", "object": {"code": 500}})").failed);
    CHECK(notes.see_line("not JSON").failed);
    CHECK(notes.version() == "99");
}
