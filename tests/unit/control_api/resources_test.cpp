// What all resources have in common: bodies, pages, ETags, stored answers, state machines.
#include "control/api/inventory.h"
#include "control/api/routes.h"
#include "served.h"
#include "tests/support/eventually.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <thread>

namespace control {

namespace {

using contracts::Json;

constexpr const char* kMissing = "00000000-0000-0000-0000-000000000000";

std::string id_of(const HttpResponse& response) {
    return json_of(response).at("id");
}

std::size_t count(const Served& served, const char* table) {
    return static_cast<std::size_t>(
        served.db->query(std::string("SELECT COUNT(*) FROM ") + table)->rows[0].integer(0));
}

}  // namespace

TEST_CASE("what is created is found, listed, changed and deleted") {
    const Served served;
    struct Kind {
        const char* path;
        Json body;
        Json change;
    };
    served.add_project("p", "");
    served.write([&](Transaction& tx) {
        return servers::insert(
            tx, {"held", "s", "held", "192.0.2.9", contracts::ServerStatus::active, "p", {}, {}},
            served.clock.now());
    });
    for (const Kind& kind :
         {Kind{"/api/projects", {{"name", "shop"}, {"modules", {"backend"}}}, {{"name", "store"}}},
          Kind{"/api/tasks", {{"project_id", "p"}, {"spec", "a shop"}}, {{"status", "running"}}},
          Kind{"/api/task_executions", {{"id", "r1"}, {"worker_id", "w1"}}, {{"exit_code", 3}}},
          Kind{"/api/users", {{"telegram_id", 77}}, {{"is_admin", true}}},
          Kind{
              "/api/servers",
              {{"name", "one"}, {"handle", "h"}, {"ip_address", "192.0.2.1"}, {"provider_id", "p"}},
              {{"status", "active"}, {"specs", {{"cpus", 4}}}}},
          Kind{"/api/incidents",
               {{"server_id", "held"}, {"title", "disk full"}},
               {{"severity", "critical"}}},
          Kind{"/api/service_deployments",
               {{"server_id", "held"},
                {"project_id", "p"},
                {"service_name", "web"},
                {"port", 80},
                {"status", "up"}},
               {{"url", "https://shop.example"}}},
          Kind{"/api/allocations",
               {{"server_id", "held"}, {"project_id", "p"}, {"service_name", "web"}, {"port", 80}},
               {{"port", 81}}},
          Kind{"/api/agent_configs", {{"name", "c"}, {"model", "m"}}, {{"is_active", false}}},
          Kind{"/api/available_models",
               {{"provider", "p"}, {"name", "m"}, {"input_price", 0.25}},
               {{"output_price", 1.5}}},
          Kind{"/api/rag",
               {{"source", "s"}, {"path", "README"}, {"text", "words"}},
               {{"text", "other words"}}}}) {
        INFO(kind.path);
        const HttpResponse made = served.ask({"POST", kind.path, kind.body});
        REQUIRE(made.status == 201);
        const std::string path = std::string(kind.path) + "/" + id_of(made);
        CHECK(made.header("Location") == path);
        CHECK(made.header("ETag") == "\"1\"");

        const HttpResponse found = served.ask({"GET", path});
        CHECK(found.status == 200);
        Json entity = json_of(made);
        entity.erase("warning");  // no daemon runs here, and whoever starts a task is told so
        CHECK(json_of(found) == entity);
        CHECK(found.header("ETag") == "\"1\"");
        const Json list = json_of(served.ask({"GET", kind.path}));
        CHECK(std::ranges::find(list, entity) != list.end());

        const HttpResponse changed = served.ask({"PATCH", path, kind.change});
        REQUIRE(changed.status == 200);
        CHECK(changed.header("ETag") == "\"2\"");
        CHECK(json_of(served.ask({"GET", path})) == json_of(changed));
        for (const auto& [name, value] : kind.change.items())
            CHECK(json_of(changed).at(name) == value);

        if (std::string(kind.path) == "/api/tasks")
            CHECK(served.ask({"PATCH", path, {{"status", "cancelled"}}}).status == 200);
        const HttpResponse deleted = served.ask({"DELETE", path});
        CHECK(deleted.status == 204);
        CHECK(deleted.body.empty());
        for (const char* method : {"GET", "DELETE"})
            CHECK(served.ask({method, path}).status == 404);
        CHECK(served.ask({"PATCH", path, kind.change}).status == 404);
    }
}

TEST_CASE("what is not served says so: 404, 405 with Allow, 415, 400") {
    const Served served;
    CHECK(served.ask({"GET", "/api/nothing"}).status == 404);
    CHECK(served.ask({"GET", "/api/tasks/"}).status == 404);
    CHECK(served.ask({"GET", "/api/tasks/a/b"}).status == 404);
    CHECK(served.ask({"GET", std::string("/api/tasks/") + kMissing}).status == 404);
    const HttpResponse put = served.ask({"PUT", "/api/tasks/1", Json::object()});
    CHECK(put.status == 405);
    CHECK(put.header("Allow") == "GET, PATCH, DELETE");
    CHECK(served.ask({"HEAD", "/api/tasks"}).status == 200);
    const Json body{{"name", "shop"}};
    const auto posted = [&](const char* type) {
        return served.ask({"POST", "/api/projects", body, {{"Content-Type", type}}}).status;
    };
    CHECK(posted("application/x-www-form-urlencoded") == 415);
    CHECK(posted("text/plain; charset=utf-8") == 415);
    CHECK(posted("application/json; charset=utf-8") == 201);
    CHECK(posted("Application/Merge-Patch+JSON") == 201);
    for (const char* text :
         {"", "{", "{\"name\":\"shop\"", "nonsense", "{\"name\":\"shop\"} x", "\xff"}) {
        const HttpResponse refused = served.ask({"POST", "/api/projects", {}, {}, text});
        CHECK(refused.status == 400);
    }
    CHECK(count(served, "projects") == 2);
}

TEST_CASE("a compressed body is 415 and names its header, whatever is in it") {
    const Served served;
    served.add_project("p", "");
    for (const char* method : {"POST", "PATCH"})
        for (const char* encoding : {"gzip", "br", "identity, gzip"}) {
            const std::string target =
                method == std::string("POST") ? "/api/projects" : "/api/projects/p";
            const HttpResponse refused = served.ask(
                {method, target, {}, {{"Content-Encoding", encoding}}, "\x1f\x8b\x08 compressed"});
            CHECK(refused.status == 415);
            CHECK(refused.header("Accept-Encoding") == "identity");
            CHECK(json_of(refused).at("field") == "Content-Encoding");
            CHECK(json_of(refused).at("next_step") == "send plain JSON, without this header");
        }
    CHECK(count(served, "projects") == 1);
    CHECK(
        served
            .ask({"POST", "/api/projects", {{"name", "shop"}}, {{"Content-Encoding", "Identity"}}})
            .status == 201);
}

TEST_CASE("a change that changes nothing is told so") {
    const Served served;
    served.add_project("p", "");
    for (const Json& body : {Json::object(), Json{{"nmae", "shop"}}, Json{{"name", nullptr}}})
        CHECK(served.ask({"PATCH", "/api/projects/p", body}).status == 422);
    for (const Json& body : {Json::object(), Json{{"nmae", "shop"}}, Json{{"id", "q"}}}) {
        const Json told = json_of(served.ask({"PATCH", "/api/projects/p", body}));
        CHECK(told.at("detail") == "changes nothing");
        CHECK(told.at("next_step") ==
              "send at least one of: description, github_repo_id, modules, name, owner_id, "
              "project_spec, repository_url, status");
    }
    CHECK(served.ask({"GET", "/api/projects/p"}).header("ETag") == "\"1\"");
}

TEST_CASE("administrators alone name a project's repository, at its start or later") {
    const Served served;
    const Json theirs{{"name", "shop"}, {"repository_url", "https://github.com/a/b"}};
    const HttpResponse made = served.ask({"POST", "/api/projects", theirs});
    CHECK(made.status == 201);
    CHECK(json_of(made).at("repository_url") == "https://github.com/a/b");
    served.add_user("u", "7");
    served.add_project("p", "u");
    const HttpHandler user = served.api->handler_for(Caller::worker("w1", "u", {"project.*"}));
    const HttpResponse refused = served.ask(user, {"POST", "/api/projects", theirs});
    CHECK(refused.status == 403);
    CHECK(json_of(refused).at("field") == "repository_url");
    CHECK(served.ask(user, {"PATCH", "/api/projects/p", theirs}).status == 403);
    CHECK(served.ask({"GET", "/api/projects/p"}).header("ETag") == "\"1\"");
    CHECK(served.ask({"PATCH", "/api/projects/p", theirs}).status == 200);
    CHECK(served.ask({"PATCH", "/api/projects/p", {{"repository_url", nullptr}}}).status == 200);
}

TEST_CASE("null takes away what an entity may be without, and nothing else") {
    const Served served;
    served.add_project("p", "");
    const auto patch = [&](const Json& body) {
        return served.ask({"PATCH", "/api/projects/p", body});
    };
    REQUIRE(
        patch({{"description", "a shop"}, {"github_repo_id", "7"}, {"project_spec", {{"a", 1}}}})
            .status == 200);
    const Json changed = json_of(patch({{"description", nullptr}, {"name", "market"}}));
    CHECK_FALSE(changed.contains("description"));
    CHECK(changed.at("name") == "market");
    CHECK(changed.at("github_repo_id") == "7");
    for (const char* field : {"github_repo_id", "project_spec"})
        CHECK_FALSE(json_of(patch({{field, nullptr}})).contains(field));
    CHECK(json_of(served.ask({"GET", "/api/projects/p"})).size() ==
          4);  // id, name, status, modules
    for (const char* field : {"name", "status", "modules"}) {
        const HttpResponse refused = patch({{"description", "back"}, {field, nullptr}});
        CHECK(refused.status == 422);
        CHECK(json_of(refused).at("field") == field);
    }
    CHECK_FALSE(json_of(served.ask({"GET", "/api/projects/p"})).contains("description"));
}

TEST_CASE("a server's specs are an object") {
    const Served served;
    Json server{{"name", "s"}, {"handle", "h"}, {"ip_address", "10.0.0.1"}, {"provider_id", "7"}};
    for (const Json& specs : {Json("x"), Json(7), Json::array()}) {
        server["specs"] = specs;
        const HttpResponse refused = served.ask({"POST", "/api/servers", server});
        CHECK(refused.status == 422);
        CHECK(json_of(refused).at("field") == "specs");
    }
    server["specs"] = {{"cpu", 2}};
    const std::string id = json_of(served.ask({"POST", "/api/servers", server})).at("id");
    const auto changed = [&](const Json& specs) {
        return served.ask({"PATCH", "/api/servers/" + id, {{"specs", specs}}}).status;
    };
    CHECK(changed("x") == 422);
    CHECK(changed({{"cpu", 4}}) == 200);
}

TEST_CASE("an execution that is over is recorded whole") {
    const Served served;
    const Json body{{"id", "x"},
                    {"worker_id", "w"},
                    {"started_at", "2026-01-10T12:00:00Z"},
                    {"finished_at", "2026-01-10T12:00:01Z"},
                    {"duration_ms", 1000},
                    {"exit_code", 0},
                    {"status", "success"},
                    {"result_data", {{"a", 1}}}};
    Json made = json_of(served.ask({"POST", "/api/task_executions", body}));
    made.erase("created_at");
    CHECK(made == body);
}

TEST_CASE("who may only cancel a task takes nothing away from it") {
    const Served served;
    served.add_user("u", "7");
    served.add_project("p", "u");
    served.add_task("t", "p");
    const HttpHandler worker =
        served.api->handler_for(Caller::worker("w", "u", {"engineering.cancel"}));
    const HttpResponse refused =
        served.ask(worker, {"PATCH", "/api/tasks/t", {{"status", "cancelled"}, {"spec", nullptr}}});
    CHECK(refused.status == 403);
    CHECK(json_of(refused).at("field") == "spec");
    CHECK(json_of(served.ask({"GET", "/api/tasks/t"})).at("status") == "queued");
}

TEST_CASE("pages lead through a list by their Link") {
    const Served served;
    served.add_project("p", "");
    served.add_project("q", "");
    for (int i = 0; i < 7; ++i) {
        served.add_task("t" + std::to_string(i), i < 5 ? "p" : "q");
        const_cast<HeldClock&>(served.clock).advance(std::chrono::milliseconds(1));
    }
    std::string target = "/api/tasks?limit=2&project_id=p&status=queued";
    std::vector<std::string> seen;
    while (!target.empty()) {
        const HttpResponse page = served.ask({"GET", target});
        REQUIRE(page.status == 200);
        for (const Json& task : json_of(page))
            seen.push_back(task.at("id"));
        const std::string link(page.header("Link"));
        target.clear();
        if (link.empty()) break;
        REQUIRE(link.ends_with(">; rel=\"next\""));
        target = link.substr(1, link.find('>') - 1);
    }
    CHECK(seen == std::vector<std::string>{"t4", "t3", "t2", "t1", "t0"});
}

TEST_CASE("parameters of a list are checked and named") {
    const Served served;
    const auto field = [&](const std::string& query) {
        const HttpResponse refused = served.ask({"GET", "/api/tasks?" + query});
        CHECK(refused.status == 422);
        return json_of(refused).value("field", "");
    };
    for (const char* limit : {"0", "501", "-1", "x", "", "1x", "99999999999999999999", "1.5"})
        CHECK(field(std::string("limit=") + limit) == "limit");
    CHECK(field("cursor=nonsense") == "cursor");
    CHECK(field("status=sleeping") == "status");
    CHECK(field("projectid=p") == "projectid");
    CHECK(served.ask({"GET", "/api/tasks?limit=500&status=failed&type=deploy"}).status == 200);
}

TEST_CASE("a list without limit has fifty, and never more than five hundred") {
    const Served served;
    served.write([](Transaction& tx) -> Result<void> {
        for (int i = 0; i < 501; ++i) {
            Result<Rows> rows = tx.query(
                "INSERT INTO projects (id, name, status, modules, created_at, version) "
                "VALUES ($1, 'shop', 'draft', '[]', 1, 1)",
                {"p" + std::to_string(1000 + i)});
            if (!rows) return fail(std::move(rows.error()));
        }
        return {};
    });
    CHECK(json_of(served.ask({"GET", "/api/projects"})).size() == 50);
    CHECK(json_of(served.ask({"GET", "/api/projects?limit=500"})).size() == 500);
}

TEST_CASE("If-Match changes only what the caller has seen") {
    const Served served;
    served.add_project("p", "");
    const auto change = [&](const char* match, const char* name) {
        return served.ask({"PATCH", "/api/projects/p", {{"name", name}}, {{"If-Match", match}}});
    };
    CHECK(change("\"1\"", "first").status == 200);
    const HttpResponse stale = change("\"1\"", "second");
    CHECK(stale.status == 412);
    CHECK(json_of(stale).at("field") == "If-Match");
    CHECK(change("\"7\", W/\"2\"", "third").status == 200);
    CHECK(change("*", "fourth").status == 200);
    CHECK(json_of(served.ask({"GET", "/api/projects/p"})).at("name") == "fourth");
    const auto erase = [&](const char* match) {
        return served.ask({"DELETE", "/api/projects/p", {}, {{"If-Match", match}}}).status;
    };
    CHECK(erase("\"1\"") == 412);
    CHECK(erase("\"4\"") == 204);
}

TEST_CASE("of many who change the same version one succeeds") {
    const Served served;
    served.add_project("p", "");
    std::atomic<int> changed = 0;
    std::atomic<int> stale = 0;
    std::vector<std::jthread> callers;
    for (int i = 0; i < 16; ++i)
        callers.emplace_back([&, i] {
            const HttpResponse answer = served.ask({"PATCH",
                                                    "/api/projects/p",
                                                    {{"description", std::to_string(i)}},
                                                    {{"If-Match", "\"1\""}}});
            ++(answer.status == 200 ? changed : stale);
        });
    callers.clear();
    CHECK(changed == 1);
    CHECK(stale == 15);
}

TEST_CASE("If-None-Match spares the body of what is known") {
    const Served served;
    served.add_project("p", "");
    const auto get = [&](const char* match) {
        return served.ask({"GET", "/api/projects/p", {}, {{"If-None-Match", match}}});
    };
    CHECK(get("\"1\"").status == 304);
    CHECK(get("\"1\"").body.empty());
    CHECK(get("\"2\"").status == 200);
}

TEST_CASE("the same key and body again is the same answer and one row") {
    const Served served;
    const auto post = [&](const char* key, Json body) {
        return served.ask({"POST", "/api/projects", std::move(body), {{"Idempotency-Key", key}}});
    };
    const HttpResponse first = post("k1", {{"name", "shop"}, {"modules", {"backend"}}});
    const HttpResponse again = post("k1", {{"modules", {"backend"}}, {"name", "shop"}});
    CHECK(again.status == 201);
    CHECK(again.body == first.body);
    CHECK(again.header("Location") == first.header("Location"));
    const HttpResponse other = post("k1", {{"name", "store"}});
    CHECK(other.status == 409);
    CHECK(json_of(other).at("field") == "Idempotency-Key");
    CHECK(post("k2", {{"name", "shop"}}).body != first.body);
    CHECK(count(served, "projects") == 2);

    // The stored answer is repeated, even if the row has changed since.
    REQUIRE(served.ask({"PATCH", std::string(first.header("Location")), {{"name", "x"}}}).status ==
            200);
    CHECK(post("k1", {{"name", "shop"}, {"modules", {"backend"}}}).body == first.body);
}

TEST_CASE("a key belongs to its route and its caller") {
    const Served served;
    served.add_project("p", "u1");
    served.add_project("q", "u2");
    const std::vector<HttpHeader> key{{"Idempotency-Key", "k"}};
    const HttpResponse project = served.ask({"POST", "/api/projects", {{"name", "shop"}}, key});
    const HttpResponse task = served.ask({"POST", "/api/tasks", {{"project_id", "p"}}, key});
    CHECK(project.status == 201);
    CHECK(task.status == 201);
    const auto as = [&](const char* worker, const char* user) {
        const HttpHandler door =
            served.api->handler_for(Caller::worker(worker, user, {"PRODUCT_OWNER"}));
        return served.ask(door, {"POST", "/api/projects", {{"name", "shop"}}, key});
    };
    const std::string mine = id_of(as("w1", "u1"));
    CHECK(mine != id_of(project));
    CHECK(id_of(as("w2", "u1")) == mine);  // the successor of a worker that died
    CHECK(id_of(as("w3", "u2")) != mine);
}

TEST_CASE("a worker that works on one project sees that one and not its user's others") {
    const Served served;
    for (const char* project : {"shop", "blog"}) {
        served.add_project(project, "u1");
        served.add_task(std::string("task-") + project, project);
    }
    served.add_project("theirs", "u2");
    const std::vector<std::string> allowed{"project.*", "engineering.*"};
    const HttpHandler door = served.api->handler_for(Caller::worker("w1", "u1", allowed, "shop"));
    const auto ids = [&](const HttpHandler& at, const char* path) {
        std::set<std::string> all;
        for (const Json& item : json_of(served.ask(at, {"GET", path})))
            all.insert(item.at("id").get<std::string>());
        return all;
    };
    using Ids = std::set<std::string>;
    CHECK(ids(door, "/api/projects") == Ids{"shop"});
    CHECK(ids(door, "/api/tasks") == Ids{"task-shop"});
    CHECK(ids(door, "/api/tasks?project_id=blog").empty());
    CHECK(served.ask(door, {"GET", "/api/projects/shop"}).status == 200);
    for (const char* path : {"/api/projects/blog", "/api/tasks/task-blog", "/api/projects/theirs"})
        CHECK(served.ask(door, {"GET", path}).status == 404);
    CHECK(served.ask(door, {"PATCH", "/api/projects/blog", {{"description", "mine"}}}).status ==
          403);
    CHECK(served.ask(door, {"POST", "/api/projects", {{"name", "new"}}}).status == 403);
    // Naming another user's project does not give access to it.
    const HttpHandler foreign =
        served.api->handler_for(Caller::worker("w2", "u1", allowed, "theirs"));
    CHECK(ids(foreign, "/api/projects").empty());
    const HttpHandler owner = served.api->handler_for(Caller::worker("w3", "u1", allowed));
    CHECK(ids(owner, "/api/projects") == Ids{"shop", "blog"});
}

TEST_CASE("a refused request is not remembered, and a remembered one is after a day forgotten") {
    const Served served;
    const auto post = [&] {
        return served.ask(
            {"POST", "/api/tasks", {{"project_id", "p"}}, {{"Idempotency-Key", "k"}}});
    };
    CHECK(post().status == 404);
    served.add_project("p", "");
    const std::string first = id_of(post());
    CHECK(id_of(post()) == first);
    const_cast<HeldClock&>(served.clock).advance(std::chrono::hours(24));
    CHECK(id_of(post()) != first);
}

TEST_CASE("one key sent by many at once makes one row") {
    const Served served;
    std::mutex mutex;
    std::set<std::string> bodies;
    std::vector<std::jthread> callers;
    for (int i = 0; i < 16; ++i)
        callers.emplace_back([&] {
            const HttpResponse answer = served.ask(
                {"POST", "/api/projects", {{"name", "shop"}}, {{"Idempotency-Key", "k"}}});
            const std::lock_guard lock(mutex);
            bodies.insert(answer.body);
        });
    callers.clear();
    CHECK(bodies.size() == 1);
    CHECK(count(served, "projects") == 1);
}

TEST_CASE("a key must be something that can be sent again") {
    const Served served;
    for (const std::string& key :
         {std::string(256, 'k'), std::string("a b"), std::string("\x01")}) {
        const HttpResponse refused =
            served.ask({"POST", "/api/projects", {{"name", "shop"}}, {{"Idempotency-Key", key}}});
        CHECK(refused.status == 422);
        CHECK(json_of(refused).at("field") == "Idempotency-Key");
    }
    CHECK(count(served, "projects") == 0);
}

TEST_CASE("an impossible transition is 409 and names the possible ones") {
    const Served served;
    served.add_project("p", "");
    served.add_task("t", "p");
    const HttpResponse project = served.ask({"PATCH", "/api/projects/p", {{"status", "active"}}});
    CHECK(project.status == 409);
    CHECK(json_of(project).at("field") == "status");
    CHECK(json_of(project).at("next_step") ==
          "allowed: scaffolding, scaffolded, developing, failed, archived");
    const HttpResponse task =
        served.ask({"PATCH", "/api/tasks/t", {{"status", "completed"}, {"spec", "new"}}});
    CHECK(task.status == 409);
    CHECK_FALSE(json_of(served.ask({"GET", "/api/tasks/t"})).contains("spec"));
    REQUIRE(served.ask({"PATCH", "/api/tasks/t", {{"status", "cancelled"}}}).status == 200);
    const HttpResponse late = served.ask({"PATCH", "/api/tasks/t", {{"status", "running"}}});
    CHECK(json_of(late).at("next_step") == "it is final");
}

TEST_CASE("an archived project takes no tasks") {
    const Served served;
    served.add_project("p", "");
    REQUIRE(served.ask({"PATCH", "/api/projects/p", {{"status", "archived"}}}).status == 200);
    const HttpResponse refused = served.ask({"POST", "/api/tasks", {{"project_id", "p"}}});
    CHECK(refused.status == 409);
    CHECK(json_of(refused).at("field") == "project_id");
}

TEST_CASE("who is no administrator cancels and changes nothing else") {
    const Served served;
    served.add_project("p", "u1");
    served.add_task("t", "p");
    const HttpHandler door =
        served.api->handler_for(Caller::worker("w", "u1", {"engineering.cancel"}));
    const std::string before = served.everything();
    for (const Json& body :
         {Json{{"status", "completed"}}, Json{{"spec", "mine"}}, Json{{"result", {{"a", 1}}}},
          Json{{"status", "cancelled"}, {"result", "done"}}}) {
        CHECK(served.ask(door, {"PATCH", "/api/tasks/t", body}).status == 403);
        CHECK(served.everything() == before);
    }
    CHECK(served.ask(door, {"PATCH", "/api/tasks/t", {{"status", "cancelled"}}}).status == 200);
}

TEST_CASE("an owner must be a user") {
    const Served served;
    served.add_project("p", "");
    const HttpResponse refused = served.ask({"PATCH", "/api/projects/p", {{"owner_id", "nobody"}}});
    CHECK(refused.status == 404);
    CHECK(json_of(refused).at("field") == "owner_id");
    served.add_user("u1", "1001");
    CHECK(served.ask({"PATCH", "/api/projects/p", {{"owner_id", "u1"}}}).status == 200);
}

TEST_CASE("what breaks inside is logged and not told") {
    const Served served;
    served.write([](Transaction& tx) -> Result<void> {
        Result<Rows> rows = tx.query("ALTER TABLE projects RENAME TO hidden_projects");
        if (!rows) return fail(std::move(rows.error()));
        return {};
    });
    for (const Ask& ask : {Ask{"GET", "/api/projects"}, Ask{"GET", "/api/projects/p"},
                           Ask{"POST", "/api/projects", {{"name", "shop"}}}}) {
        const HttpResponse failed = served.ask(ask);
        CHECK(failed.status == 500);
        CHECK(failed.body.find("no such table") == std::string::npos);
    }
    CHECK(served.log->text().find("no such table: projects") != std::string::npos);
}

TEST_CASE("a port of a server is given once, and what is in use stays") {
    const Served served;
    served.add_project("p", "");
    const auto server = [&](const char* handle) {
        return served.ask({"POST",
                           "/api/servers",
                           {{"name", "s"},
                            {"handle", handle},
                            {"ip_address", "192.0.2.1"},
                            {"provider_id", "static"}}});
    };
    const std::string one = id_of(server("one"));
    const std::string two = id_of(server("two"));
    const HttpResponse same = server("one");
    CHECK(same.status == 409);
    CHECK(json_of(same).at("field") == "handle");
    const auto allocate = [&](const std::string& id, int port, const char* project = "p") {
        return served.ask({"POST",
                           "/api/allocations",
                           {{"server_id", id},
                            {"project_id", project},
                            {"service_name", "web"},
                            {"port", port}}});
    };
    CHECK(allocate(one, 8000).status == 201);
    const HttpResponse taken = allocate(one, 8000);
    CHECK(taken.status == 409);
    CHECK(json_of(taken).at("field") == "port");
    CHECK(allocate(two, 8000).status == 201);
    const HttpResponse other = allocate(one, 8001);
    CHECK(other.status == 201);
    CHECK(served.ask({"PATCH", "/api/allocations/" + id_of(other), {{"port", 8000}}}).status ==
          409);
    for (const int port : {0, 65'536, -1})
        CHECK(allocate(one, port).status == 422);
    CHECK(json_of(allocate("nowhere", 1)).at("field") == "server_id");
    CHECK(json_of(allocate(one, 1, "nowhere")).at("field") == "project_id");
    CHECK(served.ask({"DELETE", "/api/servers/" + one}).status == 409);
    CHECK(served.ask({"DELETE", "/api/projects/p"}).status == 409);
}

TEST_CASE("a resolved incident says when, and one that opens again does not") {
    const Served served;
    const std::string server = id_of(served.ask({"POST",
                                                 "/api/servers",
                                                 {{"name", "s"},
                                                  {"handle", "h"},
                                                  {"ip_address", "192.0.2.1"},
                                                  {"provider_id", "static"}}}));
    const std::string path =
        "/api/incidents/" +
        id_of(served.ask(
            {"POST", "/api/incidents", {{"server_id", server}, {"title", "disk full"}}}));
    CHECK(json_of(served.ask({"PATCH", path, {{"status", "resolved"}}})).contains("resolved_at"));
    CHECK(json_of(served.ask({"GET", "/api/incidents?status=resolved"})).size() == 1);
    CHECK_FALSE(json_of(served.ask({"PATCH", path, {{"status", "open"}}})).contains("resolved_at"));
}

TEST_CASE("an API key is told once, opens what its scopes say, and closes when it is revoked") {
    const Served served;
    served.add_project("p", "somebody");
    const Ask create{"POST",
                     "/api/api_keys",
                     {{"name", "dashboard"}, {"scopes", {"project.list"}}},
                     {{"Idempotency-Key", "once"}}};
    const Json made = json_of(served.ask(create));
    const std::string key = made.at("key");
    const std::string path = "/api/api_keys/" + made.at("id").get<std::string>();
    const Json again = json_of(served.ask(create));
    CHECK(again.at("id") == made.at("id"));
    CHECK_FALSE(again.contains("key"));
    CHECK(served.everything().find(key) == std::string::npos);
    CHECK_FALSE(json_of(served.ask({"GET", path})).contains("key"));
    CHECK_FALSE(json_of(served.ask({"GET", path})).contains("last_used_at"));

    const auto status = [&](const char* target) {
        return served.ask_with(key, {"GET", target}).status;
    };
    CHECK(json_of(served.ask_with(key, {"GET", "/api/projects"})).size() == 1);
    CHECK(status("/api/tasks") == 403);
    CHECK(status("/api/api_keys") == 403);
    tests::eventually("the use of the key noted",
                      [&] { return json_of(served.ask({"GET", path})).contains("last_used_at"); });
    CHECK(served.ask({"GET", path}).header("ETag") == "\"1\"");

    REQUIRE(served.ask({"PATCH", path, {{"scopes", {"project.*"}}}}).status == 200);
    CHECK(status("/api/tasks") == 200);
    CHECK(served.ask({"PATCH", path, {{"scopes", {"no pattern"}}}}).status == 422);
    REQUIRE(served.ask({"PATCH", path, {{"revoked", true}}}).status == 200);
    CHECK(json_of(served.ask({"GET", path})).contains("revoked_at"));
    CHECK(status("/api/tasks") == 401);
    CHECK(served.ask({"PATCH", path, {{"revoked", false}}}).status == 409);
    const Json other =
        json_of(served.ask({"POST", "/api/api_keys", {{"name", "x"}, {"scopes", {"*"}}}}));
    CHECK(served.ask({"DELETE", "/api/api_keys/" + other.at("id").get<std::string>()}).status ==
          204);
    CHECK(served.ask_with(other.at("key"), {"GET", "/api/projects"}).status == 401);
}

TEST_CASE("documents are found by their words") {
    const Served served;
    const auto add = [&](const char* path, const char* text) {
        return served.ask(
            {"POST", "/api/rag", {{"source", "docs"}, {"path", path}, {"text", text}}});
    };
    CHECK(add("a", "The gate opens doors for workers.").status == 201);
    const std::string b = id_of(add("b", "A door that nobody opens."));
    const HttpResponse again = add("a", "other");
    CHECK(again.status == 409);
    CHECK(json_of(again).at("field") == "path");
    const auto search = [&](const char* query) {
        return json_of(served.ask({"GET", std::string("/api/rag/search?query=") + query}));
    };
    REQUIRE(search("opens").size() == 2);
    REQUIRE(search("opens%20nobody").size() == 1);
    CHECK(search("opens%20nobody")[0].at("document_id") == b);
    CHECK(search("%22%29%20OR").empty());
    CHECK(served.ask({"PATCH", "/api/rag/" + b, {{"text", "all is new"}}}).status == 200);
    CHECK(search("nobody").empty());
    CHECK(search("new").size() == 1);
    CHECK(served.ask({"GET", "/api/rag/search"}).status == 422);
    CHECK(served.ask({"GET", "/api/rag/search?query=x&cursor=1~a"}).status == 422);
    CHECK(served.ask({"DELETE", "/api/rag/" + b}).status == 204);
    CHECK(search("new").empty());
}

}  // namespace control
