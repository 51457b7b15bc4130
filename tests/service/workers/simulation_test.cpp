// The manager against an engine that loses answers, fails, and delivers its events late, twice, out
// of order or not at all, while the daemon dies in the middle of calls and time jumps.
//
// Only the runtime and the clock are simulated; store, bus, gate and directories are real. One
// thread does everything in an order that the seed decides, so a failing seed fails again:
// ORCH_SIMULATION_SEED=N runs only that one. The invariants are checked for each seed once the
// faults are over.
#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "contracts/streams/names.h"
#include "control/workers/intake.h"
#include "tests/service/workers/simulated_engine.h"
#include "tests/service/workers/world.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

using namespace workers_tests;

namespace {

constexpr int kSeeds = 200;
constexpr int kWorkers = 3;
constexpr int kSteps = 14;
constexpr int kCalmRounds = 12;

// The run of one seed: a daemon that is started again whenever it has died.
class Life {
public:
    Life(World& world, std::uint64_t seed) : world_(world), dice_(seed), engine_(seed) {
        const WorkersSetting base = world.setting();
        setting_.emplace(WorkersSetting{.directory = base.directory,
                                        .max_workers = [] { return kWorkers; },
                                        .first_uid = base.first_uid,
                                        .job_threads = 0,
                                        .instance = base.instance,
                                        .database = base.database,
                                        .runtime = engine_,
                                        .forge = base.forge,
                                        .gate = base.gate,
                                        .image_for = base.image_for,
                                        .redis = base.redis,
                                        .clock = base.clock,
                                        .log = base.log});
        be_born();
    }

    void run() {
        for (int i = 0; i < kWorkers; ++i)
            create_one(i);
        for (int i = 0; i < kSteps; ++i)
            step();
        engine_.be_calm();
        for (int i = 0; i < kCalmRounds; ++i) {
            world_.clock().advance(61s);
            tick();
        }
    }
    void check();
    void remove_all();

private:
    void be_born() { role_.emplace(*setting_); }
    void create_one(int number);
    void step();
    void tick();
    void tell_events();
    void give_input(const std::string& worker);
    void remove(const std::string& worker);
    void take(const std::string& data);
    std::string any_worker() { return ids_[dice_.below(ids_.size())]; }

    World& world_;
    Dice dice_;
    SimulatedEngine engine_;
    std::optional<WorkersSetting> setting_;
    std::optional<Workers> role_;
    std::vector<std::string> ids_, creates_, deletes_;
    std::vector<std::pair<std::string, std::string>> inputs_;  // worker, request
};

void Life::take(const std::string& data) {
    Entry entry;
    entry.stream = "worker:commands";
    entry.id = "1-0";
    entry.data = data;
    must(take_command(*setting_, entry));
}

void Life::create_one(int number) {
    CreateWorker create = world_.create_command("until");
    create.context = {{"task_id", "t-1"}};
    const std::string data = format_message(create);
    take(data);
    if (dice_.below(3) == 0) take(data);  // the command is delivered twice
    creates_.push_back(create.request_id);
    ids_.push_back(must(workers::find_request(world_.database(), create.request_id))->id);
    engine_.know(ids_.back(), number);
}

void Life::give_input(const std::string& worker) {
    const std::string request = make_uuid4();
    world_.give_input(worker, request);
    inputs_.emplace_back(worker, request);
}

void Life::remove(const std::string& worker) {
    DeleteWorker command;
    command.correlation_id = command.request_id = make_uuid4();
    command.timestamp = world_.clock().now();
    command.worker_id = worker;
    take(format_message(command));
    deletes_.push_back(command.request_id);
}

// Work that failed is retried at a later tick, as in the role's own loop.
void Life::tick() {
    try {
        (void)role_->tick_when_due();
    } catch (const DaemonDied&) {
        be_born();
    }
}

void Life::tell_events() {
    for (const RuntimeEvent& event : engine_.take_events())
        role_->take_runtime_event(event);
}

void Life::step() {
    switch (dice_.below(9)) {
        case 0:
            engine_.end(any_worker(), dice_.below(2) == 0 ? 137 : 1);
            break;
        case 1:
            engine_.freeze(any_worker());
            break;
        case 2:
            // A message is sent only to a worker whose creation has been reported.
            if (const auto row = world_.row(any_worker());
                row && (row->phase == WorkerPhase::running || row->phase == WorkerPhase::ended))
                give_input(row->id);
            break;
        case 3:
            if (dice_.below(3) == 0) remove(any_worker());
            break;
        case 4:
            world_.clock().advance(61s);
            break;
        case 5:
            be_born();
            break;
        case 6:
            tell_events();
            break;
        default:
            break;
    }
    tick();
}

void Life::check() {
    for (const std::string& request : creates_)
        CHECK(world_.responses(request).size() == 1);
    for (const std::string& request : deletes_)
        CHECK(world_.responses(request).size() == 1);
    for (const std::string& id : ids_) {
        const std::optional<WorkerRow> row = world_.row(id);
        REQUIRE(row);
        const auto instance = engine_.seen(id);
        INFO(id << " is " << to_text(row->phase) << ", the engine says "
                << (!instance           ? "nothing"
                    : instance->running ? "it runs"
                                        : "it ended"));
        CHECK(row->phase != WorkerPhase::queued);
        CHECK(row->phase != WorkerPhase::creating);
        const bool runs = row->phase == WorkerPhase::running;
        CHECK(runs == (instance && instance->running && !instance->paused));
        if (runs) CHECK(row->instance_id == instance->id);
        if (row->phase == WorkerPhase::removed) {
            CHECK_FALSE(instance);
            CHECK_FALSE(std::filesystem::exists(world_.place(id)));
        }
    }
    CHECK(engine_.strangers(ids_).empty());
    for (const auto& [worker, request] : inputs_) {
        const bool runs = world_.row(worker)->phase == WorkerPhase::running;
        CHECK(world_.outputs(request).size() == (runs ? 0 : 1));
    }
}

void Life::remove_all() {
    for (const std::string& id : ids_)
        if (world_.row(id)->phase != WorkerPhase::removed) remove(id);
    for (int i = 0; i < 3; ++i)
        tick();
    for (const std::string& request : deletes_)
        CHECK(world_.responses(request).size() == 1);
    for (const auto& [worker, request] : inputs_)
        CHECK(world_.outputs(request).size() == 1);
    CHECK(engine_.strangers({}).empty());
    for (const char* stream : {"worker:developer:output", "worker:responses:developer"})
        world_.ask({"DEL", stream});
    for (const std::string& id : ids_)
        world_.ask({"DEL", names::developer_input(id)});
    CHECK(world_.remains() == "");
}

}  // namespace

TEST_CASE("the manager and a faulty engine agree again whatever happened, for 200 seeds") {
    const char* const only = std::getenv("ORCH_SIMULATION_SEED");
    const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
    const std::uint64_t last = only != nullptr ? first : kSeeds;
    World world;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        INFO("ORCH_SIMULATION_SEED=" << seed);
        Life life(world, seed);
        life.run();
        life.check();
        life.remove_all();
    }
}
