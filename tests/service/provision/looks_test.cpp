// The health checks over the real ssh: on a sound server, one that lies, one whose disk is full,
// and one that is a different machine.
#include "control/provision/server_look.h"
#include "control/ssh/installation_key.h"
#include "control/store/server_access.h"
#include "control/store/servers.h"
#include "tests/support/eventually.h"
#include "tests/support/server/server.h"
#include "tests/support/temporary_directory.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

using namespace control;
using namespace std::chrono_literals;
using contracts::ErrorKind;

namespace {

struct House {
    tests::TemporaryDirectory directory;
    std::unique_ptr<Database> db;
    std::optional<Vault> vault;
    contracts::SystemClock clock;
    std::unique_ptr<ServerLooks> looks;
    std::unique_ptr<Provisioner> provisioner;

    House() {
        db = open_sqlite(directory / "a.db").value();
        vault = Vault::make_key(directory / "key").value();
        for (const char* name : {"runs", "looks"})
            REQUIRE(::mkdir((directory / name).c_str(), 0700) == 0);
        looks = make_ssh_looks({.directory = directory / "looks"}, *db, *vault, clock);
        provisioner = make_ansible({.directory = directory / "runs"}, *db, *vault, clock);
    }
    ProvisionTarget add(const std::string& id, std::uint16_t port) {
        REQUIRE(db->transaction([&](Transaction& tx) {
                      contracts::Server server;
                      server.id = server.handle = server.name = server.provider_id = id;
                      server.ip_address = "127.0.0.1";
                      return servers::insert(tx, server, clock.now());
                  }).has_value());
        return {.server_id = id, .handle = id, .address = "127.0.0.1", .port = port};
    }
    // The server as provisioning leaves it: our key is installed and its host keys are recorded.
    ProvisionTarget add(const std::string& id, const tests::Server& server) {
        ProvisionTarget target = add(id, server.port());
        const auto given = provisioner->give_key(target, tests::Server::kPassword, {});
        INFO((given ? "" : given.error().describe()));
        REQUIRE(given.has_value());
        return target;
    }
    std::vector<Result<ServerFigures>> look(const std::vector<ProvisionTarget>& targets) {
        auto all = looks->look(targets, {});
        REQUIRE(all.has_value());
        CHECK(std::filesystem::is_empty(directory / "looks"));
        return *std::move(all);
    }
    Result<ServerFigures> look(const ProvisionTarget& target) {
        return std::move(look(std::vector{target}).at(0));
    }
};

std::unique_ptr<tests::Server> server_to_look_at() {
    try {
        return std::make_unique<tests::Server>();
    } catch (const tests::NoServer& reason) {
        SKIP(reason.what());
    }
    std::abort();  // SKIP does not return
}

}  // namespace

