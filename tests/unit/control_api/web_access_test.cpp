// Links and sessions of the web page, as the API makes and ends them.
#include "control/store/web_sessions.h"
#include "served.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

using contracts::Json;

namespace {

std::string session_of(const Served& served, const std::string& text) {
    std::string id;
    served.write([&](Transaction& tx) -> Result<void> {
        const Result<Token> token = tokens::authenticate(tx, text, served.clock.now());
        const auto made = web_sessions::create(
            tx, token->prefix, "b", served.clock.now() + std::chrono::hours(1), served.clock.now());
        if (!made) return fail(made.error());
        id = made->session.id;
        return {};
    });
    return id;
}

}  // namespace

TEST_CASE("a link is made by whoever has a token of his own and may") {
    const Served served;
    const std::string user =
        served.token({.name = "u", .role = TokenRole::user, .user_id = "u1", .scopes = {"web.*"}});
    const HttpResponse answer = served.ask_with(user, {"POST", "/api/web_links"});
    CHECK(answer.status == 201);
    CHECK(answer.header("Cache-Control") == "no-store");
    const std::string path = json_of(answer).at("path");
    REQUIRE(path.starts_with("/web/#link="));
    served.write([&](Transaction& tx) -> Result<void> {
        const auto used = web_sessions::use_link(tx, path.substr(11), served.clock.now());
        return used ? Result<void>() : fail(used.error());
    });

    CHECK(served.ask({"POST", "/api/web_links"}).status == 403);  // by the door alone
    const std::string other = served.token({.name = "o", .user_id = "u1", .scopes = {"project.*"}});
    CHECK(served.ask_with(other, {"POST", "/api/web_links"}).status == 403);
    const std::string worker =
        served.token({.name = "w", .role = TokenRole::worker, .worker_id = "w1", .scopes = {"*"}});
    CHECK(served.ask_with(worker, {"POST", "/api/web_links"}).status == 403);
    served.add_user("u2", "77");
    const std::string bot = served.token(
        {.name = "b", .role = TokenRole::bot, .scopes = {"*"}, .speaks_for_users = true});
    const Ask as_user{"POST", "/api/web_links", {}, {{"X-Telegram-ID", "77"}}};
    CHECK(served.ask_with(bot, as_user).status == 403);
    CHECK(served.log->text().find(path.substr(11)) == std::string::npos);
}

TEST_CASE("sessions are seen and ended by whose they are, and by an administrator") {
    const Served served;
    const std::string one =
        served.token({.name = "1", .role = TokenRole::user, .user_id = "u1", .scopes = {"web.*"}});
    const std::string two =
        served.token({.name = "2", .role = TokenRole::user, .user_id = "u2", .scopes = {"web.*"}});
    const std::string his = session_of(served, one), other = session_of(served, two);
    const Json seen = json_of(served.ask_with(one, {"GET", "/api/web_sessions"}));
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].at("id") == his);
    CHECK(json_of(served.ask({"GET", "/api/web_sessions"})).size() == 2);

    CHECK(served.ask_with(one, {"DELETE", "/api/web_sessions/" + other}).status == 404);
    CHECK(served.ask_with(one, {"DELETE", "/api/web_sessions/" + his}).status == 204);
    CHECK(served.ask_with(one, {"DELETE", "/api/web_sessions/" + his}).status == 404);
    CHECK(served.ask({"DELETE", "/api/web_sessions/" + other}).status == 204);
    CHECK(json_of(served.ask({"GET", "/api/web_sessions"})).empty());
}

}  // namespace control
