#include "contracts/fields/write.h"
#include "contracts/messages/po.h"
#include "contracts/streams/answer.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "control/store/task_executions.h"
#include "control/workers/answers.h"
#include "tests/service/workers/world.h"

using namespace workers_tests;
using tests::eventually;

namespace {

// Handles an entry as the wrapper does: reads it as the worker and, with `answer`, answers it.
void take_input(World& world, const std::string& id, const std::string& stream, bool answer) {
    Reply reply =
        world.ask({"XREADGROUP", "GROUP", "workers", id, "COUNT", "1", "STREAMS", stream, ">"});
    const Entries entries = read_streams(reply.view());
    REQUIRE(entries.present.size() == 1);
    if (!answer) return;
    const Json input = must(parse_json(entries.present.front().data));
    world.ask({"XADD", "worker:developer:output", "*", "data",
               dump_json(Json{{"request_id", input.at("request_id")}, {"status", "success"}})});
    world.ask({"SET", names::answered(input.at("request_id").get<std::string>()), "1"});
    world.ask({"XACK", stream, "workers", entries.present.front().id});
}

void make_group(World& world, const std::string& stream) {
    world.ask({"XGROUP", "CREATE", stream, "workers", "0", "MKSTREAM"});
}

void tell(World& world, const std::string& id, LifecycleEvent kind, const Json& receipt,
          std::int64_t exit_code) {
    WorkerLifecycleEvent event;
    event.worker_id = id;
    event.event = kind;
    event.timestamp = world.clock().now();
    event.result = receipt;
    event.exit_code = exit_code;
    world.ask({"XADD", "worker:lifecycle", "*", "data", format_message(event)});
}

std::optional<TaskExecution> execution(World& world, const std::string& id) {
    auto found = task_executions::find(world.database(), id);
    if (!found) return std::nullopt;
    return found->entity;
}

}  // namespace

TEST_CASE("a death answers each request that the worker did not answer itself, once") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    const std::string stream = names::developer_input(id);
    make_group(world, stream);
    for (const char* request : {"answered", "taken", "waiting"})
        world.give_input(id, request);
    world.ask({"XADD", stream, "*", "data", "no message"});
    take_input(world, id, stream, true);
    take_input(world, id, stream, false);
    world.end_worker(id, 9);
    world.wait_ended(id);
    for (const char* request : {"taken", "waiting"}) {
        const auto outputs = world.outputs(request);
        REQUIRE(outputs.size() == 1);
        CHECK(outputs[0].at("status") == "failed");
        CHECK(outputs[0].at("error") == "Worker crashed: exit code 9");
        CHECK(outputs[0].at("data").at("cause") == "exit_code");
        CHECK(outputs[0].at("task_id") == "t-1");
        REQUIRE(execution(world, request));
        CHECK(execution(world, request)->status == ExecutionStatus::error);
        CHECK(execution(world, request)->exit_code == 9);
    }
    CHECK(world.outputs("answered").size() == 1);
    CHECK(world.outputs("answered")[0].at("status") == "success");
    CHECK_FALSE(execution(world, "answered"));
    CHECK(world.ask({"XPENDING", stream, "workers"}).view()[0].integer() == 0);
    CHECK(world.ask({"XLEN", stream + ":dlq"}).view().integer() == 1);
    CHECK(world.status(id) == "failed");
    CHECK(world.ask({"HGET", names::worker_status(id), "error"}).view().text() == "exit code 9");

    world.give_input(id, "late");
    eventually("the late one is answered", [&] { return world.outputs("late").size() == 1; });
    CHECK(world.response(world.remove(id)).at("success") == true);
    for (const char* request : {"answered", "taken", "waiting", "late"})
        CHECK(world.outputs(request).size() == 1);
    CHECK(world.remains() == "");
}

TEST_CASE("how a worker died is told in words and as a cause, also to those who ask later") {
    World world;
    world.start_role();
    const struct {
        int exit_code;
        const char* words;
        const char* cause;
    } ends[] = {
        {137, "killed", "killed"}, {143, "timeout", "timeout"}, {9, "exit code 9", "exit_code"}};
    for (const auto& end : ends) {
        const std::string id = world.running("until");
        const std::string early = "early-" + std::to_string(end.exit_code);
        const std::string late = "late-" + std::to_string(end.exit_code);
        world.give_input(id, early);
        world.end_worker(id, end.exit_code);
        world.wait_ended(id);
        world.end_role();
        world.start_role();
        world.give_input(id, late);
        eventually("the late one is answered", [&] { return world.outputs(late).size() == 1; });
        for (const std::string& request : {early, late}) {
            const Json output = world.outputs(request).at(0);
            CHECK(output.at("error") == "Worker crashed: " + std::string(end.words));
            CHECK(output.at("data").at("cause") == end.cause);
        }
        CHECK(world.status(id) == "failed");
        CHECK(world.ask({"HGET", names::worker_status(id), "status"}).view().text() == "FAILED");
        REQUIRE(execution(world, early));
        CHECK(execution(world, early)->result_data->at("cause") == end.cause);
    }
}

TEST_CASE("a worker that a delete ends at its work was stopped, and did not fail") {
    World world;
    world.start_role();
    for (const char* command : {"until", "stubborn"}) {
        const std::string id = world.running(command);
        world.give_input(id, std::string("r-") + command);
        CHECK(world.response(world.remove(id)).at("success") == true);
        const Json output = world.outputs(std::string("r-") + command).at(0);
        CHECK(output.at("error") == "Worker crashed: stopped on request");
        CHECK(output.at("data").at("cause") == "stopped");
        CHECK(world.status(id) == "stopped");
    }
}

