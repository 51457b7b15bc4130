// People's commands to flows, as rows that the role picks up.
#include "contracts/base/id.h"
#include "control/store/commands.h"
#include "control/store/flow_graphs.h"
#include "tests/service/graphs/house.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>

namespace {

using namespace control;
using contracts::Json;
using contracts::TaskStatus;
using tests::House;

struct PeoplesWish {
    CommandTarget target = CommandTarget::flow;
    std::string target_id;
    CommandVerb verb = CommandVerb::pause;
    std::string node{};
    std::string text{};
    std::chrono::minutes ago{0};
};

// Sends a command and returns its row with the result.
PersonCommand command(House& house, const PeoplesWish& asked) {
    PersonCommand row;
    const contracts::Timestamp now = contracts::SystemClock().now();
    row.id = contracts::make_uuid7(now);
    row.target = asked.target;
    row.target_id = asked.target_id;
    row.command = asked.verb;
    if (!asked.node.empty()) row.node = asked.node;
    if (!asked.text.empty()) row.text = asked.text;
    row.asked_by = "token abc";
    row.created_at = now - asked.ago;
    REQUIRE(
        house.database().transaction([&](Transaction& tx) { return commands::insert(tx, row); }));
    tests::eventually("the command's end", [&] {
        const auto found = commands::find(house.database(), row.id);
        if (found) row = found->entity;
        return row.ended_at.has_value();
    });
    return row;
}

std::string blocked_task(House& house) {
    const std::string task = house.make_task();
    house.queue_task(task);
    for (const std::string round : {"1", "2", "3"}) {
        house.develop(task, "d" + round, "file" + round);
        house.run_tests("t" + round, 1, "no");
    }
    house.await_thread(task, ThreadStatus::blocked);
    return task;
}

}  // namespace

TEST_CASE("a flow is paused, resumed and cancelled by rows, and says when it has moved on") {
    House house;
    house.start();
    CHECK(flow_graphs::find(house.database(), "engineering")->has_value());
    const std::string task = house.make_task();
    house.queue_task(task);
    const Json create = house.expect_create("developer");
    const std::string flow = house.thread(task).id;

    const PersonCommand paused = command(house, {.target_id = flow, .verb = CommandVerb::pause});
    CHECK(paused.status == CommandStatus::done);
    CHECK(paused.taken_by == "house");
    CHECK(house.thread(task).status == ThreadStatus::paused);
    const PersonCommand again = command(house, {.target_id = flow, .verb = CommandVerb::pause});
    CHECK(again.status == CommandStatus::refused);
    CHECK(again.reason->find("is paused and cannot be paused") != std::string::npos);
    CHECK(command(house, {.target_id = flow, .verb = CommandVerb::resume}).status ==
          CommandStatus::done);
    CHECK(house.thread(task).status == ThreadStatus::waiting);

    CHECK(command(house, {.target_id = flow, .verb = CommandVerb::retry, .node = "nowhere"})
              .reason->find("no node nowhere") != std::string::npos);
    CHECK(command(house, {.target_id = "f9"}).status == CommandStatus::refused);
    const PersonCommand late = command(
        house, {.target_id = flow, .verb = CommandVerb::cancel, .ago = commands::kPatience * 2});
    CHECK(late.status == CommandStatus::refused);
    CHECK(late.next_step.has_value());

    CHECK(command(house, {.target_id = flow, .verb = CommandVerb::cancel}).status ==
          CommandStatus::done);
    house.await_task(task, TaskStatus::cancelled);
    CHECK(house.thread(task).reason == "token abc asked for it");
    CHECK(command(house, {.target_id = flow, .verb = CommandVerb::cancel})
              .reason->find("already cancelled") != std::string::npos);
    house.answer_create(create, "w1");
    house.expect_delete("w1");
}

TEST_CASE("what a blocked task asked is answered by its task, once") {
    House house;
    house.start();
    const std::string task = blocked_task(house);
    const PeoplesWish answer{.target = CommandTarget::task,
                             .target_id = task,
                             .verb = CommandVerb::answer,
                             .text = "Say it in French."};
    CHECK(command(house, answer).status == CommandStatus::done);
    house.await_task(task, TaskStatus::running);
    const PersonCommand second = command(house, answer);
    CHECK(second.status == CommandStatus::refused);
    CHECK(second.reason == "the flow is not blocked, so there is no question to answer");
    const Json input = house.develop(task, "d4", "file4");
    CHECK(input["prompt"].get<std::string>().find("Say it in French.") != std::string::npos);
}
