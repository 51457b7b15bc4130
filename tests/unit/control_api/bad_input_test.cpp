// Bodies that are almost right: each gets the right status and field, and nothing is written.
#include "control/api/routes.h"
#include "served.h"
#include "tests/support/messages/schema_check.h"

#include <catch2/catch_test_macros.hpp>
#include <random>

namespace control {

namespace {

using contracts::Json;

struct Target {
    const char* method;
    const char* target;
    Json good;
};

const std::vector<Target>& targets() {
    static const std::vector<Target> all = {
        {"POST",
         "/api/projects",
         {{"name", "shop"},
          {"description", "d"},
          {"modules", {"backend", "frontend"}},
          {"project_spec", {{"a", 1}}}}},
        {"PATCH",
         "/api/projects/p",
         {{"name", "shop"},
          {"status", "developing"},
          {"modules", Json::array()},
          {"github_repo_id", "7"},
          {"description", "d"}}},
        {"POST", "/api/tasks", {{"project_id", "p"}, {"type", "engineering"}, {"spec", "s"}}},
        {"PATCH", "/api/tasks/t", {{"status", "running"}, {"spec", "s"}, {"result", {{"a", 1}}}}},
        {"POST",
         "/api/task_executions",
         {{"id", "r"},
          {"worker_id", "w"},
          {"status", "error"},
          {"task_id", "t"},
          {"started_at", "2026-01-10T12:00:00Z"}}},
        {"PATCH",
         "/api/task_executions/x",
         {{"exit_code", 1},
          {"duration_ms", 5},
          {"status", "failure"},
          {"finished_at", "2026-01-10T12:00:00Z"}}},
        {"POST", "/api/users", {{"telegram_id", "77"}, {"is_admin", true}}},
        {"PATCH", "/api/users/u", {{"telegram_id", "78"}, {"is_admin", false}}},
    };
    return all;
}

void prepare(const Served& served) {
    served.add_user("u", "1001");
    served.add_project("p", "");
    served.add_task("t", "p");
    REQUIRE(
        served.ask({"POST", "/api/task_executions", {{"id", "x"}, {"worker_id", "w"}}}).status ==
        201);
}

const std::vector<Json>& wrong_values() {
    static const std::vector<Json> all = {0,
                                          -1,
                                          1.5,
                                          1e300,
                                          true,
                                          "",
                                          "x y",
                                          "UPPER",
                                          "\u0001",
                                          std::string(300, 'a'),
                                          std::string(2000, 'b'),
                                          std::string(20'000, 'c'),
                                          std::string((1 << 20) + 1, 'd'),
                                          Json::array(),
                                          Json::array({1}),
                                          Json::array({"nothing"}),
                                          Json::array({nullptr}),
                                          Json::array({"backend", "backend", "backend", "backend"}),
                                          Json::object(),
                                          Json{{"a", "b"}},
                                          "2026-13-40T00:00:00Z",
                                          "yesterday",
                                          INT64_MIN,
                                          UINT64_MAX,
                                          "' OR 1=1 --",
                                          "\u202e",
                                          "../../etc",
                                          "a\nb"};
    return all;
}

}  // namespace

namespace {

// Calls `visit` with each field of each target and the field's schema.
template <class Visit>
void for_each_field(const Visit& visit) {
    for (const Target& target : targets()) {
        const Json schema = match_route(target.method, target.target).route->body();
        for (const auto& [name, form] : schema.at("properties").items())
            visit(target, schema, name, form);
    }
}

// Sends the target's body with this value in the field; returns the field that the 422 names.
std::string refused_field(const Served& served, const Target& target, const std::string& name,
                          const Json& wrong, const std::string& before) {
    Json body = target.good;
    body[name] = wrong;
    const HttpResponse answer = served.ask({target.method, target.target, body});
    INFO(target.method << " " << target.target << " " << name << " = " << wrong.dump().substr(0, 80)
                       << "\n"
                       << answer.body);
    REQUIRE(answer.status == 422);
    REQUIRE(served.everything() == before);
    return json_of(answer).at("field");
}

}  // namespace

TEST_CASE("a wrong value is 422, names its field and writes nothing") {
    const Served served;
    prepare(served);
    const std::string before = served.everything();
    int cases = 0;
    for_each_field(
        [&](const Target& target, const Json& schema, const std::string& name, const Json&) {
            for (const Json& wrong : wrong_values()) {
                Json body = target.good;
                body[name] = wrong;
                if (tests::schema_fault(schema, body).empty()) continue;
                const std::string field = refused_field(served, target, name, wrong, before);
                REQUIRE(field.substr(0, field.find('[')) == name);
                ++cases;
            }
        });
    CHECK(cases > 400);
}

TEST_CASE("a text with U+0000 is 422, names its field and writes nothing") {
    const Served served;
    prepare(served);
    const std::string before = served.everything();
    int cases = 0;
    for_each_field(
        [&](const Target& target, const Json&, const std::string& name, const Json& form) {
            if (form.value("type", Json()) != "string") return;
            REQUIRE(refused_field(served, target, name, std::string("a\0b", 3), before) == name);
            ++cases;
        });
    CHECK(cases > 12);
}

TEST_CASE("a required field that is missing is 422 and named") {
    const Served served;
    prepare(served);
    const std::string before = served.everything();
    for (const Target& target : targets()) {
        const Json schema = match_route(target.method, target.target).route->body();
        for (const Json& name : schema.value("required", Json::array())) {
            Json body = target.good;
            body.erase(name.get<std::string>());
            for (int null = 0; null < 2; ++null) {
                const HttpResponse answer = served.ask({target.method, target.target, body});
                REQUIRE(answer.status == 422);
                CHECK(json_of(answer).at("field") == name);
                body[name.get<std::string>()] = nullptr;
            }
        }
    }
    for (const Json& body :
         {Json::array(), Json("text"), Json(1), Json::array({{{"name", "shop"}}})})
        CHECK(served.ask({"POST", "/api/projects", body}).status == 422);
    CHECK(served.everything() == before);
}

TEST_CASE("a body cut or garbled anywhere is 400 or 422, or means what it says, and never more") {
    const unsigned seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const Served served;
    prepare(served);
    std::string before = served.everything();
    int cases = 0;
    int refused = 0;
    for (const Target& target : targets()) {
        const Json schema = match_route(target.method, target.target).route->body();
        const std::string good = target.good.dump();
        for (int i = 0; i < 120; ++i) {
            std::string text = good;
            if (i % 3 == 0)
                text.resize(random() % text.size());
            else if (i % 3 == 1)
                text[random() % text.size()] = static_cast<char>(random());
            else
                text.insert(random() % text.size(), 1, static_cast<char>(random()));
            const HttpResponse answer = served.ask({target.method, target.target, {}, {}, text});
            INFO(target.method << " " << target.target << " " << text << "\n" << answer.body);
            const Result<Json> parsed = contracts::parse_json(text);
            ++cases;
            if (!parsed) {
                REQUIRE(answer.status == 400);
            } else if (!tests::schema_fault(schema, *parsed).empty()) {
                REQUIRE(answer.status == 422);
            } else {
                REQUIRE((answer.status < 300 || answer.status == 404 || answer.status == 409 ||
                         answer.status == 422));
            }
            if (answer.status >= 400) {
                REQUIRE(served.everything() == before);
                ++refused;
            } else {
                before = served.everything();
            }
        }
    }
    CHECK(cases == 960);
    CHECK(refused > 600);
}

TEST_CASE("ids in paths are texts and nothing more") {
    const Served served;
    prepare(served);
    const std::string before = served.everything();
    for (const char* id : {"%00", "%27%20OR%201%3D1", "..", "%2e%2e%2f", "%ff%fe", "*", "{id}",
                           "p%00", "%", "%zz"}) {
        for (const char* method : {"GET", "PATCH", "DELETE"}) {
            const HttpResponse answer =
                served.ask({method, std::string("/api/projects/") + id, Json{{"name", "shop"}}});
            CHECK(answer.status == 404);
        }
    }
    CHECK(served.everything() == before);
}

}  // namespace control
