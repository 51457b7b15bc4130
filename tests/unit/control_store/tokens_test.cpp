#include "control/store/tokens.h"

#include "control/store/api_keys.h"
#include "control/store/idempotency.h"
#include "control/store/users.h"
#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <set>

namespace control {

namespace {

using contracts::Timestamp;

constexpr Timestamp kIssuedAt{std::chrono::milliseconds(1'768'046'400'000)};

std::string create(Database& db, const NewToken& token) {
    std::string text;
    const Result<void> done = db.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::string> made = tokens::create(tx, token, kIssuedAt);
        if (!made) return fail(std::move(made.error()));
        text = *made;
        return {};
    });
    REQUIRE(done);
    return text;
}

}  // namespace

TEMPLATE_TEST_CASE("a token is believed as it was made, and is not stored", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const std::string text = create(*db, {.name = "bot",
                                          .role = TokenRole::bot,
                                          .user_id = "u1",
                                          .worker_id = "w1",
                                          .task_id = "t1",
                                          .scopes = {"project.*", "respond"},
                                          .speaks_for_users = true});
    const Result<Token> token = tokens::authenticate(*db, text, kIssuedAt);
    REQUIRE(token);
    CHECK(token->name == "bot");
    CHECK(token->role == TokenRole::bot);
    CHECK(token->user_id == "u1");
    CHECK(token->worker_id == "w1");
    CHECK(token->task_id == "t1");
    CHECK(token->scopes == std::vector<std::string>{"project.*", "respond"});
    CHECK(token->speaks_for_users);
    CHECK(token->created_at == kIssuedAt);
    CHECK(text != create(*db, {.name = "bot", .role = TokenRole::bot}));

    const auto rows = db->query("SELECT digest, prefix FROM tokens");
    for (const Row& row : rows->rows) {
        CHECK(row.text(0).size() == 64);
        CHECK(text.find(row.text(0)) == std::string::npos);
    }
}

TEMPLATE_TEST_CASE("what is not exactly the token is refused, and all refusals are alike", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const std::string text = create(*db, {.name = "a", .role = TokenRole::admin});
    const std::string other = create(*db, {.name = "b", .role = TokenRole::admin});
    std::vector<std::string> wrong = {"",
                                      "orch_",
                                      text + "0",
                                      text.substr(0, text.size() - 1),
                                      text.substr(0, 18) + other.substr(18),
                                      "Bearer " + text};
    for (std::size_t i = 0; i < text.size(); ++i) {
        wrong.push_back(text);
        wrong.back()[i] = wrong.back()[i] == '0' ? '1' : '0';
    }
    std::set<std::string> words;
    for (const std::string& guess : wrong) {
        const Result<Token> refused = tokens::authenticate(*db, guess, kIssuedAt);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::permission);
        words.insert(refused.error().describe());
    }
    CHECK(words.size() == 1);
    CHECK(tokens::authenticate(*db, text, kIssuedAt));
}

TEMPLATE_TEST_CASE("expired, revoked and dead workers' tokens are refused", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const std::string brief = create(*db, {.name = "brief",
                                           .role = TokenRole::user,
                                           .expires_at = kIssuedAt + std::chrono::hours(1)});
    CHECK(tokens::authenticate(*db, brief, kIssuedAt + std::chrono::minutes(59)));
    CHECK_FALSE(tokens::authenticate(*db, brief, kIssuedAt + std::chrono::hours(1)));

    const std::string revoked = create(*db, {.name = "revoked", .role = TokenRole::admin});
    const std::string prefix = revoked.substr(5, 12);
    const auto revoke = [&](const std::string& which) {
        return db->transaction(
            [&](Transaction& tx) { return tokens::revoke(tx, which, kIssuedAt); });
    };
    REQUIRE(revoke(prefix));
    REQUIRE(revoke(prefix));
    CHECK(revoke("nothing").error().kind == ErrorKind::not_found);
    CHECK_FALSE(tokens::authenticate(*db, revoked, kIssuedAt));

    const std::string worker =
        create(*db, {.name = "w", .role = TokenRole::worker, .worker_id = "w1"});
    REQUIRE(db->transaction([](Transaction& tx) { return tokens::erase_of_worker(tx, "w1"); }));
    CHECK_FALSE(tokens::authenticate(*db, worker, kIssuedAt));
    CHECK(tokens::list(*db)->size() == 2);
}

