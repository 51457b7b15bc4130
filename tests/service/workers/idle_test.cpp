// Workers that are idle, that give no sign of life, or that fill their disk.
#include "contracts/fields/write.h"
#include "contracts/streams/names.h"
#include "control/store/worker_life.h"
#include "tests/service/workers/world.h"

#include <filesystem>
#include <fstream>

using namespace workers_tests;
using tests::eventually;

namespace {

std::string product_owner(World& world, const std::string& user) {
    const std::string id = world.running("until", {{"user_id", user}}, WorkerType::po);
    world.ask({"XGROUP", "CREATE", names::po_input(id), "workers", "0", "MKSTREAM"});
    return id;
}

// Advances the clock until the condition holds. A watch counts from its first look.
template <class Condition>
void in_time(World& world, const char* what, Condition condition) {
    eventually(what, [&] {
        world.clock().advance(10s);
        return condition();
    });
}

bool is_paused(World& world, const std::string& id) {
    return world.row(id)->paused_at.has_value();
}

std::string shown(World& world, const std::string& id) {
    return std::string(world.ask({"HGET", names::worker_status(id), "status"}).view().text());
}

}  // namespace

TEST_CASE("a product owner nobody talks to is paused, and the next message wakes it") {
    World world;
    world.adjust = [](WorkersSetting& setting) {
        setting.pause_after = 60s;
    };
    world.start_role();
    const std::string id = product_owner(world, "u-1");
    const std::string developer = world.running("until");
    in_time(world, "it is paused", [&] { return shown(world, id) == "PAUSED"; });
    CHECK(is_paused(world, id));
    CHECK(must(world.runtime().inspect(world.row(id)->instance_id)).paused);
    CHECK(world.status(id) == "paused");
    CHECK(world.status(developer) == "running");

    const auto began = std::chrono::steady_clock::now();
    world.give_input(id, "r-1");
    eventually("it is woken",
               [&] { return !must(world.runtime().inspect(world.row(id)->instance_id)).paused; });
    const auto took = std::chrono::steady_clock::now() - began;
    WARN("woken after " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
                        << " ms");
    eventually("it is shown", [&] { return world.status(id) == "running"; });

    // Once answered it is idle again; a message that comes while no daemon runs still wakes it.
    world.ask({"XREADGROUP", "GROUP", "workers", id, "STREAMS", names::po_input(id), ">"});
    world.ask({"XGROUP", "DESTROY", names::po_input(id), "workers"});
    world.ask({"XGROUP", "CREATE", names::po_input(id), "workers", "$"});
    in_time(world, "it is paused again", [&] { return shown(world, id) == "PAUSED"; });
    world.end_role();
    world.give_input(id, "r-2");
    world.start_role();
    eventually("it is woken by the next life", [&] { return !is_paused(world, id); });
    CHECK_FALSE(must(world.runtime().inspect(world.row(id)->instance_id)).paused);
}

TEST_CASE("a turn that is under way is not paused, and not stopped") {
    World world;
    world.adjust = [](WorkersSetting& setting) {
        setting.pause_after = 60s;
        setting.stop_after = 120s;
    };
    world.start_role();
    const std::string busy = product_owner(world, "u-1");
    const std::string waiting = product_owner(world, "u-2");
    const std::string idle = product_owner(world, "u-3");
    world.give_input(busy, "taken");
    world.ask({"XREADGROUP", "GROUP", "workers", busy, "STREAMS", names::po_input(busy), ">"});
    world.give_input(waiting, "not taken yet");
    in_time(world, "the idle one is stopped",
            [&] { return world.row(idle)->phase == WorkerPhase::ended; });
    CHECK(world.row(idle)->cause == EndCause::idle);
    CHECK(world.status(idle) == "stopped");
    CHECK(shown(world, idle) == "STOPPED");
    for (const std::string& id : {busy, waiting}) {
        CHECK(world.row(id)->phase == WorkerPhase::running);
        CHECK_FALSE(is_paused(world, id));
    }
}

TEST_CASE("a paused worker is deleted as any other") {
    World world;
    world.adjust = [](WorkersSetting& setting) {
        setting.pause_after = 60s;
    };
    world.start_role();
    const std::string id = product_owner(world, "u-1");
    in_time(world, "it is paused", [&] { return is_paused(world, id); });
    CHECK(world.response(world.remove(id)).at("success") == true);
    CHECK(world.row(id)->cause == EndCause::stopped);
    world.ask({"DEL", names::po_input(id)});
    CHECK(world.remains() == "");
}

TEST_CASE("a worker that gives no sign of life is killed, and its cause says so") {
    World world;
    world.adjust = [](WorkersSetting& setting) {
        setting.pulse_patience = 60s;
    };
    world.start_role();
    const std::string hung = world.running("stubborn");
    const std::string well = world.running("until");
    world.ask({"SET", names::worker_heartbeat(well), "now"});
    world.give_input(hung, "r-1");
    in_time(world, "it is ended", [&] { return world.row(hung)->phase == WorkerPhase::ended; });
    CHECK(world.row(hung)->cause == EndCause::hung);
    CHECK(world.status(hung) == "failed");
    const Json output = world.outputs("r-1").at(0);
    CHECK(output.at("error") == "Worker crashed: killed because it stopped responding");
    CHECK(output.at("data").at("cause") == "hung");
    CHECK(world.row(well)->phase == WorkerPhase::running);
}

TEST_CASE("a worker whose files are too many is stopped, and what is known of it is kept") {
    World world;
    world.adjust = [](WorkersSetting& setting) {
        setting.limits.disk_bytes = 4 << 20;
    };
    world.start_role();
    const std::string full = world.running("until");
    const std::string small = world.running("until");
    WorkerLifecycleEvent event;
    event.worker_id = full;
    event.event = LifecycleEvent::completed;
    event.timestamp = world.clock().now();
    event.result = Json{{"request_id", "r-1"}, {"ending", "exited"}};
    world.ask({"XADD", "worker:lifecycle", "*", "data", format_message(event)});
    eventually("its receipt is kept",
               [&] { return must(worker_life::receipt(world.database(), full)).has_value(); });
    std::ofstream(world.place(full) + "/workspace/large") << std::string(8 << 20, 'x');
    std::ofstream(world.place(small) + "/workspace/small") << std::string(1 << 20, 'x');
    in_time(world, "it is ended", [&] { return world.row(full)->phase == WorkerPhase::ended; });
    CHECK(world.row(full)->cause == EndCause::disk_full);
    CHECK(world.row(full)->error == "stopped because its files exceeded its disk limit");
    CHECK(world.row(small)->phase == WorkerPhase::running);
    CHECK(must(worker_life::receipt(world.database(), full))->at("ending") == "exited");
    CHECK(must(workers::last_output(world.database(), full))->find("the stand-in does: until") !=
          std::string::npos);
}
