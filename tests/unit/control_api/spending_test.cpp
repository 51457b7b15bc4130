// The cost of model calls and the limits on it, read and set over the API.
#include "control/store/budgets.h"
#include "served.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

using contracts::Json;

namespace {

constexpr Nanodollars kDime = kNanodollarsInDollar / 10;

// Two users' projects with one task each, and a model call for each task.
void spend(const Served& served) {
    for (const std::string n : {"1", "2"}) {
        served.add_user("u" + n, n);
        served.add_project("p" + n, "u" + n);
        served.add_task("t" + n, "p" + n);
    }
    served.write([&](Transaction& tx) -> Result<void> {
        std::vector<BegunCall> begun;
        std::vector<EndedCall> ended;
        for (const std::string n : {"1", "2"}) {
            begun.push_back({.id = "c" + n,
                             .daemon = "d",
                             .caller = {"w" + n, "t" + n, "p" + n, "u" + n},
                             .api = "messages",
                             .model = "m",
                             .began_at = served.clock.now(),
                             .reserved = kDime});
            ended.push_back({.id = "c" + n,
                             .ended_at = served.clock.now(),
                             .status = 200,
                             .tokens = {.input = 3, .output = 2},
                             .cost = n == "1" ? kDime : 2 * kDime});
        }
        auto done = model_calls::record(tx, begun, ended);
        return done ? Result<void>() : fail(done.error());
    });
}

std::string user_token(const Served& served, std::optional<std::string> project = {}) {
    return served.token({.name = "u",
                         .role = TokenRole::user,
                         .user_id = "u1",
                         .project_id = std::move(project),
                         .scopes = {"usage", "budget.*"}});
}

std::string subjects(const Json& entries) {
    std::string text;
    for (const Json& entry : entries)
        text.append(entry.value("subject", "-")).append(" ");
    return text;
}

}  // namespace

TEST_CASE("usage is summed up by what is asked for, the dearest first, each for whom it concerns") {
    const Served served;
    spend(served);
    const auto ask = [&](const std::string& query) {
        return json_of(served.ask({"GET", "/api/usage" + query}));
    };
    CHECK(subjects(ask("")) == "p2 p1 ");
    CHECK(subjects(ask("?by=task")) == "t2 t1 ");
    CHECK(subjects(ask("?by=task&project_id=p1")) == "t1 ");
    CHECK(subjects(ask("?by=worker&limit=1")) == "w2 ");
    CHECK(subjects(ask("?by=model")) == "m ");
    const Json day = ask("?by=day");
    REQUIRE(day.size() == 1);
    CHECK(day[0].at("day") == "2026-01-10");
    CHECK(day[0].at("scope") == "all");
    CHECK(day[0].at("cost_usd") == 0.3);
    CHECK(day[0].at("calls") == 2);
    CHECK(day[0].at("input_tokens") == 6);
    CHECK(ask("?since=2026-01-11").empty());

    const std::string user = user_token(served);
    const auto ask_as = [&](const std::string& query) {
        return served.ask_with(user, {"GET", "/api/usage" + query});
    };
    CHECK(subjects(json_of(ask_as(""))) == "p1 ");
    CHECK(subjects(json_of(ask_as("?by=day"))) == "u1 ");
    CHECK(subjects(json_of(ask_as("?by=task&task_id=t2"))).empty());
    CHECK(ask_as("?by=model").status == 403);
    CHECK(ask_as("?user_id=u2").status == 403);
    CHECK(ask_as("?by=colour").status == 422);
    CHECK(ask_as("?since=yesterday").status == 422);
    const std::string narrow = user_token(served, "p1");
    CHECK(subjects(json_of(served.ask_with(narrow, {"GET", "/api/usage?by=day"}))) == "p1 ");
}

