#include "control/http/message.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

TEST_CASE("a query is decoded and the first of equal names counts") {
    const auto query = parse_query("a=1&b=x%20y+z&a=2&flag&&empty=");
    REQUIRE(query);
    CHECK(query->at("a") == "1");
    CHECK(query->at("b") == "x y z");
    CHECK(query->at("flag").empty());
    CHECK(query->at("empty").empty());
    CHECK(query->size() == 4);
}

TEST_CASE("a broken escape names its parameter") {
    for (const char* text : {"cursor=%", "cursor=%2", "cursor=%zz", "cursor=a%g0"}) {
        const auto query = parse_query(text);
        REQUIRE_FALSE(query);
        CHECK(query.error().field == "cursor");
    }
}

TEST_CASE("what encode_percent writes decode_percent reads") {
    std::string all;
    for (int c = 0; c < 256; ++c)
        all += static_cast<char>(c);
    const auto decoded = decode_percent(encode_percent(all));
    REQUIRE(decoded);
    CHECK(*decoded == all);
}

TEST_CASE("headers are found in any case") {
    const HttpRequest request{"GET", "/", {}, {{"X-Telegram-ID", "7"}}, {}};
    CHECK(request.header("x-telegram-id") == "7");
    CHECK(request.header("x-telegram").empty());
}

TEST_CASE("a problem tells field and next step, and nothing of what went wrong inside") {
    const HttpResponse invalid =
        problem({contracts::ErrorKind::invalid, "is required", "name", "send a name"});
    CHECK(invalid.status == 422);
    CHECK(invalid.header("content-type") == "application/problem+json");
    const auto body = contracts::parse_json(invalid.body);
    REQUIRE(body);
    CHECK(body->at("detail") == "is required");
    CHECK(body->at("field") == "name");
    CHECK(body->at("next_step") == "send a name");
    CHECK(body->at("title") == "Unprocessable Entity");

    const HttpResponse fatal = problem({contracts::ErrorKind::fatal, "no such table: tokens"});
    CHECK(fatal.status == 500);
    CHECK(fatal.body.find("tokens") == std::string::npos);
}

}  // namespace control
