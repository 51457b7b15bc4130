#include "control/scheduler/server_sync.h"

#include "control/http/client.h"
#include "control/provider/time4vps.h"
#include "control/scheduler/provisioner_trigger.h"
#include "control/store/incidents.h"
#include "control/store/provisioning.h"
#include "control/store/servers.h"
#include "control/store/threads.h"
#include "tests/fakes/time4vps_server.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace control;
using Catch::Matchers::ContainsSubstring;
using contracts::IncidentStatus;
using contracts::Json;
using contracts::Server;
using contracts::ServerStatus;

namespace {

// A store, and a fake Time4VPS with the real client in between.
struct Fleet {
    tests::TemporaryDirectory directory;
    tests::Time4VpsServer far;
    HttpClient client;
    std::unique_ptr<Database> db;
    std::unique_ptr<Provider> provider;
    contracts::SystemClock clock;
    ServerSyncSettings settings{.managed = {"101"}};
    bool leads = true;

    Fleet() {
        auto opened = open_sqlite(directory / "a.db");
        REQUIRE(opened.has_value());
        db = std::move(*opened);
        Time4VpsSettings account;
        account.base_url = far.url();
        account.username = tests::Time4VpsServer::kUser;
        account.password = tests::Time4VpsServer::kPassword;
        provider = make_time4vps(account, client);
        list({{101, "192.0.2.1"}, {102, "192.0.2.2"}});
    }
    void list(const std::vector<std::pair<int, std::string>>& servers) const {
        Json all = Json::array();
        for (const auto& [id, address] : servers)
            all.push_back({{"id", id}, {"ip", address}, {"cpu_cores", 2}, {"status", "Active"}});
        far.control({{"servers", all}});
    }
    Result<ServerSync> sync() {
        return sync_servers(*db, *provider, settings, clock,
                            [&](Queries&) -> Result<void> {
                                if (leads) return {};
                                return fail(ErrorKind::conflict, "another one leads", "lease");
                            },
                            {});
    }
    std::optional<Server> find(const std::string& provider_id) {
        auto page = servers::list(*db, {.filters = {{"provider_id", provider_id}}});
        REQUIRE(page.has_value());
        if (page->items.empty()) return std::nullopt;
        REQUIRE(page->items.size() == 1);
        return page->items.front().entity;
    }
    Server row(const std::string& provider_id) {
        const auto found = find(provider_id);
        REQUIRE(found.has_value());
        return *found;
    }
    void set(const std::string& provider_id, ServerStatus status) {
        auto page = servers::list(*db, {.filters = {{"provider_id", provider_id}}});
        REQUIRE(page.has_value());
        auto row = page->items.front();
        row.entity.status = status;
        REQUIRE(
            db->transaction([&](Transaction& tx) { return servers::update(tx, row); }).has_value());
    }
    std::vector<contracts::Incident> incidents() {
        std::vector<contracts::Incident> all;
        auto page = incidents::list(*db, {});
        REQUIRE(page.has_value());
        for (auto& one : page->items)
            all.push_back(std::move(one.entity));
        return all;
    }
    std::vector<OutboxEffect> posted(const std::string& stream) {
        auto all = threads::undelivered(*db, "unclaimed", "publish", clock.now(), 100);
        REQUIRE(all.has_value());
        std::erase_if(*all, [&](const OutboxEffect& effect) { return effect.target != stream; });
        return *all;
    }
    Result<PeriodicOutcome> trigger() {
        auto task = provisioner_trigger_task(*db, clock, std::chrono::seconds(1));
        std::optional<Lease> lease;
        REQUIRE(db->transaction([&](Transaction& tx) -> Result<void> {
                      lease = *leases::acquire(tx, "scheduler", "me", clock.now(),
                                               std::chrono::seconds(60));
                      return {};
                  }).has_value());
        return task.run_once(*lease, {});
    }
};

}  // namespace

TEST_CASE("P2.3.2 server sync: a new managed server is asked for, any other is reserved") {
    Fleet fleet;
    const auto sync = fleet.sync();
    REQUIRE(sync.has_value());
    CHECK(sync->listed == 2);
    CHECK(sync->added == 2);
    const Server managed = fleet.row("101");
    CHECK(managed.is_managed);
    CHECK(managed.status == ServerStatus::pending_setup);
    CHECK(managed.handle == "time4vps-101");
    CHECK(managed.specs["cpus"] == 2);
    CHECK(fleet.row("102").status == ServerStatus::reserved);
    CHECK_FALSE(fleet.row("102").is_managed);
    CHECK(fleet.posted("chat:notices").size() == 1);
    REQUIRE(fleet.sync()->added == 0);
    CHECK(fleet.posted("chat:notices").size() == 1);
}

TEST_CASE("server sync: an empty list of managed ids manages nothing") {
    Fleet fleet;
    fleet.settings.managed.clear();
    REQUIRE(fleet.sync().has_value());
    CHECK(fleet.row("101").status == ServerStatus::reserved);
    REQUIRE(fleet.trigger().has_value());
    CHECK(fleet.posted("provisioner:queue").empty());
}

TEST_CASE("server sync: a server that was known before is never scheduled by the list") {
    Fleet fleet;
    fleet.settings.managed.clear();
    REQUIRE(fleet.sync().has_value());
    fleet.settings.managed = {"101"};
    REQUIRE(fleet.sync().has_value());
    CHECK(fleet.row("101").is_managed);
    CHECK(fleet.row("101").status == ServerStatus::fresh);
    CHECK(fleet.trigger()->text == "0 servers were sent on");
}

