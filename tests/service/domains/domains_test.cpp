// Deployments under their own names: the real Caddy, a real certificate authority, and a visitor
// that trusts only that authority.
#include "control/domains/domains.h"

#include "control/domains/visit.h"
#include "control/http/server.h"
#include "control/router/caddy.h"
#include "control/store/incidents.h"
#include "control/store/project_domains.h"
#include "control/store/projects.h"
#include "control/store/run.h"
#include "control/store/servers.h"
#include "control/store/service_deployments.h"
#include "tests/service/domains/edge.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <set>
#include <thread>

using namespace control;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

class MovedClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override {
        return contracts::SystemClock().now() + later;
    }
    [[nodiscard]] contracts::Instant instant() const override {
        return contracts::SystemClock().instant() + later;
    }
    std::chrono::milliseconds later{0};
};

// A deployed program that answers with its name.
class Program {
public:
    explicit Program(std::string name) {
        auto door = server_.listen_tcp(
            "127.0.0.1", 0, [name = std::move(name)](const HttpRequest&, HttpReply reply) {
                reply({200, {}, "this is " + name});
            });
        REQUIRE(door);
        door_ = std::move(*door);
        thread_ = std::jthread([this] { server_.run(); });
    }
    ~Program() { server_.stop(); }
    [[nodiscard]] std::uint16_t port() const { return door_->port(); }

private:
    HttpServer server_;
    std::unique_ptr<Listener> door_;
    std::jthread thread_;
};

struct Street {
    tests::TemporaryDirectory directory;
    tests::Edge edge;
    std::unique_ptr<Database> db = open_sqlite(directory / "a.db").value();
    MovedClock clock;
    HttpClient client;
    std::unique_ptr<Router> router = make_caddy({.admin = edge.admin(),
                                                 .storage = edge.storage(),
                                                 .acme = edge.acme(),
                                                 .acme_roots = edge.acme_roots(),
                                                 .email = "ops@apps.test",
                                                 .address = "127.0.0.1",
                                                 .https_port = edge.https_port(),
                                                 .http_port = edge.http_port()},
                                                client);
    std::set<std::string> elsewhere;  // names that resolve to another machine
    Domains domains{
        {.database = *db,
         .router = *router,
         .clock = clock,
         .domain = "apps.test",
         .server = "local",
         .upstream = "127.0.0.1",
         .public_url = [](std::int64_t port) { return "http://127.0.0.1:" + std::to_string(port); },
         .resolve = [this](const std::string& host) -> Result<std::vector<std::string>> {
             if (host.ends_with(".invalid")) return fail(ErrorKind::not_found, "no such name");
             return std::vector<std::string>{elsewhere.contains(host) ? "192.0.2.7" : "127.0.0.1"};
         },
         .ask =
             [this](const std::string& host, const std::string& path) {
                 return visit_name(client,
                                   {.https_port = edge.https_port(),
                                    .tls = std::make_shared<ClientTls>(
                                        ClientTls{.authorities = edge.issuer_roots()})},
                                   host, path);
             }}};

    explicit Street(std::chrono::seconds certificates_valid_for) : edge(certificates_valid_for) {
        change([&](Transaction& tx) -> Result<void> {
            contracts::Server server;
            server.id = server.name = server.provider_id = "s";
            server.handle = "local";
            server.ip_address = "127.0.0.1";
            return servers::insert(tx, server, clock.now());
        });
    }
    void change(const std::function<Result<void>(Transaction&)>& work) {
        const Result<void> done = db->transaction(work);
        INFO((done ? "" : done.error().describe()));
        REQUIRE(done.has_value());
    }
    void deploy(const std::string& id, const std::string& name, std::uint16_t port) {
        change([&](Transaction& tx) -> Result<void> {
            contracts::Project project;
            project.id = id;
            project.name = name;
            if (auto put = projects::insert(tx, project, clock.now()); !put) return put;
            return service_deployments::insert(tx,
                                               {.id = "d-" + id,
                                                .project_id = id,
                                                .server_id = "s",
                                                .service_name = "web",
                                                .port = port,
                                                .status = "active",
                                                .url = "http://127.0.0.1:" + std::to_string(port),
                                                .deployed_at = clock.now()},
                                               clock.now());
        });
    }
    Result<void> add(const std::string& domain, const std::string& project) {
        return db->transaction([&](Transaction& tx) {
            return project_domains::add(tx, domain, project, true, clock.now());
        });
    }
    std::string url(const std::string& project) {
        return *service_deployments::find(*db, "d-" + project).value().entity.url;
    }
    void pass() {
        const auto done = domains.pass();
        INFO((done ? "" : done.error().describe()));
        REQUIRE(done.has_value());
    }
    void pass_until(const std::string& project, const std::string& wanted) {
        tests::eventually(
            wanted + " being the URL",
            [&] {
                pass();
                return url(project) == wanted;
            },
            60s);
    }
    std::string state(const std::string& domain) {
        const auto all = project_domains::all(*db);
        REQUIRE(all.has_value());
        for (const auto& one : *all)
            if (one.domain == domain)
                return std::string(project_domains::name_of(one.state)) +
                       (one.reason.empty() ? "" : ": " + one.reason);
        return "unknown";
    }
    std::int64_t open_incidents() {
        std::int64_t open = 0;
        const auto page = incidents::list(*db, {});
        REQUIRE(page.has_value());
        for (const auto& one : page->items)
            open += one.entity.status == contracts::IncidentStatus::open &&
                    one.entity.type == contracts::IncidentType::domain_failed;
        return open;
    }
};

