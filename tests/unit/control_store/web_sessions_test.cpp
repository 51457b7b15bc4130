// Links and sessions of the web page, over every driver.
#include "control/store/web_sessions.h"

#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using namespace std::chrono_literals;
using contracts::Timestamp;

constexpr Timestamp kNow{std::chrono::milliseconds(1'768'046'400'000)};

template <class T>
Result<T> within(Database& db, const std::function<Result<T>(Transaction&)>& work) {
    Result<T> value = fail(ErrorKind::fatal, "not run");
    const Result<void> done = db.transaction([&](Transaction& tx) -> Result<void> {
        value = work(tx);
        return value ? Result<void>() : fail(value.error());
    });
    if (!done && value) return fail(done.error());
    return value;
}

std::string prefix_of(Database& db, const NewToken& token) {
    const auto text =
        within<std::string>(db, [&](Transaction& tx) { return tokens::create(tx, token, kNow); });
    REQUIRE(text);
    return tokens::authenticate(db, *text, kNow)->prefix;
}

Result<web_sessions::Made> made(Database& db, const std::string& token, Timestamp now = kNow) {
    return within<web_sessions::Made>(db, [&](Transaction& tx) {
        return web_sessions::create(tx, token, "a browser", now + 1h, now);
    });
}

}  // namespace

TEMPLATE_TEST_CASE("a link is good once, until its end, while its token is", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const std::string token = prefix_of(*db, {.name = "t", .scopes = {"*"}});
    const auto link = [&](const std::string& of) {
        return within<std::string>(*db, [&](Transaction& tx) {
            return web_sessions::create_link(tx, of, kNow + 10min, kNow);
        });
    };
    const auto use = [&](const std::string& secret, Timestamp now) {
        return within<std::string>(
            *db, [&](Transaction& tx) { return web_sessions::use_link(tx, secret, now); });
    };
    const Result<std::string> secret = link(token);
    REQUIRE(secret);
    CHECK_FALSE(use(*secret, kNow + 10min));
    CHECK_FALSE(use("nonsense", kNow));
    CHECK(use(*secret, kNow + 9min).value() == token);
    const Result<std::string> again = use(*secret, kNow + 9min);
    REQUIRE_FALSE(again);
    CHECK(again.error().kind == ErrorKind::permission);

    for (const NewToken& other :
         {NewToken{.name = "w", .role = TokenRole::worker, .worker_id = "w1"},
          NewToken{.name = "b", .role = TokenRole::bot, .speaks_for_users = true},
          NewToken{.name = "old", .expires_at = kNow}}) {
        const std::string prefix =
            within<std::string>(
                *db, [&](Transaction& tx) { return tokens::create(tx, other, kNow - 1h); })
                .value()
                .substr(5, 12);
        const Result<std::string> none = link(prefix);
        REQUIRE_FALSE(none);
        CHECK(none.error().kind == ErrorKind::permission);
    }
    CHECK_FALSE(link("000000000000"));
}

TEMPLATE_TEST_CASE("a session is found by its secret until it, or its token, has ended", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const std::string token =
        prefix_of(*db, {.name = "t", .scopes = {"*"}, .expires_at = kNow + 30min});
    const auto first = made(*db, token);
    REQUIRE(first);
    CHECK(first->session.expires_at == kNow + 30min);  // does not outlive its token
    CHECK(web_sessions::find(*db, first->secret, kNow)->token.name == "t");
    CHECK(web_sessions::find_again(*db, first->session.id, kNow)->session.browser == "a browser");
    CHECK_FALSE(web_sessions::find(*db, first->session.id, kNow));
    CHECK_FALSE(web_sessions::find(*db, first->secret, kNow + 30min));
    CHECK(db->query("SELECT digest FROM web_sessions")->rows[0].text(0) != first->secret);

    const auto end = [&](const std::string& whose) {
        return db->transaction(
            [&](Transaction& tx) { return web_sessions::end(tx, first->session.id, whose); });
    };
    CHECK(end("another").error().kind == ErrorKind::not_found);
    CHECK(end(token));
    CHECK_FALSE(web_sessions::find(*db, first->secret, kNow));
    CHECK(end({}).error().kind == ErrorKind::not_found);

    const auto second = made(*db, token);
    REQUIRE(db->transaction([&](Transaction& tx) { return tokens::revoke(tx, token, kNow); }));
    const Result<SignedIn> gone = web_sessions::find(*db, second->secret, kNow);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().kind == ErrorKind::permission);
    REQUIRE(db->transaction([&](Transaction& tx) { return tokens::erase(tx, token); }));
    CHECK(db->query("SELECT id FROM web_sessions")->rows.empty());
}

TEMPLATE_TEST_CASE("a token has so many sessions, and what is over is forgotten", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const std::string one = prefix_of(*db, {.name = "one"}), two = prefix_of(*db, {.name = "two"});
    const auto first = made(*db, one);
    const auto other = made(*db, two);
    for (std::size_t i = 0; i < web_sessions::kMaxSessions; ++i)
        REQUIRE(made(*db, one, kNow + std::chrono::milliseconds(i + 1)));
    CHECK(web_sessions::list(*db, one, kNow, 100)->size() == web_sessions::kMaxSessions);
    CHECK_FALSE(web_sessions::find(*db, first->secret, kNow));
    CHECK(web_sessions::find(*db, other->secret, kNow));
    CHECK(web_sessions::list(*db, {}, kNow, 100)->size() == web_sessions::kMaxSessions + 1);
    CHECK(web_sessions::list(*db, {}, kNow, 5)->size() == 5);
    const auto pruned = within<std::int64_t>(
        *db, [&](Transaction& tx) { return web_sessions::prune(tx, kNow + 2h, 1'000); });
    CHECK(pruned.value() == static_cast<std::int64_t>(web_sessions::kMaxSessions + 1));
}

}  // namespace control