TEST_CASE("server sync: scheduled work of a server that leaves the list is withdrawn") {
    Fleet fleet;
    REQUIRE(fleet.sync().has_value());
    fleet.settings.managed.clear();
    REQUIRE(fleet.sync().has_value());
    CHECK(fleet.row("101").status == ServerStatus::reserved);
    CHECK(fleet.trigger()->text == "0 servers were sent on");
}

TEST_CASE(
    "P2.3.2 server sync: the trigger sends each request once, in one transaction with its note") {
    Fleet fleet;
    REQUIRE(fleet.sync().has_value());
    CHECK(fleet.trigger()->text == "1 servers were sent on");
    CHECK(fleet.trigger()->text == "0 servers were sent on");
    const auto sent = fleet.posted("provisioner:queue");
    REQUIRE(sent.size() == 1);
    const Json message = Json::parse(sent[0].body);
    CHECK(message["server_handle"] == "time4vps-101");
    CHECK(message["force_reinstall"] == false);
    CHECK(sent[0].key == "provision:" + message["request_id"].get<std::string>());
}

TEST_CASE("server sync: a provider that fails is one incident and never zero servers") {
    Fleet fleet;
    REQUIRE(fleet.sync().has_value());
    for (int round = 0; round < 5; ++round) {
        fleet.far.control({{"html", 1}});
        const auto failed = fleet.sync();
        REQUIRE_FALSE(failed.has_value());
        CHECK_THAT(failed.error().describe(), ContainsSubstring("no server is changed"));
    }
    CHECK(fleet.row("102").status == ServerStatus::reserved);
    REQUIRE(fleet.incidents().size() == 1);
    const auto incident = fleet.incidents().front();
    CHECK(incident.type == contracts::IncidentType::provider_unavailable);
    CHECK_FALSE(incident.server_id.has_value());
    CHECK(incident.status == IncidentStatus::open);
    CHECK_THAT(*incident.description, ContainsSubstring("did not answer with JSON"));
    CHECK(fleet.posted("chat:notices").size() == 2);  // the new server, the incident
    REQUIRE(fleet.sync().has_value());
    CHECK(fleet.incidents().front().status == IncidentStatus::resolved);
}

TEST_CASE("server sync: missing after three lists in a row, and what it was when it is back") {
    Fleet fleet;
    REQUIRE(fleet.sync().has_value());
    fleet.set("101", ServerStatus::active);
    fleet.list({{102, "192.0.2.2"}});
    REQUIRE(fleet.sync().has_value());
    REQUIRE(fleet.sync().has_value());
    CHECK(fleet.row("101").status == ServerStatus::active);
    CHECK(fleet.sync()->went_missing == 1);
    CHECK(fleet.row("101").status == ServerStatus::missing);
    CHECK(fleet.sync()->went_missing == 0);
    fleet.list({{101, "192.0.2.1"}, {102, "192.0.2.2"}});
    CHECK(fleet.sync()->came_back == 1);
    CHECK(fleet.row("101").status == ServerStatus::active);
    // Two misses, one hit, two misses: these are not three in a row.
    for (const bool listed : {false, false, true, false, false}) {
        listed ? fleet.list({{101, "192.0.2.1"}, {102, "192.0.2.2"}})
               : fleet.list({{102, "192.0.2.2"}});
        CHECK(fleet.sync()->went_missing == 0);
    }
}

TEST_CASE("server sync: a used server whose address changes is an incident, and keeps its row") {
    Fleet fleet;
    REQUIRE(fleet.sync().has_value());
    fleet.set("101", ServerStatus::active);
    fleet.list({{101, "192.0.2.9"}, {102, "192.0.2.8"}});
    REQUIRE(fleet.sync().has_value());
    REQUIRE(fleet.sync().has_value());
    CHECK(fleet.row("101").ip_address == "192.0.2.1");
    CHECK(fleet.row("101").status == ServerStatus::unreachable);
    CHECK(fleet.row("102").ip_address == "192.0.2.8");
    REQUIRE(fleet.incidents().size() == 1);
    CHECK(fleet.incidents().front().title == "The address of time4vps-101 has changed");
    // A person confirms the change.
    const std::string id = fleet.row("101").id;
    REQUIRE(fleet.db
                ->transaction([&](Transaction& tx) -> Result<void> {
                    const auto released = provisioning::release(tx, id);
                    return released ? Result<void>() : fail(released.error());
                })
                .has_value());
    REQUIRE(fleet.sync().has_value());
    CHECK(fleet.row("101").ip_address == "192.0.2.9");
    REQUIRE(fleet.sync().has_value());
    CHECK(fleet.incidents().front().status == IncidentStatus::resolved);
}

TEST_CASE("server sync: a row that was written by hand is taken over, and others are left alone") {
    Fleet fleet;
    REQUIRE(fleet.db
                ->transaction([&](Transaction& tx) -> Result<void> {
                    Server server;
                    server.id = server.name = server.handle = "mine";
                    server.provider_id = "102";
                    server.ip_address = "192.0.2.2";
                    if (auto put = servers::insert(tx, server, fleet.clock.now()); !put) return put;
                    server.id = server.name = server.handle = server.provider_id = "local";
                    server.status = ServerStatus::active;
                    return servers::insert(tx, server, fleet.clock.now());
                })
                .has_value());
    CHECK(fleet.sync()->added == 1);
    CHECK(fleet.row("102").handle == "mine");
    fleet.list({{101, "192.0.2.1"}});
    for (int round = 0; round < 3; ++round)
        REQUIRE(fleet.sync().has_value());
    CHECK(fleet.row("102").status == ServerStatus::missing);
    CHECK(fleet.row("local").status == ServerStatus::active);
}

TEST_CASE("server sync: a daemon that no longer leads writes nothing") {
    Fleet fleet;
    fleet.leads = false;
    CHECK(fleet.sync().error().field == "lease");
    CHECK_FALSE(fleet.find("101").has_value());
}
