// The audit log: who changed what through the API, and when.
#include "control/store/audit_log.h"

#include "served.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

namespace control {

using contracts::Json;

namespace {

Json log_of(const Served& served, const std::string& filter = {}) {
    return json_of(served.ask({"GET", "/api/audit_log" + filter}));
}

}  // namespace

TEST_CASE("each change is in the audit log once, with its caller, its subject and no value") {
    Served served;
    const Json project = json_of(served.ask(
        {"POST", "/api/projects", {{"name", "greeter"}, {"description", "s3cret words"}}}));
    const std::string path = "/api/projects/" + project.at("id").get<std::string>();
    REQUIRE(served.ask({"PATCH", path, {{"name", "welcomer"}}}).status == 200);
    REQUIRE(served.ask({"DELETE", path}).status == 204);
    const Json log = log_of(served);
    INFO(log.dump(1));
    REQUIRE(log.size() == 3);
    std::set<std::string> actions;
    for (const Json& entry : log) {
        CHECK(entry.at("subject") == project.at("id"));
        CHECK(entry.at("role") == "admin");
        CHECK(entry.at("created_at") == contracts::format_timestamp(served.clock.now()));
        actions.insert(entry.at("action").get<std::string>());
        if (entry.at("action") == "POST /api/projects")
            CHECK(entry.at("fields") == "description, name");
    }
    CHECK(actions == std::set<std::string>{"POST /api/projects", "PATCH /api/projects/{id}",
                                           "DELETE /api/projects/{id}"});
    CHECK(log.dump().find("s3cret") == std::string::npos);
}

TEST_CASE("what changed nothing is not in the audit log") {
    Served served;
    const Json body{{"name", "greeter"}};
    const auto once = [&] {
        return served.ask({"POST", "/api/projects", body, {{"Idempotency-Key", "k"}}});
    };
    REQUIRE(once().status == 201);
    REQUIRE(once().status == 201);  // the remembered answer
    REQUIRE(served.ask({"POST", "/api/projects", {{"name", ""}}}).status == 422);
    REQUIRE(served.ask({"DELETE", "/api/projects/missing"}).status == 404);
    REQUIRE(served.ask({"GET", "/api/projects"}).status == 200);
    CHECK(log_of(served).size() == 1);
}

TEST_CASE("the audit log names the user that a token acts for, and is filtered") {
    Served served;
    served.add_user("u1", "11");
    NewToken of_user;
    of_user.user_id = "u1";
    of_user.scopes = {"project.*"};
    const std::string user = served.token(of_user);
    REQUIRE(served.ask_with(user, {"POST", "/api/projects", {{"name", "theirs"}}}).status == 201);
    REQUIRE(served.ask({"POST", "/api/projects", {{"name", "ours"}}}).status == 201);
    const Json theirs = log_of(served, "?user_id=u1&action=POST%20/api/projects");
    REQUIRE(theirs.size() == 1);
    const std::string caller = theirs[0].at("caller");
    CHECK(caller.starts_with("token "));
    CHECK(theirs[0].at("role") == "user");
    CHECK(log_of(served, "?caller=" + encode_percent(caller)).size() == 1);
    CHECK(log_of(served, "?subject=nothing").empty());
}

TEST_CASE("a body with a thousand long names leaves a short line in the audit log") {
    Served served;
    Json body{{"name", "greeter"}};
    for (int i = 0; i < 1000; ++i)
        body[std::string(50, 'x') + std::to_string(i)] = 1;
    if (served.ask({"POST", "/api/projects", body}).status == 201)
        CHECK(log_of(served)[0].at("fields").get<std::string>().size() <= 1000);
    CHECK(log_of(served).size() <= 1);
}

}  // namespace control
