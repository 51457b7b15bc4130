// Keys made with other keys: they have no wider permissions, and are revoked with them.
#include "served.h"
#include "tests/support/eventually.h"

#include "control/store/workers.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using contracts::Json;

struct Key {
    std::string id;
    std::string text;
};

// Two users, each with a project and a task of the same name, and one user's token.
struct World {
    World() {
        served.add_user("u1", "1001");
        served.add_user("u2", "1002");
        for (const auto& [project, owner] :
             {std::pair{"shop", "u1"}, std::pair{"blog", "u1"}, std::pair{"theirs", "u2"}}) {
            served.add_project(project, owner);
            served.add_task(project, project);
        }
        user = served.token({.name = "u",
                             .role = TokenRole::user,
                             .user_id = "u1",
                             .scopes = {"project.*", "engineering.*", "token.*"}});
    }

    HttpResponse make(const std::string& token, Json body) const {
        body["name"] = "sub-worker";
        return served.ask_with(token, {"POST", "/api/api_keys", std::move(body)});
    }
    Key made(const std::string& token, Json body) const {
        const HttpResponse answer = make(token, std::move(body));
        INFO(answer.body);
        REQUIRE(answer.status == 201);
        const Json key = json_of(answer);
        return {key.at("id"), key.at("key")};
    }
    int status(const std::string& token, Ask ask) const {
        return served.ask_with(token, std::move(ask)).status;
    }
    int get(const std::string& token, const char* target) const {
        return status(token, {"GET", target});
    }
    Json list(const std::string& token, const char* target) const {
        return json_of(served.ask_with(token, {"GET", target}));
    }
    Served served;
    std::string user;
};

}  // namespace

TEST_CASE("a key for one project sees that project and what belongs to it, and no other") {
    const World world;
    const Key key = world.made(
        world.user,
        {{"scopes", {"project.*", "engineering.start", "token.*"}}, {"project_id", "shop"}});
    CHECK(world.get(key.text, "/api/projects/shop") == 200);
    CHECK(world.get(key.text, "/api/projects/blog") == 404);
    CHECK(world.get(key.text, "/api/projects/theirs") == 404);
    CHECK(world.list(key.text, "/api/projects").size() == 1);
    CHECK(world.list(key.text, "/api/tasks").size() == 1);
    CHECK(world.list(key.text, "/api/tasks?project_id=blog").empty());
    CHECK(world.get(key.text, "/api/projects/shop/secrets") == 200);
    CHECK(world.get(key.text, "/api/projects/blog/secrets") == 404);
    const auto start = [&](const char* project) {
        return world.status(
            key.text, {"POST", "/api/tasks", {{"project_id", project}, {"type", "engineering"}}});
    };
    CHECK(start("shop") == 201);
    CHECK(start("blog") == 404);
    CHECK(world.status(key.text, {"POST", "/api/projects", {{"name", "new"}}}) == 403);

    // A key made with it is limited to the same project, whether or not the request says so.
    const Key lower = world.made(key.text, {{"scopes", {"project.list"}}});
    CHECK(world.list(lower.text, "/api/projects").size() == 1);
    const HttpResponse other =
        world.make(key.text, {{"scopes", {"project.list"}}, {"project_id", "blog"}});
    CHECK(other.status == 404);
    CHECK(json_of(other).at("field") == "project_id");
}

TEST_CASE("an administrator's key for one project sees it whoever owns it, and nothing else") {
    const World world;
    const Json made = json_of(world.served.ask(
        {"POST", "/api/api_keys", {{"name", "k"}, {"scopes", {"*"}}, {"project_id", "theirs"}}}));
    const std::string key = made.at("key");
    CHECK(world.list(key, "/api/projects").size() == 1);
    CHECK(world.get(key, "/api/projects/theirs") == 200);
    CHECK(world.get(key, "/api/tasks/theirs") == 200);
    CHECK(world.get(key, "/api/tasks/shop") == 404);
    CHECK(world.status(key, {"PATCH", "/api/tasks/shop", {{"status", "cancelled"}}}) == 404);
    CHECK(world.get(key, "/api/users") == 403);
}

TEST_CASE("an administrator's key without a user writes, and what it makes is nobody's") {
    const World world;
    const Json made = json_of(world.served.ask(
        {"POST", "/api/api_keys", {{"name", "ci"}, {"scopes", {"project.*", "deploy.start"}}}}));
    const std::string key = made.at("key");
    const HttpResponse project =
        world.served.ask_with(key, {"POST", "/api/projects", {{"name", "new"}}});
    CHECK(project.status == 201);
    CHECK_FALSE(json_of(project).contains("owner_id"));
    const auto task = [&](const char* type) {
        return world.status(key,
                            {"POST", "/api/tasks", {{"project_id", "theirs"}, {"type", type}}});
    };
    CHECK(task("deploy") == 201);
    CHECK(world.status(key, {"POST", "/api/users", {{"telegram_id", "5"}}}) == 403);
    const std::string path = "/api/projects/" + json_of(project).at("id").get<std::string>();
    CHECK(world.get(world.user, path.c_str()) == 404);
}

