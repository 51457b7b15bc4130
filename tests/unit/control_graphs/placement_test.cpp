// Where a new deployment goes: the managed server with the most free memory and a free port, and
// nothing is given to two deployments at once.
#include "control/graphs/deploy/placement.h"
#include "contracts/base/id.h"
#include "control/graphs/deploy/capacity.h"
#include "control/store/allocations.h"
#include "control/store/servers.h"
#include "tests/unit/control_graphs/simulation.h"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <thread>

namespace {

using contracts::Json;
using contracts::Server;
using contracts::ServerStatus;
using namespace control::graphs;

Server server_of(const std::string& handle, std::int64_t memory_mb) {
    Server server;
    server.id = server.name = server.handle = server.provider_id = handle;
    server.ip_address = "192.0.2.1";
    server.status = ServerStatus::active;
    server.is_managed = true;
    server.specs = {{"memory_mb", memory_mb}, {"disk_mb", 20'000}};
    return server;
}

struct Estate {
    tests::SimulatedStore store;
    tests::StillClock clock;
    DeployCallSettings settings{
        .body = DeployBody::ssh, .first_port = 8100, .last_port = 8199, .memory_mb = 512};

    void add(const Server& server) {
        REQUIRE(store.db->transaction([&](control::Transaction& tx) {
            return control::servers::insert(tx, server, clock.now());
        }));
    }
    std::string project() {
        return store.make_task(contracts::TaskType::deploy, clock, contracts::random_hex(4))
            .project_id;
    }
    Placed place(const std::string& project, std::optional<std::int64_t> avoid = {}) {
        const auto placed =
            control::graphs::place(*store.db, settings, project, "web", avoid, clock.now());
        INFO((placed ? "" : placed.error().describe()));
        REQUIRE(placed.has_value());
        return *placed;
    }
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the managed, active server with the most free memory gets it, and keeps it") {
    Estate estate;
    estate.add(server_of("small", 2'000));
    estate.add(server_of("large", 4'000));
    Server away = server_of("away", 64'000);
    away.status = ServerStatus::unreachable;
    estate.add(away);
    Server foreign = server_of("foreign", 64'000);
    foreign.is_managed = false;
    estate.add(foreign);
    const std::string project = estate.project();
    const Placed first = estate.place(project);
    REQUIRE(first.placement);
    CHECK(first.placement->server_id == "large");
    CHECK(first.placement->port == 8100);
    // The next deployments use the memory that the first one has left.
    std::multiset<std::string> chosen;
    for (int i = 0; i < 5; ++i)
        chosen.insert(estate.place(estate.project()).placement->server_id);
    CHECK(chosen.count("small") == 1);
    CHECK(chosen.count("large") == 4);
    CHECK(estate.place(project).placement->port == 8100);
    CHECK(estate.place(project, 8100).placement->server_id == "large");
    CHECK(estate.place(project).placement->port != 8100);
}

TEST_CASE("a reserved port is nobody's, and a range that is used up is no room") {
    Estate estate;
    estate.add(server_of("one", 64'000));
    estate.settings.last_port = 8102;
    estate.settings.reserved_ports = {8101};
    CHECK(estate.place(estate.project()).placement->port == 8100);
    CHECK(estate.place(estate.project()).placement->port == 8102);
    const Placed none = estate.place(estate.project());
    REQUIRE(none.no_room);
    CHECK(has(none.no_room->reason, "one: no port from 8100 to 8102 is free"));
    CHECK_FALSE(none.no_room->is_final);
}

TEST_CASE("why no server takes it is said, and whether that can change") {
    Estate estate;
    Placed none = estate.place(estate.project());
    REQUIRE(none.no_room);
    CHECK(none.no_room->is_final);
    CHECK(has(none.no_room->reason, "MANAGED_SERVERS"));
    estate.add(server_of("tiny", 256));
    none = estate.place(estate.project());
    REQUIRE(none.no_room);
    CHECK(none.no_room->is_final);
    CHECK(has(none.no_room->reason, "tiny has less than 768 MB of memory"));
    Server unknown = server_of("unknown", 0);
    unknown.specs = Json::object();
    estate.add(unknown);
    Server busy = server_of("busy", 4'000);
    busy.usage = {{"memory_percent", 97}};
    estate.add(busy);
    Server full = server_of("full", 4'000);
    full.usage = {{"disk_percent", {{"/", 99}}}};
    estate.add(full);
    none = estate.place(estate.project());
    REQUIRE(none.no_room);
    CHECK_FALSE(none.no_room->is_final);
    CHECK(has(none.no_room->reason, "unknown has not told its memory yet"));
    CHECK(has(none.no_room->reason, "busy has no memory left"));
    CHECK(has(none.no_room->reason, "full has no disk left"));
}

TEST_CASE("what a look at a server saw stands for what its provider does not say") {
    Estate estate;
    Server seen = server_of("seen", 0);
    seen.specs = Json::object();
    seen.usage = {{"memory_total_kib", 4'000 * 1024}, {"memory_percent", 10}};
    estate.add(seen);
    CHECK(estate.place(estate.project()).placement->server_id == "seen");
}

TEST_CASE("figures of a server that are no figures do not break the look") {
    DeployCallSettings settings;
    for (const Json& odd : {Json("4000"), Json(-1), Json(1e300), Json(nullptr), Json::array()}) {
        Server server = server_of("odd", 4'000);
        server.specs["memory_mb"] = odd;
        CHECK_FALSE(room_on(server, 0, settings).refusal.empty());
        server = server_of("odd", 4'000);
        server.usage = {{"memory_percent", odd}, {"disk_percent", {{"/", odd}}}};
        CHECK(room_on(server, 0, settings).free_memory_mb <= 4'000);
    }
}

TEST_CASE("deployments that are placed at once share neither a port nor the last room") {
    Estate estate;
    // There is room for three.
    estate.add(server_of("one", 256 + 3 * 512));
    std::vector<std::string> projects;
    for (int i = 0; i < 8; ++i)
        projects.push_back(estate.project());
    std::vector<control::Result<Placed>> ends(projects.size(), Placed{});
    {
        std::vector<std::jthread> placers;
        for (std::size_t i = 0; i < projects.size(); ++i)
            placers.emplace_back([&, i] {
                ends[i] = control::graphs::place(*estate.store.db, estate.settings, projects[i],
                                                 "web", std::nullopt, estate.clock.now());
            });
    }
    std::set<std::int64_t> ports;
    int without = 0;
    for (const auto& end : ends) {
        REQUIRE(end.has_value());
        if (end->placement)
            CHECK(ports.insert(end->placement->port).second);
        else
            ++without;
    }
    CHECK(ports.size() == 3);
    CHECK(without == 5);
    // Gives back the place of each project; those without one are not affected.
    for (const std::string& project : projects)
        REQUIRE(estate.store.db
                    ->transaction(
                        [&](control::Transaction& tx) { return give_back(tx, project, "web"); })
                    .has_value());
}
