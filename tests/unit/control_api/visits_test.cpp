// The log lines of requests, and the limits on their number.
#include "tests/support/child_process.h"
#include "tests/unit/control_api/served.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

using namespace std::chrono_literals;
using contracts::Json;

TEST_CASE("requests are counted by the route they took, and only administrators see it") {
    Metrics metrics;
    Served served({.metrics = &metrics});
    served.add_user("u1", "1");
    served.add_project("p1", "u1");
    CHECK(served.ask({"GET", "/api/projects/p1"}).status == 200);
    CHECK(served.ask({"GET", "/api/projects/p2"}).status == 404);
    CHECK(served.ask({"GET", "/nowhere/at/all"}).status == 404);
    CHECK(served.ask({"FROB", "/nowhere"}).status == 404);
    const HttpResponse told = served.ask({"GET", "/metrics"});
    CHECK(told.status == 200);
    CHECK(told.header("Content-Type") == kMetricsType);
    const auto counted = [&told](const std::string& line) {
        CAPTURE(told.body);
        CHECK(told.body.find(line) != std::string::npos);
    };
    const std::string family = "orchestrator_http_requests_total";
    counted(family + R"({method="GET",route="/api/projects/{id}",status="200"} 1)");
    counted(family + R"({method="GET",route="/api/projects/{id}",status="404"} 1)");
    counted(family + R"({method="other",route="none",status="404"} 2)");
    counted(R"(orchestrator_http_request_seconds_count{route="/api/projects/{id}"} 2)");
    const std::string token =
        served.token({.name = "w", .role = TokenRole::worker, .scopes = {"*"}});
    CHECK(served.ask_with(token, {"GET", "/metrics"}).status == 403);
    CHECK(served.ask(served.tcp, {"GET", "/metrics"}).status == 401);
}

TEST_CASE("the log has a line for every request, and no secret in it") {
    Served served({.access_log = true});
    served.add_user("u1", "1");
    const std::string token =
        served.token({.name = "w", .role = TokenRole::worker, .scopes = {"*"}});
    const Json body{{"name", "blog"}, {"description", "canary-in-a-body"}};
    (void)served.ask_with(token, {"POST", "/api/projects?x=canary-in-a-query", body});
    const std::string log = served.log->text();
    CHECK(log.find(R"("event":"request")") != std::string::npos);
    CHECK(log.find(R"("path":"/api/projects")") != std::string::npos);
    CHECK(log.find(R"("caller":"token )") != std::string::npos);
    CHECK(log.find("canary") == std::string::npos);
    CHECK(log.find(token) == std::string::npos);
}

TEST_CASE("who asks too often is told when to come back, and nobody else is") {
    Served served({.rate = {.per_second = 2, .at_once = 3}});
    const std::string hasty = served.token({.name = "a", .role = TokenRole::admin});
    const std::string patient = served.token({.name = "a", .role = TokenRole::admin});
    const auto status = [&](const std::string& token) {
        return served.ask_with(token, {"GET", "/api/projects"}).status;
    };
    for (int i = 0; i < 3; ++i)
        CHECK(status(hasty) == 200);
    const HttpResponse refused = served.ask_with(hasty, {"GET", "/api/projects"});
    CHECK(refused.status == 429);
    CHECK(refused.header("Retry-After") == "1");
    CHECK(status(patient) == 200);
    CHECK(served.ask(served.tcp, {"GET", "/health"}).status == 200);
    served.clock.advance(500ms);
    CHECK(status(hasty) == 200);
    CHECK(status(hasty) == 429);
    served.clock.advance(1h);
    for (int i = 0; i < 3; ++i)
        CHECK(status(hasty) == 200);
    CHECK(status(hasty) == 429);
}

TEST_CASE("a long list is compressed for who takes it, one entity with its mark is not") {
    Served served;
    served.add_user("u1", "1");
    for (int i = 0; i < 30; ++i)
        served.add_project("p" + std::to_string(i), "u1");
    const HttpResponse plain = served.ask({"GET", "/api/projects"});
    Ask ask{"GET", "/api/projects"};
    ask.headers.push_back({"Accept-Encoding", "br, gzip;q=0.5"});
    const HttpResponse packed = served.ask(ask);
    CHECK(plain.header("Content-Encoding").empty());
    CHECK(packed.header("Content-Encoding") == "gzip");
    CHECK(packed.header("Vary") == "Accept-Encoding");
    CHECK(packed.body.size() * 3 < plain.body.size());
    CHECK(tests::run_successfully({.argv = {"gzip", "-dc"}, .input = packed.body}) == plain.body);
    ask.target = "/api/projects/p1";
    const HttpResponse one = served.ask(ask);
    CHECK_FALSE(one.header("ETag").empty());
    CHECK(one.header("Content-Encoding").empty());
    ask = {"GET", "/api/projects"};
    ask.headers.push_back({"Accept-Encoding", "gzip;q=0, *"});
    CHECK(served.ask(ask).header("Content-Encoding").empty());
}

}  // namespace control
