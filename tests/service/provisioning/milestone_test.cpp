// P2.4 of the migration plan: the result of a provisioning reaches the server's row and the admins.
// The graph itself does this without a listener; each run's writes go to a real store.
#include "control/graphs/provisioning/record.h"
#include "control/store/incidents.h"
#include "control/store/provisioning.h"
#include "control/store/servers.h"
#include "tests/service/provisioning/walk.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;
using contracts::Json;
using contracts::Server;
using contracts::ServerStatus;
using tests::Walk;

namespace {

struct Registry {
    tests::TemporaryDirectory directory;
    std::unique_ptr<Database> db = open_sqlite(directory / "a.db").value();
    contracts::SystemClock clock;

    Registry() {
        change([&](Transaction& tx) -> Result<void> {
            Server server;
            server.id = "s";
            server.name = server.handle = "web-1";
            server.provider_id = "101";
            server.ip_address = "192.0.2.10";
            server.is_managed = true;
            server.status = ServerStatus::fresh;
            return servers::insert(tx, server, clock.now());
        });
        change([&](Transaction& tx) -> Result<void> {
            const auto begun = provisioning::begin_attempt(
                tx, {.server_id = "s", .handle = "web-1", .request_id = "r1"}, 1, clock.now());
            return begun ? Result<void>() : fail(begun.error());
        });
    }
    void change(const std::function<Result<void>(Transaction&)>& work) {
        const Result<void> done = db->transaction(work);
        INFO((done ? "" : done.error().describe()));
        REQUIRE(done.has_value());
    }
    // Applies the writes of a run, as the engine does.
    void record(const Walk& walk) {
        const graphs::Writers writers = graphs::provisioning_writers();
        for (const Json& body : walk.written)
            change([&](Transaction& tx) {
                return writers.at("provision.record")(tx, body, clock.now());
            });
    }
    ServerStatus status() { return servers::find(*db, "s").value().entity.status; }
    std::int64_t open_incidents() {
        const auto page = incidents::list(*db, {});
        REQUIRE(page.has_value());
        return std::ranges::count_if(page->items, [](const auto& one) {
            return one.entity.status == contracts::IncidentStatus::open;
        });
    }
};

Json broken(const char* kind) {
    return {{"ok", false}, {"kind", kind}, {"error", "it broke"}};
}

}  // namespace

TEST_CASE("P2.4.1 the server's row says how its provisioning ended") {
    Registry registry;
    CHECK(registry.status() == ServerStatus::provisioning);
    Walk walk;
    walk.run();
    registry.record(walk);
    CHECK(registry.status() == ServerStatus::active);
    CHECK(registry.open_incidents() == 0);

    Registry failing;
    Walk failed;
    failed.answers["provision.access"] = {broken("permanent")};
    failed.run();
    failing.record(failed);
    CHECK(failing.status() == ServerStatus::error);
    CHECK(failing.open_incidents() == 1);

    Registry silent;
    Walk away;
    away.answers["provision.reach"] = {broken("transient")};
    away.run();
    silent.record(away);
    CHECK(silent.status() == ServerStatus::unreachable);
}

TEST_CASE("P2.4.2 admins get a notice when a provisioning has failed") {
    Walk walk;
    walk.answers["provision.software"] = {broken("permanent")};
    walk.run();
    REQUIRE(walk.notices.size() == 1);
    CHECK(walk.notices[0]["kind"] == "provision_failed");
    CHECK(walk.notices[0]["text"].get<std::string>().find("it broke") != std::string::npos);
}

TEST_CASE("P2.4.3 each provisioning has one result on provisioner:results") {
    for (const char* call : {"", "provision.reach", "provision.access", "provision.software"}) {
        Walk walk;
        if (*call != 0) walk.answers[call] = {broken("transient")};
        walk.run();
        INFO(call);
        REQUIRE(walk.results.size() == 1);
        CHECK(walk.results[0]["request_id"] == "r1");
        CHECK(walk.results[0]["status"] == (*call == 0 ? "success" : "failed"));
    }
}
