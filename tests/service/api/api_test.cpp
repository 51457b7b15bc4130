// The API from a caller's point of view: a real server on sockets, over a real database that is
// closed and reopened.
#include "control/api/api.h"
#include "control/http/server.h"
#include "tests/support/child_process.h"
#include "tests/support/eventually.h"
#include "tests/support/http_request.h"
#include "tests/support/programs.h"
#include "tests/support/temporary_directory.h"

#include <sys/resource.h>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <thread>

namespace control {

namespace {

using contracts::Json;

struct NoLog final : contracts::LogSink {
    void write(contracts::LogLevel, std::string_view) override {}
};

constexpr std::size_t kManyConnections = 16'384;

class Daemon {
public:
    explicit Daemon(const tests::TemporaryDirectory& directory)
        : unix_address("unix://" + (directory / "api.sock")) {
        auto opened = open_sqlite(directory / "orchestrator.db");
        REQUIRE(opened);
        database_ = std::move(*opened);
        api_ = std::make_unique<Api>(
            *database_, clock_,
            contracts::Log(std::make_shared<NoLog>(), contracts::LogLevel::error,
                           contracts::LogFormat::json, "test"));
        auto tcp = server_.listen_tcp("127.0.0.1", 0, api_->handler_for_tcp(),
                                      {.max_connections = kManyConnections});
        REQUIRE(tcp);
        tcp_address = "http://127.0.0.1:" + std::to_string((*tcp)->port());
        listeners_.push_back(std::move(*tcp));
        auto local =
            server_.listen_unix(directory / "api.sock", api_->handler_for(Caller::local()));
        REQUIRE(local);
        listeners_.push_back(std::move(*local));
        thread_ = std::jthread([this] { server_.run(); });
    }
    ~Daemon() {
        server_.stop();
        thread_.join();
    }

    std::optional<std::string> first_token() {
        std::optional<std::string> text;
        REQUIRE(database_->transaction([&](Transaction& tx) -> Result<void> {
            auto made = tokens::create_first_admin(tx, clock_.now());
            if (!made) return fail(std::move(made.error()));
            text = *made;
            return {};
        }));
        return text;
    }

    std::string unix_address;
    std::string tcp_address;

private:
    contracts::SystemClock clock_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<Api> api_;
    HttpServer server_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::jthread thread_;
};

tests::HttpRequest post(const std::string& target, const Json& body,
                        tests::HttpHeaders headers = {}) {
    headers.emplace_back("Content-Type", "application/json");
    return {"POST", target, std::move(headers), body.dump()};
}

}  // namespace

TEST_CASE("a project made over TCP is there over the local socket, and after a restart") {
    const tests::TemporaryDirectory directory;
    std::string path;
    std::string token;
    {
        Daemon daemon(directory);
        token = daemon.first_token().value();
        const tests::HttpHeaders headers{{"Authorization", "Bearer " + token}};
        const auto made =
            tests::http(daemon.tcp_address, post("/api/projects", {{"name", "shop"}}, headers));
        REQUIRE(made.status == 201);
        path = made.header("Location");
        CHECK(tests::http(daemon.unix_address, {"GET", path}).body == made.body);
    }
    Daemon daemon(directory);
    CHECK_FALSE(daemon.first_token());
    const tests::HttpHeaders headers{{"Authorization", "Bearer " + token}};
    const auto found = tests::http(daemon.tcp_address, {"GET", path, headers});
    CHECK(found.status == 200);
    CHECK(Json::parse(found.body).at("name") == "shop");
}

TEST_CASE("the network's door wants a token, and health none") {
    const tests::TemporaryDirectory directory;
    const Daemon daemon(directory);
    for (const char* target : {"/api/projects", "/api/tasks/1", "/anything"}) {
        const auto refused = tests::http(daemon.tcp_address, {"GET", target});
        CHECK(refused.status == 401);
        CHECK(refused.header("WWW-Authenticate") == "Bearer");
    }
    for (const char* target : {"/health", "/livez", "/readyz", "/openapi.json"})
        CHECK(tests::http(daemon.tcp_address, {"GET", target}).status == 200);
}

TEST_CASE(
    "a token that its holder made does what he let it, in the program's hands, until it is "
    "revoked") {
    const tests::TemporaryDirectory directory;
    Daemon daemon(directory);
    const auto run = [&](const std::string& token, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), tests::program("orchestrator"));
        const tests::Finished done =
            tests::run({.argv = std::move(arguments),
                        .environment = {{"API_URL", daemon.tcp_address},
                                        {"API_TOKEN", token},
                                        {"ORCHESTRATOR_SOCKET", "/nonexistent/agent.sock"}},
                        .inherit_environment = false});
        CAPTURE(done.output, done.error_output);
        const Json said = Json::parse(done.output);
        return std::pair(done.end.exit_code, said.value("data", Json()));
    };
    const std::string admin = daemon.first_token().value();
    const auto project = [&](const char* name) {
        const auto made = tests::http(daemon.unix_address, post("/api/projects", {{"name", name}}));
        return Json::parse(made.body).at("id").get<std::string>();
    };
    const std::string shop = project("shop");
    const std::string blog = project("blog");
    const auto make = [&](const std::string& token, const char* allow,
                          std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"token", "create", "--name", "t", "--allow", allow};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(token, std::move(arguments));
    };
    struct Made {
        std::string id;
        std::string key;
    };
    const auto told = [](const std::pair<int, Json>& answer) {
        REQUIRE(answer.first == 0);
        return Made{answer.second.at("id"), answer.second.at("key")};
    };
    const Made upper = told(make(admin, "project.*,token.*"));
    const Made lower = told(
        make(upper.key, "project.get,project.list", {"--project", shop, "--expires-in", "600"}));
    const std::string& weak = lower.key;

    CHECK(run(weak, {"project", "get", shop}).first == 0);
    CHECK(run(weak, {"project", "get", blog}).first == 3);
    CHECK(run(weak, {"project", "list"}).second.size() == 1);
    CHECK(run(weak, {"project", "tasks", shop}).first == 4);
    CHECK(make(weak, "project.get").first == 4);
    CHECK(make(upper.key, "deploy.start").first == 4);
    CHECK(run(upper.key, {"token", "list"}).second.size() == 1);
    CHECK(run(weak, {"token", "revoke", upper.id}).first == 4);

    CHECK(run(upper.key, {"token", "revoke", lower.id}).first == 0);
    CHECK(run(weak, {"project", "get", shop}).first == 4);
    CHECK(run(upper.key, {"project", "get", shop}).first == 0);
}