TEST_CASE("a bot's key asks for the user it names, and only an administrator makes one") {
    const World world;
    Json body{{"name", "bot"}, {"scopes", {"project.*", "token.*"}}, {"speaks_for_users", true}};
    const std::string bot = json_of(world.served.ask({"POST", "/api/api_keys", body})).at("key");
    const auto make = [&](std::vector<HttpHeader> headers) {
        return world.served.ask_with(
            bot, {"POST", "/api/projects", {{"name", "new"}}, std::move(headers)});
    };
    CHECK(json_of(make({})).at("field") == "X-Telegram-ID");
    const HttpResponse named = make({{"X-Telegram-ID", "1001"}});
    CHECK(named.status == 201);
    CHECK(json_of(named).at("owner_id") == "u1");
    // No key made with it acts for users, nor does a key made with a user's own token.
    world.served.add_user("boss", "1003", true);
    for (const auto& [token, headers] :
         {std::pair(world.user, std::vector<HttpHeader>()),
          std::pair(bot, std::vector<HttpHeader>{{"X-Telegram-ID", "1001"}}),
          std::pair(bot, std::vector<HttpHeader>{{"X-Telegram-ID", "1003"}})}) {
        const HttpResponse refused =
            world.served.ask_with(token, {"POST", "/api/api_keys", body, headers});
        CHECK(refused.status == 403);
        CHECK(json_of(refused).at("field") == "speaks_for_users");
    }
    for (const char* field : {"user_id", "project_id"}) {
        Json both = body;
        both[field] = field == std::string("user_id") ? "u1" : "shop";
        const HttpResponse refused = world.served.ask({"POST", "/api/api_keys", both});
        CHECK(refused.status == 422);
        CHECK(json_of(refused).at("field") == field);
    }
}

TEST_CASE("a key's end is a time or so many seconds, and not in the past") {
    const World world;
    const auto make = [&](const Json& more) {
        Json body{{"name", "k"}, {"scopes", {"project.get"}}};
        body.update(more);
        return world.served.ask({"POST", "/api/api_keys", body});
    };
    CHECK(json_of(make({{"expires_at", "2100-01-01T00:00:00Z"}})).at("expires_at") ==
          "2100-01-01T00:00:00Z");
    CHECK(json_of(make({{"expires_at", "2001-01-01T00:00:00Z"}})).at("field") == "expires_at");
    const HttpResponse both = make({{"expires_at", "2100-01-01T00:00:00Z"}, {"expires_in", 5}});
    CHECK(both.status == 422);
}

TEST_CASE("a key never allows more than what it is made with") {
    const World world;
    const Key key = world.made(
        world.user,
        {{"scopes", {"project.get", "project.list", "token.create"}}, {"expires_in", 7200}});
    CHECK(world.get(key.text, "/api/projects") == 200);
    CHECK(world.get(key.text, "/api/tasks") == 403);

    tests::eventually("the use of the key noted", [&] {
        return world.list(world.user, "/api/api_keys").at(0).contains("last_used_at");
    });

    struct Case {
        Json body;
        int status;
        const char* field;
    };
    const Case cases[] = {
        {{{"scopes", {"*"}}}, 403, "scopes"},
        {{{"scopes", {"project.*"}}}, 403, "scopes"},
        {{{"scopes", {"project.get", "project.create"}}}, 403, "scopes"},
        {{{"scopes", {"PRODUCT_OWNER"}}}, 403, "scopes"},
        {{{"scopes", {"project.get", "no pattern"}}}, 422, "scopes[1]"},
        {{{"scopes", {"project." + std::string(57, 'a')}}}, 422, "scopes[0]"},
        {{{"scopes", {"project.get"}}, {"user_id", "u2"}}, 403, "user_id"},
        {{{"scopes", {"project.get"}}, {"project_id", "theirs"}}, 404, "project_id"},
        {{{"scopes", {"project.get"}}, {"project_id", "missing"}}, 404, "project_id"},
        {{{"scopes", {"project.get"}}, {"expires_in", 7201}}, 403, "expires_in"},
        {{{"scopes", {"project.get"}}, {"expires_in", 0}}, 422, "expires_in"},
        {{{"scopes", {"project.get"}}, {"expires_in", "tomorrow"}}, 422, "expires_in"},
    };
    for (const Case& bad : cases) {
        const std::string before = world.served.everything();
        const HttpResponse answer = world.make(key.text, bad.body);
        INFO(bad.body.dump() << "\n" << answer.body);
        CHECK(answer.status == bad.status);
        CHECK(json_of(answer).value("field", "") == bad.field);
        CHECK(world.served.everything() == before);
    }
    // The refusal lists what is possible.
    CHECK(
        json_of(world.make(key.text, {{"scopes", {"deploy.start"}}})).dump().find("project.get") !=
        std::string::npos);
    CHECK(world.made(key.text, {{"scopes", Json::array()}}).text != key.text);
    const Json lower = world.list(world.user, "/api/api_keys");
    REQUIRE(lower.size() == 1);  // the user's own keys, without those that were made with them
    CHECK(lower[0].at("id") == key.id);
    CHECK(lower[0].at("user_id") == "u1");
}

