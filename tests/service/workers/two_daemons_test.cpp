// Two daemons with the role on one store and one bus: each has its own workers.
#include "control/store/commands.h"
#include "control/store/daemons.h"
#include "tests/service/workers/world.h"

#include "contracts/base/id.h"

using namespace workers_tests;
using tests::eventually;

namespace {

void give_up(World& world, const std::string& name) {
    must(world.database().transaction(
        [&](Transaction& tx) { return daemons::forget(tx, name, world.clock().now()); }));
}

// Restarts the role, which begins with a comparison of everything.
void compare(World& world) {
    world.end_role();
    world.start_role();
}

}  // namespace

TEST_CASE("creates go to whichever daemon has room, and each daemon keeps to its own workers") {
    World world;
    world.max_workers = 2;
    world.start_role();
    world.start_other();
    std::vector<std::string> ids;
    std::map<std::string, int> of;
    for (int i = 0; i < 4; ++i) {
        ids.push_back(world.running("until"));
        ++of[world.row(ids.back())->owner];
    }
    CHECK(of == std::map<std::string, int>{{"own", 2}, {"other", 2}});
    CHECK(must(world.runtime().list()).size() == 2);
    CHECK(must(world.other_runtime().list()).size() == 2);

    world.end_role();
    world.end_other();
    world.start_role();
    world.start_other();
    for (const std::string& id : ids) {
        CHECK(world.status(id) == "running");
        CHECK(world.response(world.remove(id)).at("success") == true);
    }
    CHECK(world.remains() == "");
    CHECK(must(world.other_runtime().list()).empty());
}

TEST_CASE("a living worker of a daemon that is away is not declared dead") {
    World world;
    world.start_other();
    const std::string id = world.running("until");
    world.give_input(id, "r-1");
    world.end_other();
    world.announce("other", 23h);
    compare(world);
    world.clock().step(48h);  // the wall clock was set: this does not mean that a daemon was silent
    compare(world);
    world.running("until");  // so that several passes have been made
    CHECK(world.row(id)->phase == WorkerPhase::running);
    CHECK(world.row(id)->owner == "other");
    CHECK(world.outputs("r-1").empty());
    CHECK(must(world.other_runtime().list())[0].running);
    world.start_other();
    CHECK(world.status(id) == "running");
}

TEST_CASE("what a daemon that was forgotten had is answered for once, and ends when it returns") {
    World world;
    world.start_other();
    const std::string id = world.running("until");
    world.give_input(id, "r-1");
    world.end_other();
    world.announce("other", 1min);
    must(world.database().transaction([&](Transaction& tx) {
        return workers::add_response(tx, "other", names::kWorkerResponsesDeveloper,
                                     format_message(CreateWorkerResponse{"r-9", false, {}, "x"}));
    }));
    world.start_role();
    CHECK(world.response("r-9").at("success") == false);
    CHECK(world.row(id)->owner == "other");

    give_up(world, "other");
    compare(world);
    world.wait_ended(id);
    CHECK(world.row(id)->owner == "own");
    CHECK(world.row(id)->cause == EndCause::lost);
    CHECK(world.outputs("r-1").size() == 1);
    CHECK(world.outputs("r-1")[0].at("status") == "failed");
    CHECK(must(world.other_runtime().list())[0].running);

    world.start_other();
    eventually("it is ended there", [&] { return must(world.other_runtime().list()).empty(); });
    eventually("its files are gone",
               [&] { return !std::filesystem::exists(world.path("other/" + id)); });
    CHECK(world.outputs("r-1").size() == 1);
    CHECK(world.response(world.remove(id)).at("success") == true);
}

TEST_CASE("a daemon that was silent for too long is gone, with what it was making") {
    World world;
    world.start_role();
    CreateWorker create = world.create_command("until");
    WorkerRow half_made;
    half_made.id = "0011223344556677";
    half_made.request_id = create.request_id;
    half_made.config = create.config;
    half_made.created_at = world.clock().now();
    must(world.database().transaction([&](Transaction& tx) -> Result<void> {
        must(workers::insert(tx, half_made));
        half_made.owner = "other";
        half_made.phase = WorkerPhase::creating;
        half_made.slot = 0;
        return workers::update(tx, half_made);
    }));
    world.announce("other");
    // Each step of the clock triggers the comparison that is due every minute.
    for (int minute = 0; minute < 3; ++minute) {
        world.clock().advance(12h);
        world.announce("own");
    }
    eventually("the answer", [&] {
        world.clock().advance(1min);
        return !world.responses(create.request_id).empty();
    });
    CHECK(world.responses(create.request_id)[0].at("success") == false);
    CHECK(world.row(half_made.id)->phase == WorkerPhase::removed);
}

TEST_CASE("a person's command is carried out by the daemon that has the worker") {
    World world;
    world.start_other();
    const std::string id = world.running("until");
    world.end_other();
    world.start_role();
    PersonCommand kill;
    kill.id = make_uuid7(world.clock().now());
    kill.target = CommandTarget::worker;
    kill.target_id = id;
    kill.command = CommandVerb::kill;
    kill.asked_by = "token abc";
    kill.created_at = world.clock().now();
    must(world.database().transaction([&](Transaction& tx) { return commands::insert(tx, kill); }));
    world.running("until");  // several passes of ours
    CHECK(must(commands::find(world.database(), kill.id)).entity.status == CommandStatus::waiting);
    world.start_other();
    world.wait_ended(id);
    eventually("it is done", [&] {
        return must(commands::find(world.database(), kill.id)).entity.status == CommandStatus::done;
    });
    CHECK(must(commands::find(world.database(), kill.id)).entity.taken_by == "other");
}
