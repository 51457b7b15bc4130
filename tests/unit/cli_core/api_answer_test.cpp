#include "cli/api_answer.h"

#include "cli/http.h"

#include <catch2/catch_test_macros.hpp>

namespace cli {

using contracts::ErrorKind;
using contracts::Json;

TEST_CASE("a status of the API means one kind of error") {
    const auto kind = [](std::int64_t status) {
        return read_answer(status, Json(), "").error().kind;
    };
    for (const int status : {400, 413, 415, 422})
        CHECK(kind(status) == ErrorKind::invalid);
    for (const int status : {401, 403})
        CHECK(kind(status) == ErrorKind::permission);
    CHECK(kind(404) == ErrorKind::not_found);
    for (const int status : {409, 412})
        CHECK(kind(status) == ErrorKind::conflict);
    CHECK(kind(429) == ErrorKind::upstream);
    for (const int status : {408, 502, 503, 504})
        CHECK(kind(status) == ErrorKind::transient);
    for (const int status : {100, 302, 500, 501})
        CHECK(kind(status) == ErrorKind::fatal);
    for (const int status : {200, 201, 204})
        CHECK(read_answer(status, Json(), ""));
}

TEST_CASE("a problem document gives the words and the field") {
    const auto refused = read_answer(
        422, Json{{"title", "Unprocessable"}, {"detail", "must be a name"}, {"field", "name"}}, "");
    CHECK(refused.error().message == "must be a name");
    const auto reused = read_answer(
        422,
        Json{{"detail", "was used"}, {"field", "Idempotency-Key"}, {"next_step", "use another"}},
        "");
    CHECK(reused.error().field == "--request-id");
    CHECK(reused.error().next_step == "use another");
    CHECK(refused.error().field == "name");
    CHECK(read_answer(404, Json{{"title", "Not Found"}}, "").error().message == "Not Found");
    for (const Json& odd : {Json(), Json("text"), Json::array(), Json{{"detail", 7}}})
        CHECK(read_answer(404, odd, "").error().message == "the API answered with status 404");
}

TEST_CASE("the next page's cursor is read from the Link header") {
    CHECK(next_cursor(R"(</api/projects?limit=5&cursor=a%2Fb%3D>; rel="next")") == "a/b=");
    CHECK(next_cursor(R"(</p?cursor=1>; rel="prev", </p?cursor=3&limit=1>; rel="next")") == "3");
    CHECK(next_cursor(R"(<x?cursor=1>; rel=next)") == "1");
    for (const std::string_view none :
         {"", "<", "<>", R"(</p?cursor=1>; rel="prev")", R"(</p?limit=1>; rel="next")", "x>y<"})
        CHECK(next_cursor(none).empty());
    CHECK(next_cursor(R"(</p?cursor=%>; rel="next")") == "%");
    CHECK(next_cursor(R"(</p?cursor=%4>; rel="next")") == "%4");
}

TEST_CASE("what goes into a query is encoded") {
    CHECK(encoded("a b&c=d/é") == "a%20b%26c%3Dd%2F%C3%A9");
}

TEST_CASE("API_URL is http, https or a unix socket") {
    CHECK(HttpEndpoint::parse("http://127.0.0.1:8080/")->base == "http://127.0.0.1:8080");
    CHECK(HttpEndpoint::parse("https://host/prefix")->base == "https://host/prefix");
    const auto unix_socket = HttpEndpoint::parse("unix:///run/api.sock");
    CHECK(unix_socket->base == "http://localhost");
    CHECK(unix_socket->socket_path == "/run/api.sock");
    for (const std::string_view bad :
         {"", "host:80", "ftp://host", "unix://relative", "unix://", "http://", "http:///x",
          "http://user:secret@host", "http://host?x", "https://host#x"}) {
        const auto parsed = HttpEndpoint::parse(bad);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().field == "API_URL");
        CHECK(parsed.error().describe().find("secret") == std::string::npos);
    }
}

}  // namespace cli