TEMPLATE_TEST_CASE("what bounds a token bounds those below it", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const auto prefix_of = [](const std::string& text) {
        return text.substr(5, 12);
    };
    const auto make = [&](const std::string& key, const std::optional<std::string>& upper,
                          std::vector<std::string> scopes) {
        std::string text;
        const Result<void> done = db->transaction([&](Transaction& tx) -> Result<void> {
            contracts::ApiKey row;
            row.id = row.name = key;
            row.scopes = std::move(scopes);
            row.created_at = kIssuedAt;
            const Result<std::string> made =
                api_keys::insert(tx, row, {.name = "m", .worker_id = "w1", .token = upper});
            if (!made) return fail(made.error());
            text = *made;
            return {};
        });
        REQUIRE(done);
        return text;
    };
    const std::string top = make("top", {}, {"project.*"});
    const std::string middle = make("middle", prefix_of(top), {"project.*"});
    const std::string low = make("low", prefix_of(middle), {"project.get", "project.list"});
    const std::string other = make("other", {}, {"*"});
    const auto run = [&](const std::function<Result<void>(Transaction&)>& work) {
        REQUIRE(db->transaction(work));
    };
    const auto scopes = [&](const std::string& text) {
        return tokens::authenticate(*db, text, kIssuedAt).value().scopes;
    };

    run([&](Transaction& tx) { return tokens::set_scopes(tx, prefix_of(top), {"project.get"}); });
    using Scopes = std::vector<std::string>;
    CHECK(scopes(low) == Scopes{"project.get"});
    CHECK(scopes(middle) == Scopes{"project.get"});
    CHECK(scopes(other) == Scopes{"*"});
    CHECK(api_keys::find(*db, "low")->entity.scopes == Scopes{"project.get"});

    run([&](Transaction& tx) { return tokens::revoke(tx, prefix_of(middle), kIssuedAt); });
    CHECK(tokens::authenticate(*db, top, kIssuedAt));
    CHECK_FALSE(tokens::authenticate(*db, middle, kIssuedAt));
    CHECK_FALSE(tokens::authenticate(*db, low, kIssuedAt));
    CHECK(api_keys::find(*db, "low")->entity.revoked_at == kIssuedAt);
    CHECK_FALSE(api_keys::find(*db, "top")->entity.revoked_at);

    SECTION("and nothing more is made with one that has ended, or beyond what it allows") {
        for (const auto& [upper, scope] : {std::pair{middle, "project.get"}, {top, "project.*"}}) {
            const Result<void> done = db->transaction([&](Transaction& tx) -> Result<void> {
                const Result<std::string> made = tokens::create(
                    tx, {.name = "late", .scopes = {scope}, .parent = prefix_of(upper)}, kIssuedAt);
                return made ? Result<void>() : Result<void>(fail(made.error()));
            });
            REQUIRE_FALSE(done);
            CHECK(done.error().kind == ErrorKind::permission);
        }
        CHECK(tokens::list(*db)->size() == 4);
    }
    SECTION("what ended long ago is forgotten, but for keys that people made to last") {
        run([&](Transaction& tx) { return tokens::revoke(tx, prefix_of(top), kIssuedAt); });
        std::int64_t gone = 0;
        run([&](Transaction& tx) -> Result<void> {
            const Result<std::int64_t> pruned =
                tokens::prune(tx, kIssuedAt + std::chrono::hours(1), 100);
            if (!pruned) return fail(pruned.error());
            gone = *pruned;
            return {};
        });
        CHECK(gone == 2);
        CHECK_FALSE(api_keys::find(*db, "middle"));
        CHECK(api_keys::find(*db, "top"));
    }
    SECTION("an erased one takes them with it") {
        run([&](Transaction& tx) { return tokens::erase(tx, prefix_of(top)); });
        for (const char* key : {"top", "middle", "low"})
            CHECK_FALSE(api_keys::find(*db, key));
        CHECK(tokens::authenticate(*db, other, kIssuedAt));
    }
    SECTION("and so does the worker who made them") {
        run([&](Transaction& tx) { return tokens::erase_of_worker(tx, "w1"); });
        CHECK(tokens::list(*db)->empty());
        CHECK_FALSE(api_keys::find(*db, "other"));
    }
}

TEMPLATE_TEST_CASE("the first start makes one administrator's token and the second none", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    std::vector<std::optional<std::string>> made;
    for (int start = 0; start < 2; ++start)
        REQUIRE(db->transaction([&](Transaction& tx) -> Result<void> {
            auto text = tokens::create_first_admin(tx, kIssuedAt);
            if (!text) return fail(std::move(text.error()));
            made.push_back(*text);
            return {};
        }));
    REQUIRE(made[0]);
    CHECK_FALSE(made[1]);
    CHECK(tokens::authenticate(*db, *made[0], kIssuedAt)->role == TokenRole::admin);
}

TEMPLATE_TEST_CASE("an answer is remembered for its caller, route, key and body, for a day", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const idempotency::Request request{"user:u1", "POST /api/tasks", "k", "digest"};
    const auto remember = [&](const idempotency::Request& which, const char* answer, Timestamp at) {
        REQUIRE(db->transaction(
            [&](Transaction& tx) { return idempotency::remember(tx, which, answer, at); }));
    };
    CHECK_FALSE(*idempotency::recall(*db, request, kIssuedAt));
    remember(request, "answer", kIssuedAt);
    CHECK(*idempotency::recall(*db, request, kIssuedAt) == "answer");
    for (auto change : {&idempotency::Request::caller, &idempotency::Request::route,
                        &idempotency::Request::key}) {
        idempotency::Request other = request;
        other.*change = "other";
        CHECK_FALSE(*idempotency::recall(*db, other, kIssuedAt));
    }
    idempotency::Request other = request;
    other.body_digest = "other";
    const auto refused = idempotency::recall(*db, other, kIssuedAt);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::conflict);
    CHECK(refused.error().field == "Idempotency-Key");

    const Timestamp later = kIssuedAt + idempotency::kRemembered;
    CHECK_FALSE(*idempotency::recall(*db, other, later));
    remember(other, "anew", later);
    CHECK(*idempotency::recall(*db, other, later) == "anew");
}

TEMPLATE_TEST_CASE("the table of answers does not grow without end", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    for (int day = 0; day < 4; ++day)
        for (int i = 0; i < 30; ++i)
            REQUIRE(db->transaction([&](Transaction& tx) {
                return idempotency::remember(
                    tx, {"c", "r", std::to_string(day * 100 + i), "d"}, "a",
                    kIssuedAt + day * (idempotency::kRemembered + std::chrono::minutes(1)));
            }));
    CHECK(db->query("SELECT COUNT(*) FROM idempotency_keys")->rows[0].integer(0) == 30);
}

}  // namespace control