TEST_CASE("a request that was answered by somebody who marked nothing gets no second answer") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    const std::string stream = names::developer_input(id);
    make_group(world, stream);
    world.give_input(id, "answered");
    take_input(world, id, stream, false);
    // Far behind the answers to other requests.
    for (int i = 0; i < 100; ++i)
        world.ask({"XADD", "worker:developer:output", "*", "data",
                   dump_json(Json{{"request_id", "other-" + std::to_string(i)}})});
    world.ask({"XADD", "worker:developer:output", "*", "data",
               dump_json(Json{{"request_id", "answered"}, {"status", "success"}})});
    world.end_worker(id, 9);
    world.wait_ended(id);
    eventually("it is acknowledged",
               [&] { return world.ask({"XPENDING", stream, "workers"}).view()[0].integer() == 0; });
    CHECK(world.outputs("answered").size() == 1);
    CHECK_FALSE(execution(world, "answered"));
}

TEST_CASE("more requests than one page are all answered") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    for (int i = 0; i < 150; ++i)
        world.give_input(id, "r-" + std::to_string(i));
    make_group(world, names::developer_input(id));
    world.ask({"XREADGROUP", "GROUP", "workers", id, "COUNT", "100", "STREAMS",
               names::developer_input(id), ">"});
    world.end_worker(id, 1);
    world.wait_ended(id);
    for (int i = 0; i < 150; ++i)
        CHECK(world.outputs("r-" + std::to_string(i)).size() == 1);
}

TEST_CASE("a product owner's death is told to its user, and its old answers are left alone") {
    World world;
    world.start_role();
    const std::string id = world.running("until", {{"user_id", "u-1"}}, WorkerType::po);
    make_group(world, names::po_input(id));
    world.give_input(id, "old");
    take_input(world, id, names::po_input(id), true);
    // So long ago that the record of the answer has expired.
    world.ask({"DEL", names::answered("old")});
    world.give_input(id, "new");
    world.end_worker(id, 137);
    world.wait_ended(id);
    const auto outputs = world.outputs("new", names::po_output(id));
    REQUIRE(outputs.size() == 1);
    CHECK(outputs[0].at("user_id") == "u-1");
    CHECK(outputs[0].at("error") == "Worker crashed: killed");
    CHECK(world.outputs("old", names::po_output(id)).empty());
}

TEST_CASE("of the shared stream a dead worker's own requests are answered and no others") {
    World world;
    world.start_role();
    const std::string id = world.running("until", {});
    make_group(world, "worker:developer:input");
    for (const char* request : {"mine", "anybody's"}) {
        DeveloperWorkerInput input;
        input.request_id = request;
        input.task_id = "t-9";
        input.project_id = "p-1";
        input.prompt = "do it";
        input.timestamp = world.clock().now();
        world.ask({"XADD", "worker:developer:input", "*", "data", format_message(input)});
    }
    take_input(world, id, "worker:developer:input", false);
    world.end_worker(id, 1);
    world.wait_ended(id);
    CHECK(world.outputs("mine").size() == 1);
    CHECK(world.outputs("anybody's").empty());
    CHECK(world.ask({"XPENDING", "worker:developer:input", "workers"}).view()[0].integer() == 0);
}

TEST_CASE("what a worker said last stays, when it ended well") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    world.ask({"HSET", names::worker_status(id), "status", "FAILED", "error", "tests failed"});
    world.end_worker(id, 0);
    world.wait_ended(id);
    CHECK(world.ask({"HGET", names::worker_status(id), "status"}).view().text() == "FAILED");
    CHECK(world.ask({"HGET", names::worker_status(id), "error"}).view().text() == "tests failed");
}

TEST_CASE("a run's receipt becomes its execution, however often it is told") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    const Json receipt{{"ending", "exited"},
                       {"duration_ms", 1500},
                       {"request_id", "r-1"},
                       {"usage", {{"output_tokens", 7}}}};
    tell(world, id, LifecycleEvent::started, Json::object(), 0);
    tell(world, id, LifecycleEvent::completed, receipt, 0);
    tell(world, id, LifecycleEvent::completed, receipt, 0);
    Json failed = receipt, killed = receipt;
    failed["request_id"] = "r-2";
    killed["request_id"] = "r-3";
    killed["ending"] = "timed_out";
    tell(world, id, LifecycleEvent::failed, failed, 0);
    tell(world, id, LifecycleEvent::failed, killed, 143);
    tell(world, "nobody", LifecycleEvent::completed, receipt, 0);
    eventually("the last one is kept", [&] { return execution(world, "r-3").has_value(); });
    const TaskExecution run = *execution(world, "r-1");
    CHECK(run.task_id == "t-1");
    CHECK(run.worker_id == id);
    CHECK(run.status == ExecutionStatus::success);
    CHECK(run.duration_ms == 1500);
    CHECK(*run.finished_at - *run.started_at == 1500ms);
    CHECK(run.result_data->at("usage").at("output_tokens") == 7);
    CHECK(execution(world, "r-2")->status == ExecutionStatus::failure);
    CHECK(execution(world, "r-3")->status == ExecutionStatus::error);
    eventually("all are acknowledged", [&] {
        return world.ask({"XPENDING", "worker:lifecycle", "worker-manager"}).view()[0].integer() ==
               0;
    });
    CHECK(must(task_executions::list(world.database(), {})).items.size() == 3);
}

TEST_CASE("what nobody deletes is removed after its time") {
    World world;
    world.start_role();
    const std::string id = world.running("exit 0");
    world.wait_ended(id);
    CHECK(world.remains() != "");
    world.clock().advance(25h);
    eventually("nothing is left", [&] { return world.remains().empty(); });
}