TEST_CASE("thirty-two clients write at once, and each answer is a row") {
    const tests::TemporaryDirectory directory;
    const Daemon daemon(directory);
    std::mutex mutex;
    std::set<std::string> made;
    std::vector<std::jthread> clients;
    for (int c = 0; c < 32; ++c)
        clients.emplace_back([&] {
            for (int i = 0; i < 5; ++i) {
                const auto answer =
                    tests::http(daemon.unix_address, post("/api/projects", {{"name", "shop"}}));
                const std::lock_guard lock(mutex);
                if (answer.status == 201) made.insert(Json::parse(answer.body).at("id"));
            }
        });
    clients.clear();
    CHECK(made.size() == 160);
    const auto list = tests::http(daemon.unix_address, {"GET", "/api/projects?limit=500"});
    CHECK(Json::parse(list.body).size() == 160);
}

TEST_CASE("a list is walked by its Link header over the wire") {
    const tests::TemporaryDirectory directory;
    const Daemon daemon(directory);
    for (int i = 0; i < 7; ++i)
        REQUIRE(tests::http(daemon.unix_address, post("/api/users", {{"telegram_id", i}})).status ==
                201);
    std::set<std::string> seen;
    std::string target = "/api/users?limit=3";
    int pages = 0;
    while (!target.empty()) {
        const auto page = tests::http(daemon.unix_address, {"GET", target});
        REQUIRE(page.status == 200);
        ++pages;
        for (const Json& user : Json::parse(page.body))
            seen.insert(user.at("telegram_id"));
        const std::string link = page.header("Link");
        target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    }
    CHECK(pages == 3);
    CHECK(seen.size() == 7);
}

TEST_CASE("ten thousand idle connections are held while others are answered") {
    constexpr int kIdle = 10'000;
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_max < kIdle + 1000) SKIP("this user may not open so many descriptors");
    const tests::TemporaryDirectory directory;
    Daemon daemon(directory);
    const std::string authorization = "Bearer " + daemon.first_token().value();
    const std::string port = daemon.tcp_address.substr(daemon.tcp_address.rfind(':') + 1);
    // Each connection has an unfinished request; every third was answered once before.
    tests::ChildProcess idle({.argv = {"/usr/bin/python3", "-c", R"(
import resource, signal, socket, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
port, count = int(sys.argv[1]), int(sys.argv[2])
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
held = []
for i in range(count):
    one = socket.create_connection(("127.0.0.1", port))
    if i % 3 == 0:
        one.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        while b'"ok"' not in one.recv(4096):
            pass
    one.sendall(b"GET /livez HTTP/1.1\r\n")
    held.append(one)
print("held", flush=True)
signal.sigwait({signal.SIGUSR1})
for i in (0, count // 2, count - 1):
    held[i].sendall(b"Host: x\r\n\r\n")
    while b'"ok"' not in held[i].recv(4096):
        pass
print("still served", flush=True)
)",
                                       port, std::to_string(kIdle)}});
    tests::eventually("the idle connections",
                      [&] { return idle.output().find("held") != std::string::npos; });
    for (int i = 0; i < 100; ++i) {
        const auto answer =
            tests::http(daemon.tcp_address,
                        {.target = "/api/projects", .headers = {{"Authorization", authorization}}});
        REQUIRE(answer.status == 200);
    }
    idle.send(SIGUSR1);
    CHECK(idle.must_end().exit_code == 0);
    CHECK(idle.output().find("still served") != std::string::npos);
}

TEST_CASE("what is too large, garbled or of a wrong type is refused on the wire") {
    const tests::TemporaryDirectory directory;
    const Daemon daemon(directory);
    const std::string large = "{\"name\":\"" + std::string(9 << 20, 'x') + "\"}";
    CHECK(tests::http(daemon.unix_address, {"POST", "/api/projects", {}, large}).status == 413);
    CHECK(tests::http(daemon.unix_address,
                      {"POST", "/api/projects", {{"Content-Type", "application/json"}}, "{"})
              .status == 400);
    CHECK(tests::http(daemon.unix_address,
                      {"POST", "/api/projects", {{"Content-Type", "text/plain"}}, "{}"})
              .status == 415);
    CHECK(tests::http(daemon.unix_address, {"GET", "/api/projects?limit=%zz"}).status == 400);
    CHECK(tests::http(daemon.unix_address, {"GET", "/api/projects"}).body == "[]");
}

}  // namespace control
