// The chat with a real worker-wrapper: the wrapper reads what the chat writes to a Product Owner,
// and the chat reads what the wrapper writes.
#include "tests/service/chat/world.h"
#include "tests/service/wrapper/worker_house.h"

#include <catch2/catch_test_macros.hpp>

using namespace tests;

TEST_CASE("a real worker answers, twice, in one life") {
    World world;
    world.add_user("u-1");
    world.start();
    WorkerHouse house("po", world.redis_url());
    house.agent(R"sh(echo "You said: $(cat)")sh").set("USER_ID", "u-1");
    world.say("u-1", "a page that greets");
    const Json create = world.expect_create();
    ChildProcess worker = house.start();
    eventually("the worker's start", [&] { return house.status("status") == "RUNNING"; });
    world.answer_create(create, "w-1");
    CHECK(world.reply()["text"] == "You said: a page that greets");
    world.say("u-1", "in French");
    CHECK(world.reply()["text"] == "You said: in French");
    CHECK(world.all("worker:commands").size() == 1);
    CHECK(worker.running());
}

TEST_CASE("a real worker that is killed in a turn and starts again answers that turn once") {
    World world;
    world.add_user("u-1");
    world.start();
    WorkerHouse house("po", world.redis_url());
    house.agent(R"(test -s began && echo "Done." || { echo yes > began; sleep 600; })");
    world.say("u-1", "something");
    const Json create = world.expect_create();
    ChildProcess worker = house.start();
    world.answer_create(create, "w-1");
    eventually("the turn", [&] { return !house.in_workspace("began").empty(); });
    worker.kill();
    ChildProcess again = house.start();
    CHECK(world.reply()["text"] == "Done.");
    CHECK(world.is_quiet());
}
