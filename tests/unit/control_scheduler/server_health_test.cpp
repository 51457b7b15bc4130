// Looks at servers and their effects in the store: incidents, statuses, notices. The servers'
// answers are made up; tests/service/provision uses the real ssh.
#include "control/scheduler/server_health.h"

#include "control/store/incidents.h"
#include "control/store/outbox.h"
#include "control/store/run.h"
#include "control/store/servers.h"
#include "control/store/threads.h"
#include "tests/unit/control_scheduler/held_clock.h"
#include "tests/unit/control_scheduler/said_looks.h"
#include "tests/unit/control_store/drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

namespace control {

namespace {

using namespace std::chrono_literals;
using contracts::Incident;
using contracts::IncidentStatus;
using contracts::IncidentType;
using contracts::ServerStatus;

struct Servers {
    std::unique_ptr<Database> db;
    HeldClock clock;
    SaidLooks looks;
    bool leads = true;

    explicit Servers(std::unique_ptr<Database> database) : db(std::move(database)) { add("a"); }

    void add(const std::string& id, ServerStatus status = ServerStatus::active) {
        REQUIRE(db->transaction([&](Transaction& tx) {
                      contracts::Server server;
                      server.id = server.handle = server.name = server.provider_id = id;
                      server.ip_address = "192.0.2.1";
                      server.is_managed = true;
                      server.status = status;
                      return servers::insert(tx, server, clock.now());
                  }).has_value());
        looks.said[id] = well();
    }
    void change(const std::string& sql) {
        REQUIRE(db->transaction([&](Transaction& tx) { return run(tx, sql, {}); }).has_value());
    }
    Result<ServerHealth> look() {
        clock.advance(2min);
        return check_servers(*db, looks, clock,
                             [&](Queries&) -> Result<void> {
                                 if (leads) return {};
                                 return fail(ErrorKind::conflict, "another one leads", "lease");
                             },
                             {});
    }
    void look(int times) {
        for (int i = 0; i < times; ++i)
            REQUIRE(look().has_value());
    }
    contracts::Server row(const std::string& id = "a") {
        return servers::find(*db, id).value().entity;
    }
    std::vector<Incident> open(std::optional<IncidentType> type = {}) {
        std::vector<Incident> all;
        auto page = incidents::list(*db, {.limit = 500});
        REQUIRE(page.has_value());
        for (auto& one : page->items)
            if (one.entity.status == IncidentStatus::open && (!type || one.entity.type == *type))
                all.push_back(std::move(one.entity));
        return all;
    }
    std::vector<contracts::Json> notices() {
        std::vector<contracts::Json> all;
        const auto effects =
            threads::undelivered(*db, outbox::kUnclaimed, "publish", clock.now(), 100);
        REQUIRE(effects.has_value());
        for (const OutboxEffect& effect : *effects)
            all.push_back(contracts::parse_json(effect.body).value());
        return all;
    }
};

}  // namespace

TEMPLATE_TEST_CASE("P2.3.2 servers: three misses make it unreachable, two answers bring it back",
                   "", STORE_DRIVERS) {
    const TestType driver;
    Servers all(driver.open());
    all.look(1);
    CHECK(all.row().last_health_check);
    CHECK(all.row().usage.at("memory_percent") == 20);
    all.looks.silent = {"a"};
    all.look(2);
    CHECK(all.open().empty());
    CHECK(all.row().status == ServerStatus::active);
    all.look(3);
    REQUIRE(all.open().size() == 1);
    CHECK(all.open()[0].type == IncidentType::server_unreachable);
    CHECK(all.open()[0].subject == "health");
    CHECK(all.row().status == ServerStatus::unreachable);
    all.looks.silent.clear();
    all.look(1);
    CHECK(all.open().size() == 1);
    all.looks.silent = {"a"};  // a blip begins to count anew
    all.look(1);
    all.looks.silent.clear();
    all.look(1);
    CHECK(all.open().size() == 1);
    all.look(1);
    CHECK(all.open().empty());
    CHECK(all.row().status == ServerStatus::active);
    // The incident is opened again after somebody resolved it by hand.
    all.looks.silent = {"a"};
    all.look(3);
    all.change("UPDATE incidents SET status = 'resolved'");
    all.looks.silent.clear();
    all.look(2);
    CHECK(all.row().status == ServerStatus::active);
}

TEMPLATE_TEST_CASE("servers: one incident for each thing and subject, resolved when it is over", "",
                   STORE_DRIVERS) {
    const TestType driver;
    Servers all(driver.open());
    all.add("b");
    for (const char* id : {"a", "b"})
        all.looks.said[id].file_systems = {
            {.mounted_on = "/", .total_kib = 100, .free_kib = 5},
            {.mounted_on = "/opt/services", .total_kib = 100, .free_kib = 5}};
    all.look(4);
    CHECK(all.open(IncidentType::disk_full).size() == 4);
    CHECK(all.open().size() == 4);
    all.looks.said["a"].file_systems = {{.mounted_on = "/", .total_kib = 100, .free_kib = 12}};
    all.look(1);  // between thresholds it stays; an unmounted disk is not full
    CHECK(all.open(IncidentType::disk_full).size() == 3);
    all.looks.said["a"].file_systems[0].free_kib = 50;
    all.look(1);
    CHECK(all.open(IncidentType::disk_full).size() == 2);
    all.looks.said["b"].docker = DockerState::down;
    all.look(1);
    CHECK(all.open(IncidentType::docker_down).empty());
    all.look(1);
    CHECK(all.open(IncidentType::docker_down).size() == 1);
    // A server that is taken out of use causes no more notices.
    all.change("UPDATE servers SET status = 'reserved' WHERE id = 'b'");
    all.look(1);
    CHECK(all.open().empty());
}

TEST_CASE("servers: only those in use are spoken to") {
    const SqliteDriver driver;
    Servers all(driver.open());
    for (const auto& [id, status] :
         {std::pair("new", ServerStatus::fresh), std::pair("reserved", ServerStatus::reserved),
          std::pair("provisioning", ServerStatus::provisioning),
          std::pair("error", ServerStatus::error),
          std::pair("unreachable", ServerStatus::unreachable),
          std::pair("missing", ServerStatus::missing)})
        all.add(id, status);
    all.add("foreign");
    all.change("UPDATE servers SET is_managed = 0 WHERE id = 'foreign'");
    all.add("moved");
    REQUIRE(all.db
                ->transaction([&](Transaction& tx) -> Result<void> {
                    Incident incident;
                    incident.server_id = "moved";
                    incident.subject = "address";
                    incident.title = "moved";
                    auto opened = incidents::open_once(tx, incident, all.clock.now());
                    return opened ? Result<void>() : fail(opened.error());
                })
                .has_value());
    all.look(3);
    CHECK(all.looks.asked == std::vector<std::string>{"a"});
    CHECK(all.row("unreachable").status == ServerStatus::unreachable);
    // A server whose address changes during the look is not judged by the old address.
    all.looks.silent = {"a"};
    all.looks.meanwhile = [&] {
        all.change("UPDATE servers SET ip_address = '192.0.2.2'");
    };
    CHECK(all.look().value().asked == 0);
}

TEST_CASE("servers: admins are told of each kind once an hour, with what to do next") {
    const SqliteDriver driver;
    Servers all(driver.open());
    for (int i = 0; i < 7; ++i)
        all.add("s" + std::to_string(i));
    for (int i = 0; i < 7; ++i)
        all.looks.said["s" + std::to_string(i)].file_systems[0].free_kib = 1;
    all.look(1);
    REQUIRE(all.notices().size() == 1);
    const std::string text = all.notices()[0]["text"];
    // Servers are looked at in parallel, so any five of the seven are named.
    CHECK(text.starts_with("The disk of s"));
    CHECK(text.find(" is nearly full. / is 99 % full") != std::string::npos);
    CHECK(text.find("docker system df") != std::string::npos);
    CHECK(text.find("And 2 more: orchestrator infra incidents") != std::string::npos);
    CHECK(all.notices()[0]["data"]["state"] == "disk_full:open");
    // A notice of another full disk waits for the hour to end; another kind does not wait.
    all.looks.said["a"].file_systems[0].free_kib = 1;
    all.looks.said["a"].needs_reboot = true;
    all.look(2);
    CHECK(all.notices().size() == 2);
    all.clock.advance(1h);
    all.look(2);
    REQUIRE(all.notices().size() == 3);
    CHECK(std::string(all.notices()[2]["text"]).find("The disk of a ") == 0);
    // One notice when all have recovered; it leaves out those that were never reported.
    for (auto& [id, figures] : all.looks.said)
        figures.file_systems[0].free_kib = 90;
    all.look(2);
    REQUIRE(all.notices().size() == 4);
    CHECK(std::string(all.notices()[3]["text"]).find("It is over: The disk of ") == 0);
}

TEST_CASE("servers: who does not lead any more writes nothing") {
    const SqliteDriver driver;
    Servers all(driver.open());
    all.looks.said["a"].file_systems[0].free_kib = 1;
    all.leads = false;
    CHECK_FALSE(all.look());
    CHECK(all.open().empty());
    CHECK_FALSE(all.row().last_health_check);
}

}  // namespace control
