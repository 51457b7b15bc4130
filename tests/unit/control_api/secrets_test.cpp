// Secrets are write-only: no answer, problem, log line or file shows them.
#include "control/store/maintenance.h"
#include "control/store/project_secrets.h"
#include "served.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

namespace control {

namespace {

using contracts::Json;

const std::string kCanary = "canary-7d1f03c2";

struct Secrets : Served {
    Secrets() : Served({.access_log = true}) {
        add_project("p", "u1");
        add_project("q", "u2");
    }
    HttpResponse put(const std::string& name, const Json& body) const {
        return ask({"PUT", "/api/projects/p/secrets/" + name, body});
    }
    std::map<std::string, std::string> open(const std::string& project = "p") const {
        const auto opened = open_secrets(*db, *vault, project);
        REQUIRE(opened);
        return *opened;
    }
};
using Values = std::map<std::string, std::string>;

bool says(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a secret is set, set again, listed without its value, and removed") {
    Secrets served;
    const HttpResponse set = served.put("TOKEN", {{"value", "one\n\"two\" Ω"}});
    CHECK(set.status == 204);
    CHECK(set.body.empty());
    CHECK(served.open() == Values{{"TOKEN", "one\n\"two\" Ω"}});
    served.clock.advance(std::chrono::seconds(5));
    CHECK(served.put("TOKEN", {{"value", "three"}}).status == 204);
    CHECK(served.put("_B2", {{"value", "four"}}).status == 204);
    CHECK(served.open() == Values{{"TOKEN", "three"}, {"_B2", "four"}});
    CHECK(served.open("q").empty());

    const Json listed = json_of(served.ask({"GET", "/api/projects/p/secrets"}));
    CHECK(listed == Json::array({{{"name", "_B2"},
                                  {"created_at", "2026-01-10T12:00:05Z"},
                                  {"updated_at", "2026-01-10T12:00:05Z"}},
                                 {{"name", "TOKEN"},
                                  {"created_at", "2026-01-10T12:00:00Z"},
                                  {"updated_at", "2026-01-10T12:00:05Z"}}}));
    const HttpResponse first = served.ask({"GET", "/api/projects/p/secrets?limit=1"});
    CHECK(json_of(first).at(0).at("name") == "_B2");
    const std::string_view link = first.header("Link");
    REQUIRE(link.starts_with("</api/projects/p/secrets?"));
    const HttpResponse rest = served.ask({"GET", std::string(link.substr(1, link.find('>') - 1))});
    CHECK(json_of(rest).size() == 1);
    CHECK(json_of(rest).at(0).at("name") == "TOKEN");
    CHECK(rest.header("Link").empty());

    CHECK(served.ask({"DELETE", "/api/projects/p/secrets/TOKEN"}).status == 204);
    CHECK(served.ask({"DELETE", "/api/projects/p/secrets/TOKEN"}).status == 404);
    CHECK(served.open() == Values{{"_B2", "four"}});
    for (const char* method : {"GET", "POST", "PATCH"})
        CHECK(served.ask({method, "/api/projects/p/secrets/_B2", {{"value", "v"}}}).status == 405);
}

TEST_CASE("a value has 1 byte to 64 KiB, whatever JSON writes them as") {
    Secrets served;
    const std::string longest((64 << 10) - 2, 'v');
    CHECK(served.put("A", {{"value", longest + "Ω"}}).status == 204);
    CHECK(served.put("B", {{"value", "\u0001\u007f \\ ' $HOME"}}).status == 204);
    std::string escaped = R"({"value":")";
    for (int i = 0; i < (64 << 10); ++i)
        escaped += "\\u0041";
    CHECK(served.ask({"PUT", "/api/projects/p/secrets/C", {}, {}, escaped + "\"}"}).status == 204);
    CHECK(served.open() == Values{{"A", longest + "Ω"},
                                  {"B", "\u0001\u007f \\ ' $HOME"},
                                  {"C", std::string(64 << 10, 'A')}});
    CHECK(served.put("A", {{"value", longest + "Ωx"}}).status == 422);
    CHECK(served.put("A", {{"value", ""}}).status == 422);
}

TEST_CASE("a secret that is refused is told by nobody, and nothing is written") {
    Secrets served;
    const std::string before = served.everything();
    const std::string quoted = '"' + kCanary + '"';
    struct Bad {
        std::string name;
        std::string body;
        int status;
        std::string field;
        std::string type = "application/json";
    };
    std::vector<Bad> all;
    const std::string good = R"({"value":)" + quoted + "}";
    for (const char* name :
         {"lower", "1ST", "A-B", "A.B", "A%20B", "%C3%84", "A%00", "A%0A", "A%2FB", "*", "%24A"})
        all.push_back({name, good, 422, "name"});
    all.push_back({std::string(65, 'A'), good, 422, "name"});
    for (const std::string& value :
         {'[' + quoted + ']', "{" + quoted + ":" + quoted + "}", std::string("1"),
          std::string("null"), std::string("true"), std::string("\"\""),
          '"' + kCanary + "\\u0000\"", '"' + kCanary + std::string(64 << 10, 'x') + '"'})
        all.push_back({"A", R"({"value":)" + value + R"(,"more":)" + quoted + "}", 422, "value"});
    all.push_back({"A", R"({"Value":)" + quoted + "}", 422, "value"});
    all.push_back({"A", quoted, 422, ""});
    all.push_back({"A", '[' + quoted + ']', 422, ""});
    for (const std::string& broken :
         {kCanary, good.substr(0, good.size() - 1), good + kCanary, good + good,
          R"({"value":")" + kCanary + "\n\"}", R"({"value":")" + kCanary + "\xff\"}",
          R"({"value":")" + kCanary + "\\ud800\"}", R"({"value":')" + kCanary + "'}"})
        all.push_back({"A", broken, 400, ""});
    all.push_back({"A", good, 415, "Content-Type", "text/plain"});
    for (std::size_t length = 1; length < good.size(); ++length)
        all.push_back({"A", good.substr(0, length), 400, ""});
    for (const Bad& bad : all) {
        INFO(bad.name << " " << bad.body.substr(0, 200));
        const HttpResponse answer = served.ask({"PUT",
                                                "/api/projects/p/secrets/" + bad.name,
                                                {},
                                                {{"Content-Type", bad.type}},
                                                bad.body});
        CHECK(answer.status == bad.status);
        CHECK(json_of(answer).value("field", "") == bad.field);
        CHECK_FALSE(says(answer.body, kCanary));
        for (const HttpHeader& header : answer.headers)
            CHECK_FALSE(says(header.value, kCanary));
    }
    CHECK(all.size() > 50);
    CHECK(served.ask({"PUT", "/api/projects/none/secrets/A", {}, {}, good}).status == 404);
    CHECK(served.ask({"PUT", "/api/projects/p/secrets/", {}, {}, good}).status == 404);
    CHECK(served.ask({"PUT", "/api/projects/p/secrets/A/B", {}, {}, good}).status == 404);
    CHECK(served.ask({"POST", "/api/projects/p/secrets", {}, {}, good}).status == 405);
    CHECK(served.everything() == before);
    CHECK(says(served.log->text(), "/api/projects/p/secrets/A"));
    CHECK_FALSE(says(served.log->text(), kCanary));
}