TEST_CASE("a key ends at its time, and what was made with it no later") {
    World world;
    const Key key = world.made(
        world.user, {{"scopes", {"project.list", "token.create"}}, {"expires_in", 3600}});
    const Key lower = world.made(key.text, {{"scopes", {"project.list"}}});
    CHECK(world.get(lower.text, "/api/projects") == 200);
    world.served.clock.advance(std::chrono::minutes(59));
    CHECK(world.get(key.text, "/api/projects") == 200);
    CHECK(world.get(lower.text, "/api/projects") == 200);
    world.served.clock.advance(std::chrono::minutes(1));
    CHECK(world.get(key.text, "/api/projects") == 401);
    CHECK(world.get(lower.text, "/api/projects") == 401);
    CHECK(world.get(world.user, "/api/projects") == 200);
}

TEST_CASE("revoking a key revokes what was made with it, and nothing beside it") {
    const World world;
    const Json scopes = {{"scopes", {"project.list", "token.*"}}};
    const Key upper = world.made(world.user, scopes);
    const Key middle = world.made(upper.text, scopes);
    const Key lower = world.made(middle.text, scopes);
    const Key beside = world.made(world.user, scopes);
    const auto revoke = [&](const std::string& token, const Key& key) {
        return world.status(token, {"PATCH", "/api/api_keys/" + key.id, {{"revoked", true}}});
    };
    // A key can revoke only the keys that were made with it.
    CHECK(revoke(lower.text, middle) == 404);
    CHECK(revoke(beside.text, upper) == 404);
    CHECK(revoke(upper.text, lower) == 404);
    CHECK(revoke(upper.text, upper) == 404);
    CHECK(world.list(beside.text, "/api/api_keys").empty());
    CHECK(world.list(upper.text, "/api/api_keys").size() == 1);
    // Even on their own keys, users can change nothing but `revoked`.
    for (const Json& change : {Json{{"scopes", {"*"}}}, Json{{"name", "x"}}})
        CHECK(world.status(world.user, {"PATCH", "/api/api_keys/" + upper.id, change}) == 403);

    REQUIRE(revoke(world.user, upper) == 200);
    for (const Key& gone : {upper, middle, lower}) {
        CHECK(world.get(gone.text, "/api/projects") == 401);
        CHECK(
            json_of(world.served.ask({"GET", "/api/api_keys/" + gone.id})).contains("revoked_at"));
    }
    CHECK(world.get(beside.text, "/api/projects") == 200);
    CHECK(world.get(world.user, "/api/projects") == 200);
    CHECK(world.served.ask({"DELETE", "/api/api_keys/" + upper.id}).status == 204);
    CHECK(world.served.ask({"GET", "/api/api_keys/" + lower.id}).status == 404);
}

TEST_CASE("when a key is narrowed, so is what was made with it") {
    const World world;
    const Key upper = [&] {
        const Json made = json_of(world.served.ask(
            {"POST", "/api/api_keys", {{"name", "k"}, {"scopes", {"project.*", "token.*"}}}}));
        return Key{made.at("id"), made.at("key")};
    }();
    const Key middle = world.made(upper.text, {{"scopes", {"project.*", "token.create"}}});
    const Key lower = world.made(middle.text, {{"scopes", {"project.tasks", "project.list"}}});
    const auto scopes = [&](const Key& key) {
        return json_of(world.served.ask({"GET", "/api/api_keys/" + key.id})).at("scopes");
    };
    const auto change = [&](const Key& key, Json to) {
        return world.served.ask({"PATCH", "/api/api_keys/" + key.id, {{"scopes", std::move(to)}}})
            .status;
    };
    REQUIRE(change(upper, {"project.list", "project.get"}) == 200);
    CHECK(scopes(middle) == Json{"project.list", "project.get"});
    CHECK(scopes(lower) == Json{"project.list"});
    CHECK(world.get(lower.text, "/api/projects") == 200);
    CHECK(world.get(lower.text, "/api/tasks") == 403);
    // Even an administrator cannot widen a key beyond the key that it was made with.
    CHECK(change(lower, {"project.*"}) == 403);
    REQUIRE(change(upper, {"*"}) == 200);
    CHECK(scopes(lower) == Json{"project.list"});
}

