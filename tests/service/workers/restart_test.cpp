#include "contracts/fields/write.h"
#include "contracts/messages/worker_command.h"
#include "contracts/streams/names.h"
#include "control/workers/directories.h"
#include "control/workers/farewell.h"
#include "control/workers/intake.h"
#include "control/workers/lifecycle.h"
#include "tests/service/workers/world.h"
#include "tests/support/http_request.h"

using namespace workers_tests;
using tests::eventually;

namespace {

// The state after a daemon took the create and was then killed.
WorkerRow taken(World& world) {
    const CreateWorker create = world.create_command("until");
    Entry entry;
    entry.stream = "worker:commands";
    entry.id = "1-0";
    entry.data = format_message(create);
    must(take_command(world.setting(), entry));
    WorkerRow row = *must(workers::find_request(world.database(), create.request_id));
    return row;
}

void set(World& world, const WorkerRow& row) {
    must(world.database().transaction([&](Transaction& tx) { return workers::update(tx, row); }));
}

}  // namespace

TEST_CASE("the next life goes on with a create that was only taken") {
    World world;
    const WorkerRow row = taken(world);
    world.start_role();
    CHECK(world.response(row.request_id).at("success") == true);
    CHECK(world.status(row.id) == "running");
}

TEST_CASE("the next life makes anew what was half made, and there is one worker") {
    World world;
    WorkerRow row = taken(world);
    row.phase = WorkerPhase::creating;
    row.slot = 0;
    row.owner = world.setting().instance;
    set(world, row);
    SECTION("killed before anything stood") {}
    SECTION("killed in the directories") {
        must(prepare_directories(world.setting(), row));
    }
    SECTION("killed after the start, before it was known") {
        must(create_worker(world.setting(), row, {}));
        world.gate().close(row.id);
        must(world.database().transaction([&](Transaction& tx) -> Result<void> {
            for (const WorkerResponseRow& response : must(workers::responses(tx, row.owner, 10)))
                must(workers::erase_response(tx, response.seq));
            row.fencing = must(workers::find(tx, row.id))->fencing;
            return workers::update(tx, row);
        }));
    }
    world.start_role();
    CHECK(world.response(row.request_id).at("success") == true);
    const auto instances = must(world.runtime().list());
    REQUIRE(instances.size() == 1);
    CHECK(instances[0].id == world.row(row.id)->instance_id);
    CHECK(instances[0].running);
    CHECK(world.responses(row.request_id).size() == 1);
}

TEST_CASE("a daemon that stops in the middle of a build leaves the create to the next") {
    World world;
    std::atomic<bool> building = false;
    world.image_for = [&](const WorkerConfig&, const std::stop_token& stop) -> Result<std::string> {
        building = true;
        eventually("a stop", [&] { return stop.stop_requested(); });
        return contracts::fail(ErrorKind::transient, "stopped");
    };
    world.start_role();
    const std::string request = world.create("until");
    eventually("the build", [&] { return building.load(); });
    world.end_role();
    CHECK(world.responses(request).empty());
    world.image_for = [](const WorkerConfig&, const std::stop_token&) {
        return Result<std::string>(std::string());
    };
    world.start_role();
    CHECK(world.response(request).at("success") == true);
}

TEST_CASE("workers go on while no daemon runs, and their doors open again") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    const auto before = must(world.runtime().list());
    world.end_role();
    world.start_role();
    CHECK(tests::http("unix://" + world.place(id) + "/control/api.sock", {.target = "/"}).status ==
          200);
    CHECK(world.status(id) == "running");
    CHECK(must(world.runtime().list())[0].id == before[0].id);
}

TEST_CASE("a death that nobody saw is found at the next start, and answered") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    world.give_input(id, "r-1");
    world.end_role();
    world.end_worker(id, 3);
    eventually("it is dead", [&] { return !must(world.runtime().list())[0].running; });
    CHECK(world.outputs("r-1").empty());
    world.start_role();
    world.wait_ended(id);
    CHECK(world.outputs("r-1").size() == 1);
}

TEST_CASE("a removal that was cut off anywhere is finished") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    world.end_role();
    WorkerRow row = *world.row(id);
    row.delete_request_id = "d-1";
    set(world, row);
    SECTION("before it began") {}
    SECTION("after the stop") {
        must(world.runtime().stop(row.instance_id, 1s));
    }
    SECTION("after the settling") {
        must(world.runtime().stop(row.instance_id, 1s));
        must(settle_worker(world.setting(), row));
    }
    SECTION("after the instance was gone") {
        must(world.runtime().stop(row.instance_id, 1s));
        must(world.runtime().remove(row.instance_id));
    }
    SECTION("after the directories were gone") {
        must(world.runtime().stop(row.instance_id, 1s));
        must(world.runtime().remove(row.instance_id));
        must(remove_directories(world.setting(), id));
    }
    world.start_role();
    CHECK(world.response("d-1").at("success") == true);
    CHECK(world.remains() == "");
    CHECK(world.responses("d-1").size() == 1);
}

TEST_CASE("a response that was decided is sent by the next life") {
    World world;
    must(world.database().transaction([&](Transaction& tx) {
        return workers::add_response(tx, world.setting().instance, names::kWorkerResponsesDeveloper,
                                     format_message(CreateWorkerResponse{"r-1", true, "w-1", {}}));
    }));
    world.start_role();
    CHECK(world.response("r-1").at("worker_id") == "w-1");
    eventually("it is not sent again",
               [&] { return must(workers::responses(world.database(), "own", 10)).empty(); });
}

TEST_CASE("a dead instance that no row knows is taken away, a living worker never") {
    World world;
    world.start_role();
    const std::string dead = world.running("exit 0"), living = world.running("until");
    world.wait_ended(dead);
    world.end_role();
    must(world.database().transaction([&](Transaction& tx) -> Result<void> {
        auto erased = tx.query("DELETE FROM workers WHERE id = $1", {dead});
        if (!erased) return contracts::fail(std::move(erased.error()));
        return {};
    }));
    world.start_role();
    eventually("only the living is there", [&] {
        const auto instances = must(world.runtime().list());
        return instances.size() == 1 && instances[0].worker_id == living && instances[0].running;
    });
}

TEST_CASE("a farewell takes along what was started and never answered for") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    world.end_role();
    WorkerRow row = *world.row(id);
    row.phase = WorkerPhase::creating;
    row.instance_id.clear();
    set(world, row);
    must(remove_all_workers(world.setting()));
    CHECK(must(world.runtime().list()).empty());
    CHECK(world.row(id)->phase == WorkerPhase::removed);
}