std::unique_ptr<Street> open_street(
    std::chrono::seconds certificates_valid_for = std::chrono::days(90)) {
    try {
        return std::make_unique<Street>(certificates_valid_for);
    } catch (const tests::NoEdge& reason) {
        SKIP(reason.what());
    }
    std::abort();  // SKIP does not return
}

}  // namespace

TEST_CASE("domains: a deployment gets a name and a certificate, and http leads to https") {
    const auto street = open_street();
    const Program shop("the shop"), other("the other");
    street->deploy("0001-aaaaaa", "My Shop!", shop.port());
    street->pass_until("0001-aaaaaa", "https://my-shop.apps.test");
    const std::string answer = street->edge.visit("my-shop.apps.test", "/x?y=1");
    CHECK_THAT(answer, ContainsSubstring("this is the shop"));
    CHECK_THAT(answer, ContainsSubstring("strict-transport-security: max-age=31536000"));
    const std::string plain = street->edge.visit_in_the_clear("my-shop.apps.test", "/x?y=1");
    CHECK(plain.starts_with("308"));
    CHECK_THAT(plain, ContainsSubstring("location: https://my-shop.apps.test:" +
                                        std::to_string(street->edge.https_port()) + "/x?y=1"));
    // If a name is taken, the end of the deployment's id is appended.
    street->deploy("0002-bbbbbb", "my-shop", other.port());
    street->pass_until("0002-bbbbbb", "https://my-shop-bbbbbb.apps.test");
    CHECK_THAT(street->edge.visit("my-shop-bbbbbb.apps.test"),
               ContainsSubstring("this is the other"));
    CHECK_THAT(street->edge.visit("my-shop.apps.test"), ContainsSubstring("this is the shop"));
    // A web server that has lost its configuration gets it back within a minute.
    street->edge.restart_caddy();
    CHECK_THROWS(street->edge.visit("my-shop.apps.test"));
    street->clock.later += 61s;
    tests::eventually(
        "the shop after the restart",
        [&] {
            street->pass();
            try {
                return street->edge.visit("my-shop.apps.test").starts_with("200");
            } catch (const std::runtime_error&) {
                return false;
            }
        },
        60s);
    // A stopped deployment has no route.
    street->change([](Transaction& tx) {
        return run(tx, "UPDATE service_deployments SET status = 'stopped' WHERE id = $1",
                   {std::string("d-0002-bbbbbb")});
    });
    street->pass();
    CHECK_THROWS(street->edge.visit("my-shop-bbbbbb.apps.test"));
    CHECK_THAT(street->edge.visit("my-shop.apps.test"), ContainsSubstring("this is the shop"));
}

TEST_CASE("domains: a certificate is renewed in the last third of its validity") {
    const auto street = open_street(45s);
    const std::string host = "shop.apps.test";
    const Program shop("the shop");
    street->deploy("p", "shop", shop.port());
    street->pass_until("p", "https://" + host);
    const tests::ShownCertificate first = street->edge.certificate(host);
    tests::eventually(
        "the last third of its validity", [&] { return street->edge.certificate(host).left < 15s; },
        60s);
    // Caddy checks its certificates at its start and every ten minutes.
    street->edge.restart_caddy();
    street->clock.later += 61s;
    tests::eventually(
        "another certificate",
        [&] {
            street->pass();
            try {
                return street->edge.certificate(host).serial != first.serial;
            } catch (const std::runtime_error&) {
                return false;  // not configured again yet
            }
        },
        60s);
    CHECK_THAT(street->edge.visit(host), ContainsSubstring("this is the shop"));
    CHECK(street->open_incidents() == 0);
}

