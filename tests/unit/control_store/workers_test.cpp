// Workers as rows that belong to daemons; over every driver.
#include "control/store/workers.h"

#include "control/store/daemons.h"
#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using namespace std::chrono_literals;

constexpr contracts::Timestamp kBegin{std::chrono::milliseconds(1'768'046'400'000)};

void change(Database& db, const std::function<Result<void>(Transaction&)>& work) {
    const Result<void> done = db.transaction(work);
    INFO((done ? "" : done.error().describe()));
    REQUIRE(done);
}

WorkerRow add(Database& db, const std::string& id) {
    WorkerRow worker;
    worker.id = id;
    worker.request_id = "r-" + id;
    worker.config.name = "developer";
    worker.created_at = kBegin;
    change(db, [&](Transaction& tx) -> Result<void> {
        const Result<bool> put = workers::insert(tx, worker);
        if (!put) return fail(put.error());
        return {};
    });
    return worker;
}

WorkerRow read(Database& db, const std::string& id) {
    auto row = workers::find(db, id);
    REQUIRE(row);
    REQUIRE(*row);
    return **row;
}

void give(Database& db, const std::string& id, const std::string& owner, std::int64_t slot) {
    WorkerRow worker = read(db, id);
    worker.owner = owner;
    worker.slot = slot;
    worker.phase = WorkerPhase::running;
    change(db, [&](Transaction& tx) { return workers::update(tx, worker); });
}

}  // namespace

TEMPLATE_TEST_CASE("a change of a worker that another has changed meanwhile is refused", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    add(*db, "w1");
    WorkerRow slow = read(*db, "w1");
    give(*db, "w1", "d2", 0);
    slow.owner = "d1";
    slow.phase = WorkerPhase::creating;
    const Result<void> late =
        db->transaction([&](Transaction& tx) { return workers::update(tx, slow); });
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == ErrorKind::conflict);
    CHECK(read(*db, "w1").owner == "d2");
    CHECK(read(*db, "w1").fencing == 2);
}

TEMPLATE_TEST_CASE("each daemon has slots and workers of its own", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    for (const char* id : {"w1", "w2", "w3"})
        add(*db, id);
    give(*db, "w1", "d1", 0);
    give(*db, "w2", "d2", 0);
    CHECK(workers::free_slot(*db, "d1", 10)->value() == 1);
    CHECK(workers::free_slot(*db, "d3", 10)->value() == 0);
    CHECK_FALSE(workers::free_slot(*db, "d1", 1)->has_value());
    const auto mine = workers::of_daemon(*db, "d1", WorkerPhase::running);
    REQUIRE(mine);
    REQUIRE(mine->size() == 1);
    CHECK(mine->front().id == "w1");
    CHECK(workers::in_phase(*db, WorkerPhase::running)->size() == 2);
}

TEMPLATE_TEST_CASE("a response is its daemon's, until it is handed to another", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    change(*db, [](Transaction& tx) { return workers::add_response(tx, "d1", "s", "one"); });
    change(*db, [](Transaction& tx) { return workers::add_response(tx, "", "s", "two"); });
    CHECK(workers::responses(*db, "d2", 10)->size() == 1);
    CHECK(workers::responses(*db, "d1", 10)->size() == 2);
    change(*db, [](Transaction& tx) -> Result<void> {
        CHECK(workers::hand_responses(tx, "d1", "d2").value() == 1);
        return {};
    });
    CHECK(workers::responses(*db, "d2", 10)->size() == 2);
    CHECK(workers::responses(*db, "d1", 10)->size() == 1);
}

TEMPLATE_TEST_CASE("a daemon that has workers is kept, however long it is silent", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    for (const char* name : {"d1", "d2"})
        change(*db, [&](Transaction& tx) {
            return daemons::announce(tx, {.name = name,
                                          .host = "h",
                                          .roles = {},
                                          .streams = {},
                                          .calls = {},
                                          .started_at = kBegin,
                                          .seen_at = kBegin});
        });
    add(*db, "w1");
    give(*db, "w1", "d1", 0);
    change(*db, [](Transaction& tx) -> Result<void> {
        CHECK(daemons::prune(tx, kBegin + 720h, 10).value() == 1);
        return {};
    });
    CHECK(daemons::find(*db, "d1")->has_value());
}

}  // namespace control
