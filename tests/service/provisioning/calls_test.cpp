// What a request to provision a server may do and what it may not: the graph's calls against a real
// store, the real Time4VPS client with a fake that answers as the real API did, and real ssh
// programs (no server answers here; see tests/service/provision).
#include "control/graphs/provisioning/calls.h"

#include "control/http/client.h"
#include "control/provider/time4vps.h"
#include "control/store/provisioning.h"
#include "control/store/server_access.h"
#include "control/store/servers.h"
#include "tests/fakes/time4vps_server.h"
#include "tests/support/temporary_directory.h"

#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace control;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using contracts::Json;
using contracts::Server;
using contracts::ServerStatus;

namespace {

struct Office {
    tests::TemporaryDirectory directory;
    tests::Time4VpsServer far;
    HttpClient client;
    std::unique_ptr<Database> db;
    std::optional<Vault> vault;
    contracts::SystemClock clock;
    std::unique_ptr<Provider> provider;
    std::unique_ptr<Provisioner> provisioner;
    graphs::ProvisionCallSettings settings{.managed = {"101"}, .boot = 0ms};
    Server server;

    Office() {
        auto opened = open_sqlite(directory / "a.db");
        REQUIRE(opened.has_value());
        db = std::move(*opened);
        vault = Vault::make_key(directory / "key").value();
        Time4VpsSettings account;
        account.base_url = far.url();
        account.username = tests::Time4VpsServer::kUser;
        account.password = tests::Time4VpsServer::kPassword;
        account.reinstall_poll = 10ms;
        provider = make_time4vps(account, client);
        REQUIRE(::mkdir((directory / "runs").c_str(), 0700) == 0);
        provisioner = make_ansible({.directory = directory / "runs"}, *db, *vault, clock);
        move_to("127.0.0.1");
        server.id = "s";
        server.name = server.handle = "web-1";
        server.provider_id = "101";
        server.ip_address = "127.0.0.1";
        server.is_managed = true;
        server.labels = {{"ssh_port", "1"}};
        server.status = ServerStatus::fresh;
        write([&](Transaction& tx) { return servers::insert(tx, server, clock.now()); });
    }
    void move_to(const std::string& address) const {
        far.control({{"servers", Json::array({{{"id", 101}, {"ip", address}}})}});
    }
    void write(const std::function<Result<void>(Transaction&)>& work) const {
        const Result<void> done = db->transaction(work);
        INFO((done ? "" : done.error().describe()));
        REQUIRE(done.has_value());
    }
    Result<Json> call(const std::string& name, Json arguments) {
        auto calls = graphs::provision_calls({.database = *db,
                                              .provider = provider.get(),
                                              .provisioner = *provisioner,
                                              .vault = *vault,
                                              .clock = clock,
                                              .stop = {},
                                              .progress = {}},
                                             settings);
        return calls.at("provision." + name)(arguments);
    }
    Result<Json> begin(const std::string& request, int attempt = 1, bool force = false) {
        return call("begin", {{"request_id", request},
                              {"server_handle", "web-1"},
                              {"attempt", attempt},
                              {"force_reinstall", force}});
    }
    Result<Json> reinstall(const std::string& request) {
        return call("reinstall", {{"request_id", request}, {"server_id", "s"}});
    }
    Server row() { return servers::find(*db, "s").value().entity; }
    void end(const std::string& request, ServerStatus status) {
        write([&](Transaction& tx) { return provisioning::end(tx, "s", request, status); });
    }
    void ask(const std::string& request) {
        write([&](Transaction& tx) -> Result<void> {
            const auto asked = provisioning::ask(
                tx, {.server_id = "s", .handle = {}, .request_id = request}, clock.now());
            return asked ? Result<void>() : fail(asked.error());
        });
    }
};

}  // namespace

TEST_CASE("provisioning: an id that is not managed is refused, and nothing is changed") {
    Office office;
    office.settings.managed.clear();
    const auto refused = office.begin("r1");
    CHECK(refused.error().kind == ErrorKind::conflict);
    CHECK_THAT(refused.error().message, ContainsSubstring("101 is not on MANAGED_SERVERS"));
    CHECK(office.row().status == ServerStatus::fresh);
    CHECK(office.row().provisioning_attempts == 0);
    CHECK(office.call("begin", {{"request_id", "r"}, {"server_handle", "nobody"}}).error().kind ==
          ErrorKind::not_found);
}