TEST_CASE("domains: a domain of a user's own counts once it leads here, for one project only") {
    const auto street = open_street();
    const Program shop("the shop");
    street->deploy("p", "shop", shop.port());
    street->deploy("q", "other", shop.port() == 1 ? 2 : 1);
    street->pass_until("p", "https://shop.apps.test");
    street->elsewhere = {"shop.example.org"};
    REQUIRE(street->add("shop.example.org", "p"));
    REQUIRE(street->add("shop.example.org", "p"));  // twice is once
    const auto taken = street->add("shop.example.org", "q");
    REQUIRE_FALSE(taken);
    CHECK(taken.error().kind == ErrorKind::conflict);
    CHECK(taken.error().field == "domain");
    REQUIRE(street->add("nowhere.invalid", "p"));
    street->clock.later += 1min;
    street->pass();
    CHECK(street->state("shop.example.org") == "waiting: it leads to 192.0.2.7, not to 127.0.0.1");
    CHECK_THAT(street->state("nowhere.invalid"), ContainsSubstring("no address in DNS yet"));
    CHECK(street->url("p") == "https://shop.apps.test");
    street->elsewhere.clear();
    street->clock.later += 1min;
    street->pass_until("p", "https://shop.example.org");
    CHECK_THAT(street->edge.visit("shop.example.org"), ContainsSubstring("this is the shop"));
    // Without the domain, the deployment is reached under its generated name.
    street->change(
        [&](Transaction& tx) { return project_domains::remove_own(tx, "shop.example.org", "p"); });
    street->pass();
    CHECK(street->url("p") == "https://shop.apps.test");
    CHECK_THROWS(street->edge.visit("shop.example.org"));
    for (int i = 0; i < project_domains::kMostOwn; ++i)
        (void)street->add("n" + std::to_string(i) + ".example.org", "q");
    CHECK(street->add("more.example.org", "q").error().kind == ErrorKind::conflict);
}

TEST_CASE("domains: a refused challenge is one incident, and the deployment stays where it was") {
    const auto street = open_street();
    const Program shop("the shop");
    street->edge.mislead("shop.apps.test");
    street->deploy("p", "shop", shop.port());
    street->pass();
    const std::string before = street->url("p");
    CHECK(before.starts_with("http://127.0.0.1:"));
    CHECK(street->open_incidents() == 0);
    CHECK(street->state("shop.apps.test").starts_with("leading: "));
    street->clock.later += 6min;
    street->pass();
    street->pass();
    CHECK(street->open_incidents() == 1);
    CHECK(street->url("p") == before);
}

TEST_CASE("router: a configuration that Caddy refuses is an error, and the previous one stays") {
    const auto street = open_street();
    const Program shop("the shop");
    street->deploy("p", "shop", shop.port());
    street->pass_until("p", "https://shop.apps.test");
    const auto elsewhere = make_caddy({.admin = street->edge.admin(),
                                       .storage = street->edge.storage(),
                                       .address = "192.0.2.1",  // not this machine's
                                       .https_port = street->edge.https_port(),
                                       .http_port = street->edge.http_port()},
                                      street->client);
    const auto refused = elsewhere->lead({{.host = "shop.apps.test", .upstream = "127.0.0.1:1"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::upstream);
    CHECK_THAT(street->edge.visit("shop.apps.test"), ContainsSubstring("this is the shop"));
    HttpClient client;
    const auto nobody =
        make_caddy({.admin = "unix://" + (street->directory / "none.sock")}, client)->lead({});
    CHECK(nobody.error().kind == ErrorKind::transient);
}

TEST_CASE("router: which names are host names") {
    for (const char* name :
         {"a.b", "shop.example.org", "a-b.c1.example", "1.example", "xn--bcher-kva.example"})
        CHECK(is_host_name(name));
    for (const char* name : {"", "a", "localhost", "a..b", ".a.b", "a.b.", "-a.b", "a-.b", "A.b",
                             "a_b.c", "*.a.b", "a b.c", "127.0.0.1", "a.b/c", "a.b:80", "a.1"})
        CHECK_FALSE(is_host_name(name));
    CHECK_FALSE(is_host_name(std::string(64, 'a') + ".b"));
    CHECK_FALSE(is_host_name(std::string(126, 'a').replace(50, 1, ".").replace(100, 1, ".") + "." +
                             std::string(127, 'b').replace(60, 1, ".")));
    CHECK(label_of("My Shop!") == "my-shop");
    CHECK(label_of("--a__b--") == "a-b");
    CHECK(label_of("Größe").size() > 0);
    CHECK(label_of("!!!").empty());
    CHECK(label_of(std::string(100, 'x')).size() == 40);
}
