// Commands of people to workers, as rows that the role picks up.
#include "control/store/commands.h"

#include "contracts/base/id.h"
#include "control/workers/evidence.h"
#include "tests/service/workers/world.h"

using namespace workers_tests;

namespace {

std::string ask_for(World& world, const std::string& worker_id, CommandVerb verb) {
    PersonCommand command;
    command.id = make_uuid7(world.clock().now());
    command.target = CommandTarget::worker;
    command.target_id = worker_id;
    command.command = verb;
    command.asked_by = "token abc";
    command.created_at = world.clock().now();
    must(world.database().transaction(
        [&](Transaction& tx) { return commands::insert(tx, command); }));
    return command.id;
}

PersonCommand ended(World& world, const std::string& id) {
    PersonCommand command;
    tests::eventually("the command's end", [&] {
        command = must(commands::find(world.database(), id)).entity;
        return command.ended_at.has_value();
    });
    return command;
}

}  // namespace

TEST_CASE(
    "a worker is killed on a person's word: once, answered for, and with what it wrote last") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    world.give_input(id, "r-1");
    const std::string command = ask_for(world, id, CommandVerb::kill);
    const PersonCommand done = ended(world, command);
    CHECK(done.status == CommandStatus::done);
    CHECK(done.taken_at.has_value());
    const WorkerRow row = *world.row(id);
    CHECK(row.phase == WorkerPhase::ended);
    CHECK(row.cause == EndCause::stopped);
    CHECK(must(workers::last_output(world.database(), id)).has_value());
    tests::eventually("the answer for it", [&] { return world.outputs("r-1").size() == 1; });
    CHECK(world.outputs("r-1")[0]["status"] == "failed");

    const PersonCommand again = ended(world, ask_for(world, id, CommandVerb::kill));
    CHECK(again.status == CommandStatus::refused);
    CHECK(again.reason->find("has already ended") != std::string::npos);
    CHECK(world.outputs("r-1").size() == 1);
}

TEST_CASE("a worker's log is shown while it lives and after its end") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    const PersonCommand living = ended(world, ask_for(world, id, CommandVerb::logs));
    CHECK(living.status == CommandStatus::done);
    CHECK(living.output.has_value());
    CHECK(world.row(id)->phase == WorkerPhase::running);
    world.end_worker(id, 3);
    world.wait_ended(id);
    CHECK(ended(world, ask_for(world, id, CommandVerb::logs)).status == CommandStatus::done);
}

TEST_CASE("a log that is followed moves on, and the following ends with the worker") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    const std::string command = ask_for(world, id, CommandVerb::follow);
    const auto now = [&] {
        return must(commands::find(world.database(), command)).entity;
    };
    tests::eventually("it is followed", [&] { return now().output.has_value(); });
    CHECK(now().status == CommandStatus::taken);
    const Timestamp first = *now().taken_at;
    tests::eventually("it is read again", [&] { return *now().taken_at > first; });
    ended(world, ask_for(world, id, CommandVerb::kill));
    const PersonCommand done = ended(world, command);
    CHECK(done.status == CommandStatus::done);
    CHECK_FALSE(done.output.has_value());
    CHECK(ended(world, ask_for(world, id, CommandVerb::follow)).status == CommandStatus::done);
}

TEST_CASE("a command is taken up by the next life, and refused where nobody came in time") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    world.end_role();
    const std::string kept = ask_for(world, id, CommandVerb::kill);
    world.start_role();
    CHECK(ended(world, kept).status == CommandStatus::done);

    const std::string other = world.running("until");
    world.end_role();
    const std::string late = ask_for(world, other, CommandVerb::kill);
    world.clock().advance(commands::kPatience + 1min);
    world.start_role();
    const PersonCommand refused = ended(world, late);
    CHECK(refused.status == CommandStatus::refused);
    CHECK(refused.next_step.has_value());
    CHECK(world.row(other)->phase == WorkerPhase::running);
    CHECK(ended(world, ask_for(world, "nobody", CommandVerb::kill)).status ==
          CommandStatus::refused);
}

TEST_CASE("one that waits for a place is turned away") {
    World world;
    world.max_workers = 0;
    world.start_role();
    const std::string request = world.create("until");
    std::optional<WorkerRow> row;
    tests::eventually("its row", [&] {
        row = must(workers::find_request(world.database(), request));
        return row.has_value();
    });
    CHECK(ended(world, ask_for(world, row->id, CommandVerb::kill)).status == CommandStatus::done);
    CHECK(world.response(request)["success"] == false);
    CHECK(world.row(row->id)->phase == WorkerPhase::removed);
}

TEST_CASE("what a worker wrote is kept in a form that every store takes") {
    CHECK(storable(std::string("a\0b\xff\n", 5)) ==
          "a\xEF\xBF\xBD"
          "b\xEF\xBF\xBD\n");
    CHECK(storable("") == "");
}
