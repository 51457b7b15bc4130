// Deployments that fail because of the project or the machine: the user is told what to change, and
// after the change the same project goes live at the same address.
#include "road.h"

#include "control/http/listening_socket.h"

#include <catch2/catch_test_macros.hpp>
#include <csignal>

using namespace deploy_road;
using contracts::Json;

namespace {

std::map<std::string, std::string> environment() {
    auto environment = environment_of("process");
    environment["DEPLOY_START_TIMEOUT"] = "2";
    return environment;
}

std::map<std::string, std::string> project(const std::string& python) {
    return {{"serve.py", python},
            {"Makefile", "run:\n\t@exec python3 -B serve.py\n"},
            {".env.example", "API_TOKEN=\n"}};
}

constexpr const char* kSilent = "import time\nprint('thinking', flush=True)\ntime.sleep(600)\n";
constexpr const char* kElsewhere =
    "import http.server as h\n"
    "h.HTTPServer(('', 4321), h.BaseHTTPRequestHandler).serve_forever()\n";
constexpr const char* kBroken = R"(
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500)
        self.end_headers()
http.server.HTTPServer(('', int(os.environ['PORT'])), Handler).serve_forever()
)";
constexpr const char* kTalkative =
    "import os, sys, base64\n"
    "token = os.environ['API_TOKEN']\n"
    "print('token', token, base64.b64encode(token.encode()).decode(), flush=True)\n"
    "print('all of it', dict(os.environ), file=sys.stderr, flush=True)\n"
    "raise SystemExit(4)\n";

bool has(const Json& text, std::string_view part) {
    return text.get<std::string>().find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("each fault of a project is told to its user, and mending it is enough") {
    Road road(environment());
    const std::string secret = "given-by+the/user";
    (void)road.made("PUT", "/api/projects/" + road.project() + "/secrets/API_TOKEN",
                    {{"value", secret}});
    struct Case {
        const char* what;
        const char* python;
        const char* told;
        const char* logged;
    };
    std::size_t failures = 0;
    for (const Case& one : {Case{"never listens", kSilent, "did not listen on port", "thinking"},
                            Case{"listens elsewhere", kElsewhere, "listens on port 4321", ""},
                            Case{"answers 500", kBroken, "with 500", ""},
                            Case{"prints its secrets", kTalkative, "exit code", "token *** ***"}}) {
        CAPTURE(one.what);
        (void)road.tested_commit(project(one.python));
        const Json task = road.run_task();
        INFO(task.dump(2));
        REQUIRE(task["status"] == "failed");
        CHECK(has(task["result"]["error"], one.told));
        CHECK(has(task["result"].value("log", Json("")), one.logged));
        ++failures;
        std::vector<Json> notices;
        tests::eventually("the user is told", [&] {
            notices = road.notices("deploy_failed");
            return notices.size() >= failures;
        });
        REQUIRE(notices.size() == failures);
        CHECK(notices.back()["user_id"] == "u-1");
        CHECK(has(notices.back()["text"], one.told));
        CHECK(has(notices.back()["data"].value("log", Json("")), one.logged));
        for (const std::string& text : {task.dump(), notices.back().dump()})
            CHECK(text.find("given-by") == std::string::npos);
        CHECK(road.read("/api/projects/" + road.project())["status"] == "active");
    }
    const Json before = road.read("/api/allocations");
    REQUIRE(before.size() == 1);
    (void)road.tested_commit(greeter("mended"));
    const Json task = road.run_task();
    INFO(task.dump(2));
    REQUIRE(task["status"] == "completed");
    CHECK(get(task["result"]["deployed_url"]).starts_with("200 mended"));
    CHECK(task["result"]["port"] == before[0]["port"]);
    CHECK(road.read("/api/service_deployments").size() == 1);
    tests::eventually("the user is told", [&] { return !road.notices("deployed").empty(); });
    CHECK(road.daemon().log().find("given-by") == std::string::npos);
}

TEST_CASE("a port that another program takes meanwhile") {
    Road road(environment());
    (void)road.tested_commit(greeter("one"));
    const std::string task = road.begin_task("");
    tests::eventually("the user is asked", [&] { return !road.notices("secret_needed").empty(); });
    const std::int64_t port = road.read("/api/allocations")[0]["port"];
    auto foreign = control::listen_on_tcp("127.0.0.1", static_cast<std::uint16_t>(port));
    REQUIRE(foreign);
    const auto give_value = [&] {
        (void)road.made("PUT", "/api/projects/" + road.project() + "/secrets/API_TOKEN",
                        {{"value", "given"}});
    };

    SECTION("before it ever served: it gets another place") {
        give_value();
        const Json done = road.wait_task(task);
        INFO(done.dump(2));
        REQUIRE(done["status"] == "completed");
        CHECK(done["result"]["port"] != port);
        CHECK(get(done["result"]["deployed_url"]).starts_with("200 one"));
        CHECK(road.read("/api/allocations").size() == 1);
    }
    SECTION("after it has served: it waits for its own place") {
        foreign->reset();
        give_value();
        const Json done = road.wait_task(task);
        REQUIRE(done["status"] == "completed");
        const std::string url = done["result"]["deployed_url"];
        REQUIRE(done["result"]["port"] == port);
        const Json front = Json::parse(tests::read_file(road.daemon().data() + "/deployments/" +
                                                        road.project() + "/front.json"));
        REQUIRE(::kill(front["pid"].get<pid_t>(), SIGKILL) == 0);
        tests::eventually("the port is ours", [&] {
            foreign = control::listen_on_tcp("127.0.0.1", static_cast<std::uint16_t>(port));
            return foreign.has_value();
        });
        (void)road.tested_commit(greeter("two"));
        const std::string again = road.begin_task("");
        tests::eventually("it says what it waits for", [&] {
            return road.progress(again).find("port " + std::to_string(port) +
                                             " is in use by another program") != std::string::npos;
        });
        foreign->reset();
        const Json moved = road.wait_task(again);
        INFO(moved.dump(2));
        CHECK(moved["status"] == "completed");
        CHECK(moved["result"]["deployed_url"] == url);
        CHECK(get(url).starts_with("200 two"));
    }
    CHECK(road.notices("deploy_failed").empty());
}
