// Queues and dead letters on a real Redis, as people see them, and commands on dead letters.
#include "control/store/queues.h"
#include "contracts/streams/connection.h"
#include "contracts/streams/dead_letter.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "contracts/streams/together.h"
#include "control/scheduler/queue_watch.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;
using contracts::Connection;
using contracts::OwnedCommand;

namespace {

struct Desk {
    tests::TemporaryDirectory directory;
    tests::RedisServer redis;
    Connection connection =
        Connection::dial(contracts::RedisAddress::parse(redis.url()).value()).value();
    std::unique_ptr<Database> db = open_sqlite(directory / "a.db").value();
    contracts::SystemClock clock;
    bool leads = true;

    QueueLook look() {
        auto done = try_look();
        INFO((done ? "" : done.error().describe()));
        REQUIRE(done.has_value());
        return *done;
    }
    Result<QueueLook> try_look() {
        return look_at_queues(*db, connection, clock, [this](Queries&) -> Result<void> {
            if (leads) return {};
            return fail(ErrorKind::conflict, "another one leads", "lease");
        });
    }
    queues::QueueState state(const std::string& name) {
        const auto all = queues::all(*db);
        REQUIRE(all.has_value());
        for (const auto& one : *all)
            if (one.name == name) return one;
        FAIL("no queue " + name);
        std::abort();
    }
    std::vector<queues::DeadLetterRow> letters() {
        auto all = queues::letters(*db, "deploy:queue", 100);
        REQUIRE(all.has_value());
        return *std::move(all);
    }
    // Writes a dead letter, as a consumer that refuses an entry does.
    void refuse(const std::string& data, const std::string& reason) {
        const auto id = contracts::publish_data(connection, "deploy:queue", data);
        REQUIRE(id.has_value());
        const contracts::Entry entry{
            .stream = "deploy:queue", .id = *id, .data = data, .raw = {}, .deliveries = 5};
        REQUIRE(contracts::do_together(connection, contracts::refuse_commands(
                                                       entry, "workers", "graphs",
                                                       {ErrorKind::invalid, reason}, clock.now()))
                    .has_value());
    }
    Result<void> order(const std::string& id, queues::Verb verb) {
        return db->transaction([&](Transaction& tx) {
            return queues::order(
                tx, {.queue = "deploy:queue", .entry_id = id, .verb = verb, .asked_by = "local"},
                clock.now());
        });
    }
    std::int64_t length(const std::string& stream) {
        return connection.command({"XLEN", stream})->view().integer();
    }
};

}  // namespace

TEST_CASE("queues: length, pending, lag and dead letters as they are") {
    Desk desk;
    CHECK(desk.look().queues > 5);
    CHECK(desk.state("deploy:queue").length == 0);
    REQUIRE(desk.connection.command({"XGROUP", "CREATE", "deploy:queue", "graphs", "0", "MKSTREAM"})
                .has_value());
    for (const char* data : {R"({"a":1})", R"({"a":2})", R"({"a":3})"})
        REQUIRE(contracts::publish_data(desk.connection, "deploy:queue", data).has_value());
    REQUIRE(desk.connection
                .command({"XREADGROUP", "GROUP", "graphs", "me", "COUNT", "1", "STREAMS",
                          "deploy:queue", ">"})
                .has_value());
    desk.refuse("not json at all", "must be an object");
    desk.refuse(R"({"task_id":"t1"})", "no such task");
    const QueueLook look = desk.look();
    CHECK(look.dead == 2);
    const auto state = desk.state("deploy:queue");
    CHECK(state.length == 5);
    CHECK(state.pending == 1);
    CHECK(state.lag == 4);
    CHECK(state.dead == 2);
    const auto letters = desk.letters();
    REQUIRE(letters.size() == 2);
    CHECK(letters[0].body == R"({"task_id":"t1"})");
    CHECK(letters[0].error.find("no such task") != std::string::npos);
    CHECK(letters[0].service == "graphs");
    CHECK(letters[0].attempts == 5);
    CHECK(letters[1].body == "not json at all");
    CHECK(queues::letters(*desk.db, "nonsense", 5).error().field == "name");
}

TEST_CASE("queues: a dead letter is sent once more, once, or dropped") {
    Desk desk;
    desk.refuse(R"({"task_id":"t1"})", "no such task");
    desk.refuse("not json", "must be an object");
    (void)desk.look();
    const auto letters = desk.letters();
    REQUIRE(letters.size() == 2);
    CHECK(desk.order("1-1", queues::Verb::drop).error().field == "id");
    REQUIRE(desk.order(letters[1].entry_id, queues::Verb::requeue));
    // The daemon dies between bus and store: the next daemon sends nothing twice.
    desk.leads = false;
    CHECK_FALSE(desk.try_look());
    CHECK(desk.length("deploy:queue") == 3);
    desk.leads = true;
    CHECK(desk.look().carried_out == 1);
    CHECK(desk.length("deploy:queue") == 3);
    CHECK(desk.length("deploy:queue:dlq") == 1);
    CHECK(desk.letters().size() == 1);
    const auto sent =
        desk.connection.command({"XREVRANGE", "deploy:queue", "+", "-", "COUNT", "1"});
    REQUIRE(sent.has_value());
    CHECK(sent->view()[0][1][1].text() == R"({"task_id":"t1"})");
    REQUIRE(desk.order(letters[0].entry_id, queues::Verb::drop));
    CHECK(desk.look().carried_out == 1);
    CHECK(desk.length("deploy:queue") == 3);
    CHECK(desk.length("deploy:queue:dlq") == 0);
    CHECK(desk.look().carried_out == 0);
}

TEST_CASE("queues: an entry that is not a valid dead letter is shown and stays") {
    Desk desk;
    REQUIRE(desk.connection.command({"XADD", "deploy:queue:dlq", "*", "data", "{}"}).has_value());
    REQUIRE(desk.connection.command({"XADD", "deploy:queue:dlq", "*", "other", "x"}).has_value());
    CHECK(desk.look().dead == 2);
    const auto letters = desk.letters();
    REQUIRE(letters.size() == 2);
    CHECK(letters[0].error.find("is not a valid dead letter") != std::string::npos);
    REQUIRE(desk.order(letters[0].entry_id, queues::Verb::requeue));
    (void)desk.look();
    CHECK(desk.length("deploy:queue:dlq") == 2);
    REQUIRE(desk.order(letters[0].entry_id, queues::Verb::drop));
    (void)desk.look();
    CHECK(desk.length("deploy:queue:dlq") == 1);
}