TEST_CASE("a secret that was taken is in no answer, log or file of the store, nor in its copy") {
    Secrets served;
    CHECK(served.put("A", {{"value", kCanary}}).status == 204);
    CHECK(served.put("B", {{"value", std::string(9000, 'x') + kCanary}}).status == 204);
    std::string told;
    for (const char* path :
         {"/api/projects/p/secrets", "/api/projects/p", "/api/projects", "/openapi.json"})
        told += served.ask({"GET", path}).body;
    CHECK(says(told, "\"A\""));
    CHECK_FALSE(says(told + served.log->text() + served.everything(), kCanary));
    REQUIRE(backup_sqlite(served.directory / "api.db", served.directory / "copy.db"));
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(served.directory.path())) {
        INFO(entry.path());
        CHECK_FALSE(says(tests::read_file(entry.path()), kCanary));
        ++files;
    }
    CHECK(files >= 3);
    CHECK(served.open().at("A") == kCanary);
}

TEST_CASE("a project has no more secrets than it may, and says so") {
    Secrets served;
    served.write([](Transaction& tx) -> Result<void> {
        Result<void> put;
        for (int i = 0; put && i < project_secrets::kMaxPerProject; ++i)
            put = project_secrets::put(tx, "p", "S" + std::to_string(i), "s", {});
        return put;
    });
    const HttpResponse refused = served.put("ONE_MORE", {{"value", kCanary}});
    CHECK(refused.status == 409);
    CHECK(says(refused.body, "256"));
    CHECK(served.put("S7", {{"value", "again"}}).status == 204);
}

TEST_CASE("a worker sets secrets with the command for it alone") {
    Secrets served;
    const auto status = [&](const char* allowed, const char* method, const char* path) {
        const HttpHandler door = served.api->handler_for(Caller::worker("w", "u1", {allowed}));
        return served.ask(door, {method, path, {{"value", "v"}}}).status;
    };
    const char* one = "/api/projects/p/secrets/A";
    CHECK(status("project.secret_set", "PUT", one) == 204);
    CHECK(status("project.secret_set", "PUT", "/api/projects/q/secrets/A") == 404);
    CHECK(status("project.secret_list", "GET", "/api/projects/p/secrets") == 200);
    CHECK(status("project.secret_unset", "DELETE", one) == 204);
    for (const char* other : {"project.secret_list", "project.secret_unset", "project.get",
                              "project.create", "engineering.*"})
        CHECK(status(other, "PUT", one) == 403);
    CHECK(status("project.secret_set", "GET", "/api/projects/p/secrets") == 403);
    CHECK(status("project.secret_set", "DELETE", one) == 403);
    CHECK(status("project.*", "PUT", one) == 204);
    CHECK(served.open() == Values{{"A", "v"}});
}

}  // namespace control
