#include "tests/support/model_server.h"

#include "tests/support/http_request.h"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace tests {
namespace {

HttpResponse prompt(const ModelServer& server, const std::string& text,
                    const std::string& key = "k") {
    const contracts::Json body = {{"model", "m"},
                                  {"messages", {{{"role", "user"}, {"content", text}}}}};
    return http(server.url(), {.method = "POST",
                               .target = "/v1/messages?beta=true",
                               .headers = {{"x-api-key", key}},
                               .body = body.dump()});
}

TEST_CASE("the scripted model answers with its key and tells what it was asked") {
    const ModelServer server({.script = "greeter", .key = "k"});
    CHECK(prompt(server, "Round: 1", "wrong").status == 401);
    const HttpResponse answer = prompt(server, "Write a greeter.\nRound: 1");
    REQUIRE(answer.status == 200);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(contracts::parse_json(answer.body)->at("stop_reason") == "tool_use");

    const auto requests = server.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].at("key_ok") == false);
    CHECK(requests[1].at("rule") == "writes the greeter");
}

TEST_CASE("the scripted model is reached over a unix socket") {
    const ModelServer server({.script = "faults", .unix_socket = true});
    CHECK(prompt(server, "fault: overloaded").status == 529);
    CHECK(prompt(server, "anything").status == 200);
}

}  // namespace
}  // namespace tests