TEST_CASE("a cap is set, shown with what is left, and taken away") {
    const Served served;
    spend(served);
    const auto set = [&](const Json& body) {
        return served.ask({"POST", "/api/budgets", body});
    };
    const HttpResponse made =
        set({{"scope", "project"}, {"subject", "p1"}, {"cap_usd", 0.25}, {"period", "day"}});
    REQUIRE(made.status == 200);
    CHECK(json_of(made).at("left_usd") == 0.15);
    CHECK(json_of(made).at("spent_usd") == 0.1);
    const Json listed = json_of(served.ask({"GET", "/api/budgets"}));
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].at("period") == "day");
    CHECK(set({{"scope", "project"}, {"subject", "p1"}, {"period", "day"}, {"remove", true}})
              .status == 200);
    CHECK(json_of(served.ask({"GET", "/api/budgets"})).empty());
    const HttpResponse models = set(
        {{"scope", "project"}, {"subject", "p1"}, {"models", Json::array({"claude-x", "gpt-x"})}});
    REQUIRE(models.status == 200);
    CHECK(json_of(models).at("models").size() == 2);
    CHECK(budgets::models_of(*served.db, "p1")->size() == 2);
}

TEST_CASE("a cap that makes no sense is refused, and nothing is written") {
    const Served served;
    spend(served);
    const std::string before = served.everything();
    const Json bodies[] = {
        {{"scope", "project"}, {"subject", "p1"}},
        {{"scope", "project"}, {"cap_usd", 1}},
        {{"scope", "all"}, {"subject", "p1"}, {"cap_usd", 1}},
        {{"scope", "project"}, {"subject", "p1"}, {"cap_usd", -1}},
        {{"scope", "project"}, {"subject", "p1"}, {"cap_usd", 1e12}},
        {{"scope", "project"}, {"subject", "p1"}, {"cap_usd", "20"}},
        {{"scope", "project"}, {"subject", "p1"}, {"cap_usd", 1}, {"remove", true}},
        {{"scope", "model"}, {"subject", "m"}, {"cap_usd", 1}},
        {{"scope", "task"}, {"subject", "t1"}, {"models", Json::array({"m"})}},
        {{"scope", "project"}, {"subject", "p1"}, {"period", "year"}, {"cap_usd", 1}},
    };
    for (const Json& body : bodies) {
        INFO(body.dump());
        CHECK(served.ask({"POST", "/api/budgets", body}).status == 422);
    }
    for (const char* scope : {"project", "task", "user"})
        CHECK(served
                  .ask({"POST",
                        "/api/budgets",
                        {{"scope", scope}, {"subject", "missing"}, {"cap_usd", 1}}})
                  .status == 404);
    CHECK(served.everything() == before);
}

TEST_CASE("who is no administrator caps his own, and not what an administrator has capped") {
    const Served served;
    spend(served);
    const std::string user = user_token(served);
    const auto status = [&](const Json& body) {
        return served.ask_with(user, {"POST", "/api/budgets", body}).status;
    };
    const Json own{{"scope", "project"}, {"subject", "p1"}, {"cap_usd", 5}};
    CHECK(status(own) == 200);
    CHECK(status({{"scope", "task"}, {"subject", "t1"}, {"cap_usd", 5}}) == 200);
    CHECK(status({{"scope", "project"}, {"subject", "p2"}, {"cap_usd", 5}}) == 404);
    CHECK(status({{"scope", "user"}, {"subject", "u1"}, {"cap_usd", 5}}) == 403);
    CHECK(status({{"scope", "all"}, {"cap_usd", 5}}) == 403);
    CHECK(status({{"scope", "project"}, {"subject", "p1"}, {"models", Json::array({"m"})}}) == 403);
    CHECK(served.ask({"POST", "/api/budgets", own}).status == 200);
    CHECK(status(own) == 403);
    CHECK(status({{"scope", "project"}, {"subject", "p1"}, {"remove", true}}) == 403);
    CHECK(subjects(json_of(served.ask_with(user, {"GET", "/api/budgets"}))) == "p1 t1 ");
    // A worker may ask for a larger budget but never set one, whatever its permissions.
    const std::string worker = served.token({.name = "w",
                                             .role = TokenRole::worker,
                                             .user_id = "u1",
                                             .worker_id = "w1",
                                             .scopes = {"*"}});
    CHECK(served.ask_with(worker, {"POST", "/api/budgets", own}).status == 403);
    CHECK(served.ask_with(worker, {"GET", "/api/budgets"}).status == 200);
}

}  // namespace control
