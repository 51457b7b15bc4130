// Each rule of the table of disagreements, on real workers whose records were made to disagree.
#include "control/workers/reconcile.h"
#include "contracts/streams/names.h"
#include "control/store/worker_life.h"
#include "tests/service/workers/world.h"
#include "tests/support/http_request.h"

#include <filesystem>

using namespace workers_tests;
using tests::eventually;

namespace {

void forget(World& world, const std::string& id) {
    must(world.database().transaction([&](Transaction& tx) -> Result<void> {
        Result<Rows> rows = tx.query("DELETE FROM workers WHERE id = $1", {id});
        if (!rows) return contracts::fail(std::move(rows.error()));
        return {};
    }));
}

void change(World& world, const std::string& id, const std::function<void(WorkerRow&)>& change) {
    must(world.database().transaction([&](Transaction& tx) -> Result<void> {
        WorkerRow row = *must(workers::find(tx, id));
        change(row);
        return workers::update(tx, row);
    }));
}

SeenWorker seen(World& world, const std::string& id) {
    for (SeenWorker& worker : must(see_workers(sight_of(world.setting()))))
        if (worker.id == id) return std::move(worker);
    return {};
}

// The name of the rule that applies; empty: none.
std::string rule(World& world, const std::string& id) {
    const ReconcileRule* found = seen(world, id).rule;
    return found == nullptr ? "" : std::string(found->name);
}

std::string instance(World& world, const std::string& id) {
    return world.row(id)->instance_id;
}

bool runs(World& world, const std::string& instance_id) {
    const auto found = world.runtime().inspect(instance_id);
    return found && found->running;
}

void age(World& world, const std::string& id, std::chrono::hours by) {
    const std::filesystem::path place = world.place(id);
    std::filesystem::last_write_time(place, std::filesystem::last_write_time(place) - by);
}

}  // namespace

TEST_CASE("the next life of the daemon mends every disagreement that a rule has a remedy for") {
    World world;
    world.start_role();
    const std::string well = world.running("until"), lost = world.running("until"),
                      unseen = world.running("until"), frozen = world.running("until"),
                      marked = world.running("until"), answered = world.running("until"),
                      forgotten = world.running("until"), stranger = world.running("until"),
                      remains = world.running("until");
    world.end_role();
    for (const std::string& id : {well, lost, unseen, frozen, marked, answered, forgotten})
        CHECK(rule(world, id) == "");

    must(world.runtime().kill(instance(world, lost)));
    must(world.runtime().remove(instance(world, lost)));
    must(world.runtime().kill(instance(world, unseen)));
    must(world.runtime().pause(instance(world, frozen)));
    must(worker_life::set_paused(world.database(), marked, world.clock().now() - 5min));
    const std::string answered_instance = instance(world, answered);
    change(world, answered, [](WorkerRow& row) { row.phase = WorkerPhase::ended; });
    forget(world, forgotten);
    const std::string strangers_instance = instance(world, stranger);
    forget(world, stranger);
    std::filesystem::remove(world.place(stranger) + "/worker.json");
    const std::string remains_instance = instance(world, remains);
    must(world.runtime().kill(remains_instance));
    forget(world, remains);
    CHECK(rule(world, lost) == "lost");
    CHECK(rule(world, unseen) == "ended unseen");
    CHECK(rule(world, frozen) == "frozen unasked");
    CHECK(rule(world, marked) == "mark left");
    CHECK(rule(world, answered) == "answered and alive");
    CHECK(rule(world, forgotten) == "without a row");
    CHECK(rule(world, stranger) == "stranger");
    CHECK(rule(world, remains) == "remains");

    const auto began = std::chrono::steady_clock::now();
    world.start_role();
    world.wait_ended(lost);
    world.wait_ended(unseen);
    eventually("all are mended", [&] {
        return !must(world.runtime().inspect(instance(world, frozen))).paused &&
               !world.row(marked)->paused_at && !runs(world, answered_instance) &&
               world.row(forgotten) && !world.runtime().inspect(remains_instance);
    });
    const auto took = std::chrono::steady_clock::now() - began;
    WARN("mended after " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
                         << " ms");
    CHECK(world.row(lost)->cause == EndCause::lost);
    CHECK(world.row(unseen)->cause == EndCause::killed);
    CHECK(world.row(well)->phase == WorkerPhase::running);
    CHECK(runs(world, strangers_instance));
    CHECK_FALSE(world.row(stranger));

    // A worker that was taken back is a worker like any other.
    CHECK(world.row(forgotten)->phase == WorkerPhase::running);
    CHECK(world.row(forgotten)->config.name == "developer-1");
    CHECK(world.row(forgotten)->about("task_id") == "t-1");
    eventually("its doors are open", [&] {
        return std::filesystem::exists(world.place(forgotten) + "/control/api.sock");
    });
    CHECK(tests::http("unix://" + world.place(forgotten) + "/control/api.sock", {.target = "/"})
              .status == 200);
    world.give_input(forgotten, "r-1");
    world.end_worker(forgotten, 9);
    world.wait_ended(forgotten);
    CHECK(world.outputs("r-1").at(0).at("error") == "Worker crashed: exit code 9");
}

TEST_CASE("what nobody has any more goes, and nothing that lives or is fresh does") {
    World world;
    world.start_role();
    const std::string old = world.running("until"), fresh = world.running("until"),
                      without = world.running("until"), removed = world.running("until");
    CHECK(world.response(world.remove(removed)).at("success") == true);
    world.end_role();
    for (const std::string& id : {old, fresh}) {
        must(world.runtime().kill(instance(world, id)));
        must(world.runtime().remove(instance(world, id)));
        forget(world, id);
        CHECK(rule(world, id) == "left directories");
    }
    age(world, old, 25h);
    std::filesystem::remove_all(world.place(without));
    world.ask({"HSET", names::worker_status(removed), "status", "RUNNING"});
    CHECK(rule(world, without) == "without files");
    CHECK(rule(world, removed) == "left on the bus");
    const Sight sight = sight_of(world.setting());
    CHECK(must(mend(sight, seen(world, old))) == "its directories were removed");
    CHECK(must(mend(sight, seen(world, fresh))).empty());
    CHECK(must(mend(sight, seen(world, without))).empty());
    CHECK(must(mend(sight, seen(world, removed))) == "its keys were erased");
    CHECK_FALSE(std::filesystem::exists(world.place(old)));
    CHECK(std::filesystem::exists(world.place(fresh)));
    CHECK(runs(world, instance(world, without)));
    CHECK(world.ask({"EXISTS", names::worker_status(removed)}).view().integer() == 0);
}

TEST_CASE("a manifest that others could have written takes no worker back") {
    World world;
    world.start_role();
    const std::string id = world.running("until");
    world.end_role();
    forget(world, id);
    const std::filesystem::path manifest = world.place(id) + "/worker.json";
    SECTION("open to others") {
        std::filesystem::permissions(manifest, std::filesystem::perms(0666));
    }
    SECTION("a link") {
        std::filesystem::rename(manifest, world.path("elsewhere"));
        std::filesystem::create_symlink(world.path("elsewhere"), manifest);
    }
    CHECK(rule(world, id) == "stranger");
}