TEST_CASE("looks: a server says how it is over ssh, and nothing of ours is left there or here") {
    const auto server = server_to_look_at();
    House house;
    const ProvisionTarget target = house.add("web-1", *server);
    const auto figures = house.look(target);
    INFO((figures ? "" : figures.error().describe()));
    REQUIRE(figures);
    CHECK(figures->memory_total_kib > 100'000);
    CHECK(figures->memory_available_kib <= figures->memory_total_kib);
    CHECK(figures->processors >= 1);
    REQUIRE_FALSE(figures->file_systems.empty());
    CHECK(figures->file_systems[0].mounted_on == "/");
    CHECK(figures->clock_ahead.count() == 0);
    CHECK_FALSE(figures->needs_reboot);
    CHECK(figures->docker != DockerState::up);  // no service manager runs on this server

    // A full disk, an update that needs a reboot, a Docker that answers, a wrong clock.
    (void)server->run(
        "mkdir -p /opt/services && mount -t tmpfs -o size=1m tmpfs /opt/services && "
        "(cat /dev/zero > /opt/services/full || true) 2>/dev/null; touch /run/reboot-required; "
        "printf '#!/bin/sh\\nexit 0\\n' > /usr/local/bin/docker; "
        "printf '#!/bin/sh\\necho 1000\\n' > /usr/local/bin/date; "
        "chmod +x /usr/local/bin/docker /usr/local/bin/date");
    const auto worse = house.look(target);
    INFO((worse ? "" : worse.error().describe()));
    REQUIRE(worse);
    CHECK(worse->file_systems.size() == 2);
    CHECK(worse->file_systems[1].mounted_on == "/opt/services");
    CHECK(worse->file_systems[1].free_kib == 0);
    CHECK(worse->needs_reboot);
    CHECK(worse->docker == DockerState::up);
    CHECK(worse->clock_ahead < -1h);
    // 100 MB instead of an answer: the reading is bounded, and there are no figures.
    (void)server->run("printf '#!/bin/sh\\nyes | head -c 100000000\\n' > /usr/local/bin/date");
    struct rusage before{}, after{};
    REQUIRE(::getrusage(RUSAGE_SELF, &before) == 0);
    const auto flood = house.look(target);
    REQUIRE(::getrusage(RUSAGE_SELF, &after) == 0);
    CHECK_FALSE(flood);
    CHECK(after.ru_maxrss - before.ru_maxrss < 20 * 1024);
}

TEST_CASE("looks: who is away, was never met, or shows another key is said for what it is") {
    const auto server = server_to_look_at();
    House house;
    const ProvisionTarget known = house.add("known", *server);
    ProvisionTarget impostor = known;  // a row of another server at this address
    impostor.server_id = "impostor";
    (void)house.add("impostor", 22);
    REQUIRE(house.db
                ->transaction([&](Transaction& tx) {
                    return server_access::set_host_keys(
                        tx, "impostor",
                        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB+qoclDKl9wTTPA0TqmYJ5A2wFWGgN3XQZf3S"
                        "SWlOJ4\n");
                })
                .has_value());
    const ProvisionTarget stranger = house.add("stranger", server->port());
    const auto all = house.look(std::vector{known, impostor, stranger});
    INFO((all[0] ? "" : all[0].error().describe()));
    CHECK(all[0].has_value());
    REQUIRE_FALSE(all[1]);
    CHECK(all[1].error().kind == ErrorKind::conflict);
    CHECK(all[1].error().field == "host_key");
    REQUIRE_FALSE(all[2]);
    CHECK(all[2].error().kind == ErrorKind::permission);
    CHECK(all[2].error().field == "host_key");
    // Our key is removed.
    (void)server->run("mv /root/.ssh/authorized_keys /root/.ssh/away");
    CHECK(house.look(known).error().kind == ErrorKind::permission);
    server->go_away();
    CHECK(house.look(known).error().kind == ErrorKind::transient);
}

TEST_CASE("looks: a hundred servers on one core within the interval") {
    const auto server = server_to_look_at();
    House house;
    std::vector<ProvisionTarget> targets{house.add("s0", *server)};
    const std::string keys = server_access::host_keys(*house.db, "s0").value();
    for (int i = 1; i < 100; ++i) {
        targets.push_back(house.add("s" + std::to_string(i), server->port()));
        REQUIRE(house.db
                    ->transaction([&](Transaction& tx) {
                        return server_access::set_host_keys(tx, targets.back().server_id, keys);
                    })
                    .has_value());
    }
    cpu_set_t all_cores, one_core;
    REQUIRE(::sched_getaffinity(0, sizeof all_cores, &all_cores) == 0);
    CPU_ZERO(&one_core);
    for (int core = 0; CPU_COUNT(&one_core) == 0; ++core)
        if (CPU_ISSET(core, &all_cores)) CPU_SET(core, &one_core);
    REQUIRE(::sched_setaffinity(0, sizeof one_core, &one_core) == 0);
    const auto began = std::chrono::steady_clock::now();
    const auto figures = house.look(targets);
    const auto took = std::chrono::steady_clock::now() - began;
    REQUIRE(::sched_setaffinity(0, sizeof all_cores, &all_cores) == 0);
    WARN("100 servers were looked at in "
         << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
    for (const auto& one : figures) {
        INFO((one ? "" : one.error().describe()));
        CHECK(one.has_value());
    }
    CHECK(took < 120s);
}