TEST_CASE("provisioning: a server whose address has changed is refused") {
    Office office;
    office.move_to("192.0.2.77");
    const auto refused = office.begin("r1");
    CHECK(refused.error().field == "ip_address");
    CHECK_THAT(refused.error().message, ContainsSubstring("192.0.2.77"));
    CHECK(office.row().status == ServerStatus::fresh);
}

TEST_CASE("provisioning: a provider that answers with a page stops nothing for good") {
    Office office;
    office.far.control({{"html", 1}});
    const auto failed = office.begin("r1");
    CHECK(failed.error().kind == ErrorKind::transient);
    CHECK(office.row().provisioning_attempts == 0);
    CHECK(office.begin("r1").has_value());
}

TEST_CASE("provisioning: three attempts, each counted once, then a person") {
    Office office;
    office.ask("r1");
    for (const int attempt : {1, 2, 3}) {
        REQUIRE(office.begin("r1", attempt).has_value());
        REQUIRE(office.begin("r1", attempt).has_value());  // the same call, made again
        CHECK(office.row().provisioning_attempts == attempt);
        CHECK(office.row().status == ServerStatus::provisioning);
    }
    CHECK_THAT(office.begin("r1", 4).error().message, ContainsSubstring("has failed 3 times"));
    office.end("r1", ServerStatus::error);
    // A message that nobody requested.
    CHECK_THAT(office.begin("r2").error().message, ContainsSubstring("has failed 3 times"));
    office.ask("r3");
    CHECK(office.row().provisioning_attempts == 0);
    REQUIRE(office.begin("r3").has_value());
    office.end("r3", ServerStatus::active);
    CHECK(office.row().provisioning_attempts == 0);
}

TEST_CASE("provisioning: two requests for one server do not meet") {
    Office office;
    REQUIRE(office.begin("r1").has_value());
    CHECK(office.begin("r2").error().field == "request_id");
    CHECK(office.call("reach", {{"request_id", "r2"}, {"server_id", "s"}}).error().field ==
          "request_id");
    CHECK_FALSE(office.db
                    ->transaction([&](Transaction& tx) {
                        return provisioning::end(tx, "s", "r2", ServerStatus::active);
                    })
                    .has_value());
    CHECK(office.row().status == ServerStatus::provisioning);
}

TEST_CASE("provisioning: a reinstall is asked for once, after one more look at id and address") {
    Office office;
    REQUIRE(office.begin("r1", 1, true).has_value());
    office.move_to("192.0.2.77");
    CHECK(office.reinstall("r1").error().field == "ip_address");
    office.move_to("127.0.0.1");
    const std::set<std::string> managed = std::exchange(office.settings.managed, {});
    CHECK_THAT(office.reinstall("r1").error().message, ContainsSubstring("not managed"));
    office.settings.managed = managed;
    CHECK(office.far.count("POST", "/server/101/reinstall") == 0);

    office.write([&](Transaction& tx) {
        return server_access::set_host_keys(tx, "s", "ssh-ed25519 old\n");
    });
    const auto done = office.reinstall("r1");
    INFO((done ? "" : done.error().describe()));
    REQUIRE(done.has_value());
    CHECK(done->empty());
    const std::string sealed = server_access::password(*office.db, "s").value();
    CHECK_FALSE(sealed.empty());
    CHECK(sealed.find("Xk9mP3qR7") == std::string::npos);
    CHECK(server_access::host_keys(*office.db, "s").value().empty());
    // The same call repeated after a crash does not reinstall the server a second time.
    CHECK(office.reinstall("r1").error().kind == ErrorKind::conflict);
    CHECK(office.far.count("POST", "/server/101/reinstall") == 1);
}

TEST_CASE("provisioning: a server that does not answer is never reinstalled") {
    Office office;
    REQUIRE(office.begin("r1").has_value());
    const auto away = office.call("reach", {{"request_id", "r1"}, {"server_id", "s"}});
    CHECK(away.error().kind == ErrorKind::transient);
    CHECK_THAT(away.error().message, ContainsSubstring("no ssh server answers"));
    CHECK(office.reinstall("r1").error().kind == ErrorKind::conflict);
    CHECK(office.far.count("POST", "/server/101/reinstall") == 0);
}