TEST_CASE("a worker's keys are made behind its door, and end with it") {
    const World world;
    world.served.run_worker("w1");
    const HttpHandler door =
        world.served.api->handler_for(Caller::worker("w1", "u1", {"PRODUCT_OWNER"}));
    const auto make = [&](const HttpHandler& from) {
        return world.served.ask(from, {"POST",
                                       "/api/api_keys",
                                       {{"name", "sub-worker"},
                                        {"scopes", {"project.get", "token.create"}},
                                        {"project_id", "shop"}}});
    };
    const std::string key = json_of(make(door)).at("key");
    const Key lower = world.made(key, {{"scopes", {"project.get"}}});
    CHECK(world.get(key, "/api/projects/shop") == 200);
    CHECK(world.get(lower.text, "/api/projects/shop") == 200);
    CHECK(world.get(key, "/api/projects/blog") == 404);
    CHECK(json_of(world.served.ask(door, {"GET", "/api/api_keys"})).size() == 1);

    world.served.write([&](Transaction& tx) -> Result<void> {
        Result<std::optional<WorkerRow>> worker = workers::find(tx, "w1");
        if (!worker) return fail(worker.error());
        (*worker)->phase = WorkerPhase::ended;
        return workers::update(tx, **worker);
    });
    CHECK(world.get(key, "/api/projects/shop") == 401);
    CHECK(world.get(lower.text, "/api/projects/shop") == 401);
    CHECK(json_of(world.served.ask({"GET", "/api/api_keys"})).empty());
    // A worker that has ended can no longer make keys.
    CHECK(make(door).status == 403);
    const HttpHandler nobodys =
        world.served.api->handler_for(Caller::worker("w2", "", {"PRODUCT_OWNER"}));
    CHECK(make(nobodys).status == 403);
}

TEST_CASE("keys are not passed on without end") {
    const World world;
    std::string token = world.user;
    int made = 0;
    for (HttpResponse answer;; ++made) {
        answer = world.make(token, {{"scopes", {"token.create"}}});
        if (answer.status != 201) {
            CHECK(answer.status == 409);
            break;
        }
        token = json_of(answer).at("key");
        REQUIRE(made <= tokens::kMaxDepth);
    }
    CHECK(made == tokens::kMaxDepth - 1);
}

TEST_CASE("more keys are not more requests") {
    const Served served({.rate = {.per_second = 1, .at_once = 4}});
    served.add_user("u1", "1001");
    const std::string user =
        served.token({.name = "u", .role = TokenRole::user, .user_id = "u1", .scopes = {"*"}});
    const auto ask = [&](const std::string& token) {
        return served.ask_with(token, {"GET", "/api/projects"}).status;
    };
    std::vector<std::string> keys;
    for (int i = 0; i < 2; ++i) {
        const Json made = json_of(served.ask_with(
            user, {"POST", "/api/api_keys", {{"name", "k"}, {"scopes", {"project.list"}}}}));
        keys.push_back(made.at("key"));
    }
    CHECK(ask(keys[0]) == 200);
    CHECK(ask(keys[1]) == 200);
    CHECK(ask(keys[0]) == 429);
    CHECK(ask(keys[1]) == 429);
    CHECK(ask(user) == 429);
}

TEST_CASE("an administrator hands out a worker's token, which ends with the worker") {
    const World world;
    world.served.run_worker("w1");
    const auto ask = [&](Json body) {
        body["name"] = "elsewhere";
        return world.served.ask({"POST", "/api/api_keys", std::move(body)});
    };
    const HttpResponse answer = ask({{"scopes", Json::array()}, {"worker_id", "w1"}});
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    const std::string text = json_of(answer).at("key");
    const auto token = tokens::authenticate(*world.served.db, text, world.served.clock.now());
    REQUIRE(token);
    CHECK(token->worker_id == "w1");
    CHECK(token->role == TokenRole::worker);
    CHECK(token->scopes.empty());
    CHECK(world.get(text, "/api/projects") == 403);

    CHECK(world.make(world.user, {{"scopes", {"project.list"}}, {"worker_id", "w1"}}).status ==
          403);
    CHECK(ask({{"scopes", Json::array()}, {"worker_id", "none"}}).status == 404);
    CHECK(ask({{"scopes", Json::array()}, {"worker_id", "w1"}, {"user_id", "u1"}}).status == 422);

    world.served.write([&](Transaction& tx) { return tokens::erase_of_worker(tx, "w1"); });
    CHECK_FALSE(tokens::authenticate(*world.served.db, text, world.served.clock.now()));
}

}  // namespace control
