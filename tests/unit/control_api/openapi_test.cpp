// The published description and the served routes agree.
#include "control/api/openapi.h"
#include "control/api/routes.h"
#include "served.h"
#include "tests/support/messages/schema_check.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

namespace control {

namespace {

using contracts::Json;

std::string upper(std::string text) {
    for (char& c : text)
        c = static_cast<char>(c & ~0x20);
    return text;
}

Json described(const Served& served) {
    const HttpResponse answer = served.ask(served.tcp, {"GET", "/openapi.json"});
    REQUIRE(answer.status == 200);
    return json_of(answer);
}

void collect_references(const Json& node, std::set<std::string>& found) {
    if (node.is_object() && node.contains("$ref")) found.insert(node.at("$ref").get<std::string>());
    if (node.is_structured())
        for (const auto& child : node)
            collect_references(child, found);
}

}  // namespace

TEST_CASE("every route is described, and everything described is served") {
    const Served served;
    const Json document = described(served);
    std::size_t operations = 0;
    for (const auto& [path, methods] : document.at("paths").items())
        for (const auto& [method, operation] : methods.items()) {
            ++operations;
            std::string sample = path;
            for (auto open = sample.find('{'); open != std::string::npos; open = sample.find('{'))
                sample.replace(open, sample.find('}') - open + 1, "some-id");
            INFO(method << " " << path);
            const Route* route = match_route(upper(method), sample).route;
            REQUIRE(route != nullptr);
            CHECK(operation.at("responses").contains(std::to_string(route->success)));
            CHECK(operation.contains("requestBody") == (route->body != nullptr));
            CHECK(operation.contains("security") == (route->access == Access::open));
        }
    CHECK(operations == routes().size());
}

TEST_CASE("every reference of the description points somewhere") {
    const Served served;
    const Json document = described(served);
    std::set<std::string> references;
    collect_references(document, references);
    CHECK(references.size() >= 5);
    for (const std::string& reference : references) {
        INFO(reference);
        CHECK(document.contains(Json::json_pointer(reference.substr(1))));
    }
}

TEST_CASE("answers are what the description says, refusals too") {
    const Served served;
    const Json document = described(served);
    served.add_project("p", "");
    const auto schema = [&](const char* name) {
        return document.at("components").at("schemas").at(name);
    };
    const auto check = [&](const char* name, const Ask& ask) {
        const HttpResponse answer = served.ask(ask);
        INFO(ask.method << " " << ask.target << "\n" << answer.body);
        CHECK(answer.status < 300);
        CHECK(tests::schema_fault(schema(name), json_of(answer)).empty());
    };
    check("Project", {"POST", "/api/projects", {{"name", "shop"}, {"modules", {"backend"}}}});
    check("Task", {"POST", "/api/tasks", {{"project_id", "p"}, {"spec", "s"}}});
    check("TaskExecution", {"POST", "/api/task_executions", {{"id", "r"}, {"worker_id", "w"}}});
    check("User", {"POST", "/api/users", {{"telegram_id", "7"}}});
    check("Health", {"GET", "/health"});
    check("Readiness", {"GET", "/readyz"});
    check("NewTaskAnswer", {"POST", "/api/tasks", {{"project_id", "p"}, {"spec", "s"}}});

    const Json operations = document.at("paths").at("/api/tasks/{id}");
    for (const Ask& ask : {Ask{"GET", "/api/tasks/missing"},
                           Ask{"PATCH", "/api/tasks/missing", {{"status", "running"}}},
                           Ask{"PATCH", "/api/tasks/missing", {{"status", 1}}},
                           Ask{"PATCH", "/api/tasks/missing", {}, {}, "{"}}) {
        const HttpResponse refused = served.ask(ask);
        CHECK(refused.status >= 400);
        CHECK(tests::schema_fault(schema("Problem"), json_of(refused)).empty());
        std::string method = ask.method;
        for (char& c : method)
            c = static_cast<char>(c | 0x20);
        CHECK(operations.at(method).at("responses").contains(std::to_string(refused.status)));
    }
}

}  // namespace control
