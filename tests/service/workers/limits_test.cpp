// Workers that reach their limits, in a real engine: each ends with its cause or goes on within its
// limit, and other workers are not affected.
#include "contracts/fields/write.h"
#include "tests/service/workers/container_engine.h"

using namespace workers_tests;
using tests::eventually;

namespace {

std::string with_limits(World& world, const std::string& command, ResourceLimits limits) {
    CreateWorker create = world.create_command(command);
    create.config.limits = limits;
    world.send(format_message(create));
    return create.request_id;
}

// One limit set as in the message; the others have their defaults.
ResourceLimits only(std::optional<std::int64_t> ResourceLimits::* which, std::int64_t value) {
    ResourceLimits limits;
    limits.*which = value;
    return limits;
}

}  // namespace

TEST_CASE("workers that eat, fill or fork end with their cause or stay within their limits") {
    ContainerEngine engine;
    World world;
    engine.use_in(world);
    world.adjust = [](WorkersSetting& setting) {
        setting.limits = {
            .memory_bytes = 64 << 20, .cpus = 0.5, .pids = 64, .disk_bytes = 16 << 20};
    };
    world.start_role();
    const std::string neighbour = world.running("until");
    const auto running = [&](const std::string& command, ResourceLimits limits) {
        const Json answer = world.response(with_limits(world, command, limits));
        INFO(dump_json(answer));
        REQUIRE(answer.at("success") == true);
        return answer.at("worker_id").get<std::string>();
    };
    const std::string eats = running("eat 160", only(&ResourceLimits::memory_mb, 96));
    const std::string eats_little = running("eat 96", only(&ResourceLimits::memory_mb, 192));
    const std::string fills = running("fill 12", only(&ResourceLimits::disk_mb, 8));
    const std::string fills_little = running("fill 24", only(&ResourceLimits::disk_mb, 48));
    ResourceLimits small = only(&ResourceLimits::pids, 40);
    small.cpu_percent = 100;
    const std::string forks = running("fork 5000", small);

    world.wait_ended(eats);
    CHECK(world.row(eats)->cause == EndCause::out_of_memory);
    eventually("its files are too many", [&] {
        world.clock().advance(10s);
        return world.row(fills)->phase == WorkerPhase::ended;
    });
    CHECK(world.row(fills)->cause == EndCause::disk_full);

    const Json limits = engine.container(forks).at("HostConfig");
    CHECK(limits.at("PidsLimit") == 40);
    CHECK(limits.at("NanoCpus") == 1'000'000'000);
    CHECK(limits.at("Memory") == 64 << 20);
    CHECK(engine.container(eats_little).at("HostConfig").at("Memory") == 192 << 20);
    for (const std::string& worker : {neighbour, eats_little, fills_little, forks}) {
        INFO(worker);
        CHECK(world.row(worker)->phase == WorkerPhase::running);
        CHECK(must(world.runtime().inspect(world.row(worker)->instance_id)).running);
    }
    world.end_worker(neighbour, 0);
    world.wait_ended(neighbour);
    CHECK(world.row(neighbour)->cause == EndCause::finished);
}

TEST_CASE("a configuration that asks for more than the daemon grants is refused by its field") {
    World world;
    world.adjust = [](WorkersSetting& setting) {
        setting.limits_times = 2;
        setting.limits = {
            .memory_bytes = 512 << 20, .cpus = 0.5, .pids = 256, .disk_bytes = 100 << 20};
    };
    world.start_role();
    const std::pair<ResourceLimits, std::string> wrong[] = {
        {only(&ResourceLimits::memory_mb, 1025),
         "config.limits.memory_mb: must be at most 1024 here, not 1025"},
        {only(&ResourceLimits::cpu_percent, 101),
         "config.limits.cpu_percent: must be at most 100 here, not 101"},
        {only(&ResourceLimits::pids, 513), "config.limits.pids: must be at most 512 here, not 513"},
        {only(&ResourceLimits::disk_mb, 201),
         "config.limits.disk_mb: must be at most 200 here, not 201"},
        {only(&ResourceLimits::memory_mb, 63), "config.limits.memory_mb"},
        {only(&ResourceLimits::pids, 0), "config.limits.pids"},
    };
    for (const auto& [limits, reason] : wrong) {
        const Json answer = world.response(with_limits(world, "until", limits));
        CHECK(answer.at("success") == false);
        CHECK(answer.at("error").get<std::string>().starts_with(reason));
    }
    ResourceLimits most = only(&ResourceLimits::memory_mb, 1024);
    most.cpu_percent = 100;
    most.pids = 512;
    most.disk_mb = 200;
    const Json answer = world.response(with_limits(world, "until", most));
    CHECK(answer.at("success") == true);
    CHECK(world.row(answer.at("worker_id"))->config.limits->memory_mb == 1024);
}
