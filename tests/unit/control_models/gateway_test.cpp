// What the gateway sends, what it returns, and what it counts.
#include "control/http/compression.h"
#include "tests/unit/control_models/town.h"

using namespace gateway_tests;

TEST_CASE("a call gets the key and loses the caller's, and its usage is counted") {
    Town town;
    const Told told = town.ask(R"({"model":"m"})", "/v1/messages?beta=true",
                               {{"x-api-key", "worker"}, {"anthropic-version", "2023-06-01"}});
    CHECK(told.status == 200);
    CHECK(told.body == kMessage.body);
    REQUIRE(town.first.count() == 1);
    CHECK(town.first.asked[0].header("x-api-key") == "key-1");
    CHECK(town.first.asked[0].header("anthropic-version") == "2023-06-01");
    const SpendingRow row = town.task();
    CHECK(row.calls == 1);
    CHECK(row.tokens == TokenCounts{.input = 11, .output = 7});
    CHECK(row.spent == Spent{11 * 15'000 + 7 * 75'000, 0});
    CHECK(row.estimated == 0);
}

TEST_CASE("a compressed answer goes on as it is, and is counted all the same") {
    Town town;
    const std::string packed = pack(kMessage.body);
    town.first.answers = {
        {200, {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}, packed}};
    const Told told = town.ask();
    CHECK(told.body == packed);
    CHECK(town.task().tokens == TokenCounts{.input = 11, .output = 7});
    // The usage of a body that we cannot unpack is estimated.
    town.first.answers = {{200, {{"Content-Encoding", "br"}}, "12345678"}};
    CHECK(town.ask().body == "12345678");
    CHECK(town.task().estimated == 1);
}

TEST_CASE("a stream of Chat Completions is asked for its usage") {
    Town town;
    town.first.answers = {{200,
                           {{"Content-Type", "text/event-stream"}},
                           "data: {\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":5,"
                           "\"completion_tokens\":2}}\n\ndata: [DONE]\n\n"}};
    CHECK(town.ask(R"({"model":"m","stream":true})", "/v1/chat/completions").status == 200);
    CHECK(town.first.asked[0].body.find("include_usage") != std::string::npos);
    CHECK(town.first.asked[0].header("authorization") == "Bearer key-o");
    CHECK(town.task().tokens == TokenCounts{.input = 5, .output = 2});
}

TEST_CASE("a cap that is reached is told in the provider's own form, and nothing is sent") {
    Town town;
    town.cap(0);
    Told told = town.ask();
    CHECK(told.refused);
    CHECK(told.status == 402);
    Json body = contracts::parse_json(told.body).value();
    CHECK(body.at("type") == "error");
    CHECK(body.at("error").at("type") == "billing_error");
    CHECK(body.at("error").at("message").get<std::string>().find("budget reached") == 0);
    told = town.ask(R"({"model":"m"})", "/v1/responses");
    CHECK(told.status == 402);
    body = contracts::parse_json(told.body).value();
    CHECK(body.at("error").at("code") == "budget_reached");
    CHECK(town.first.count() == 0);
}

TEST_CASE("an answer says what is left") {
    Town town;
    town.cap(kNanodollarsInDollar);
    const Told told = town.ask();
    REQUIRE(told.status == 200);
    CHECK(std::stod(std::string(told.header("x-budget-left-usd"))) < 1.0);
}

TEST_CASE("a body that nobody can read, or two ways, is refused before it is sent") {
    Town town;
    for (const char* body : {"", "[]", R"({"model":"a","model":"b"})", R"({"max_tokens":1})"}) {
        const Told told = town.ask(body);
        CHECK(told.refused);
        CHECK(told.status == 400);
        CHECK(told.body.find("invalid_request_error") != std::string::npos);
    }
    CHECK(town.first.count() == 0);
    CHECK(town.task().calls == 0);
}

TEST_CASE("a provider's pause is kept for every caller of its key") {
    Town town;
    town.first.answers = {{429, {{"Retry-After", "30"}}, "slower"}, kMessage};
    Told told = town.ask();
    CHECK_FALSE(told.refused);
    CHECK(told.status == 429);
    CHECK(told.body == "slower");
    told = town.ask();
    CHECK(told.refused);
    CHECK(told.status == 429);
    const int seconds = std::stoi(std::string(told.header("retry-after")));
    CHECK(seconds > 25);
    CHECK(seconds <= 30);
    CHECK(told.body.find("rate_limit_error") != std::string::npos);
    CHECK(town.first.count() == 1);
    CHECK(town.task().spent == Spent{});
}

TEST_CASE("another key is tried while nothing has been handed back, and then kept to") {
    for (const int status : {429, 401, 500, 529}) {
        Town town(true);
        town.first.answers = {{status, {{"Retry-After", "30"}}, "not you"}};
        const Told told = town.ask();
        INFO(status);
        CHECK(told.status == 200);
        CHECK(told.body == kMessage.body);
        REQUIRE(town.second.count() == 1);
        CHECK(town.second.asked[0].header("x-api-key") == "key-2");
        CHECK(town.second.asked[0].body == town.first.asked[0].body);
        CHECK(town.task().calls == 1);
        (void)town.ask();
        CHECK(town.second.count() == 2);
        CHECK(town.first.count() == (status == 500 ? 2 : 1));
    }
}

TEST_CASE("a provider that is away costs nothing, and the next one answers") {
    Town town(true);
    town.first.listener.reset();
    CHECK(town.ask().status == 200);
    town.second.listener.reset();
    const Told told = town.ask();
    CHECK(told.refused);
    CHECK(told.status == 502);
    CHECK(town.task().calls == 2);
    CHECK(town.task().spent.cost == 11 * 15'000 + 7 * 75'000);
}

TEST_CASE("a request that the provider finds wrong goes back as it is, and to no other key") {
    Town town(true);
    town.first.answers = {json_text_response(400, R"({"type":"error"})")};
    CHECK(town.ask().body == R"({"type":"error"})");
    CHECK(town.second.count() == 0);
    CHECK(town.task().spent == Spent{});
}
