// People's commands to flows and workers: the necessary permissions, and the written rows.
#include "control/store/commands.h"

#include "control/store/threads.h"
#include "served.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

using contracts::Json;

namespace {

// User u1 has project p with task t and its flow f; worker w runs.
void furnish(const Served& served) {
    served.add_user("u1", "1");
    served.add_user("u2", "2");
    served.add_project("p", "u1");
    served.add_task("t", "p");
    served.run_worker("w");
    Thread thread;
    thread.id = "f";
    thread.graph = "engineering";
    thread.subject = "t";
    thread.node = "ask_person";
    thread.status = ThreadStatus::blocked;
    thread.state = "{}";
    thread.created_at = thread.updated_at = served.clock.now();
    served.write([&](Transaction& tx) -> Result<void> {
        Result<bool> put = threads::insert(tx, thread);
        return put ? Result<void>() : Result<void>(fail(put.error()));
    });
}

std::string token_of(const Served& served, const std::string& user,
                     std::vector<std::string> scopes) {
    NewToken token;
    token.role = TokenRole::worker;
    token.user_id = user;
    token.scopes = std::move(scopes);
    return served.token(token);
}

Json asking(const char* target, const char* id, const char* command) {
    return {{"target", target}, {"target_id", id}, {"command", command}};
}

Json answering(const char* target, const char* id) {
    Json body = asking(target, id, "answer");
    body["text"] = "use PostgreSQL";
    return body;
}

}  // namespace

TEST_CASE("an administrator's command is a row with who asked and when, and rings the bell") {
    Bell bell;
    int rung = 0;
    const Bell::Listener listener(bell, [&] { ++rung; });
    Served served({.bell = &bell});
    furnish(served);
    Json body = asking("flow", "f", "retry");
    body["node"] = "prepare";
    const Ask ask{"POST", "/api/commands", body, {{"Idempotency-Key", "k"}}};
    const HttpResponse made = served.ask(ask);
    REQUIRE(made.status == 201);
    const Json command = json_of(made);
    CHECK(command.at("status") == "waiting");
    CHECK(command.at("asked_by") == "local");
    CHECK(command.at("task_id") == "t");
    CHECK(command.at("node") == "prepare");
    CHECK(rung == 1);
    // Sent again, it is the same command.
    CHECK(json_of(served.ask(ask)).at("id") == command.at("id"));
    const std::string path = "/api/commands/" + command.at("id").get<std::string>();
    CHECK(json_of(served.ask({"GET", path})) == command);
    CHECK(json_of(served.ask({"GET", "/api/commands?target_id=f&status=waiting"})).size() == 1);
    CHECK(served.ask({"POST", "/api/commands", asking("worker", "w", "kill")}).status == 201);
}

TEST_CASE("a command that fits nothing is refused with what would") {
    Served served;
    furnish(served);
    const auto status = [&](Json body) {
        return served.ask({"POST", "/api/commands", std::move(body)}).status;
    };
    CHECK(status(asking("flow", "f9", "pause")) == 404);
    CHECK(status(asking("task", "t9", "pause")) == 404);
    CHECK(status(asking("worker", "w9", "kill")) == 404);
    CHECK(status(asking("flow", "f", "kill")) == 422);
    CHECK(status(asking("worker", "w", "pause")) == 422);
    CHECK(status(asking("flow", "f", "answer")) == 422);
    Json body = asking("flow", "f", "pause");
    body["node"] = "prepare";
    CHECK(status(body) == 422);
    body = answering("flow", "f");
    body["command"] = "resume";
    CHECK(status(body) == 422);
    CHECK(json_of(served.ask({"GET", "/api/commands"})).empty());
}

TEST_CASE("who is no administrator answers his own task with its command, and does nothing else") {
    Served served;
    furnish(served);
    const std::string own = token_of(served, "u1", {"engineering.answer"});
    const auto status = [&](const std::string& token, const Json& body) {
        return served.ask_with(token, {"POST", "/api/commands", body}).status;
    };
    const HttpResponse made =
        served.ask_with(own, {"POST", "/api/commands", answering("task", "t")});
    REQUIRE(made.status == 201);
    CHECK(json_of(made).at("user_id") == "u1");
    const std::string path = "/api/commands/" + json_of(made).at("id").get<std::string>();
    CHECK(served.ask_with(own, {"GET", path}).status == 200);

    for (const char* command : {"pause", "resume", "retry", "cancel"})
        for (const char* target : {"flow", "task"})
            CHECK(status(own, asking(target, *target == 'f' ? "f" : "t", command)) == 403);
    CHECK(status(own, answering("flow", "f")) == 403);
    for (const char* command : {"kill", "logs"})
        CHECK(status(own, asking("worker", "w", command)) == 403);
    // The permission for another command, for another task type, and another user's task.
    CHECK(status(token_of(served, "u1", {"engineering.status"}), answering("task", "t")) == 403);
    CHECK(status(token_of(served, "u1", {"deploy.answer"}), answering("task", "t")) == 403);
    const std::string other = token_of(served, "u2", {"engineering.*"});
    CHECK(status(other, answering("task", "t")) == 404);
    CHECK(served.ask_with(other, {"GET", path}).status == 404);
    // Only administrators command flows and workers, whatever a token's patterns say.
    const std::string all = token_of(served, "u1", {"*"});
    for (const char* read :
         {"/api/flows", "/api/flows/f", "/api/flows/f/steps", "/api/flows/f/effects", "/api/graphs",
          "/api/workers", "/api/workers/w", "/api/commands", "/api/egress/refusals",
          "/api/audit_log"})
        CHECK(served.ask_with(all, {"GET", read}).status == 403);
}

TEST_CASE("a user does not read an administrator's command to his own flow") {
    Served served;
    furnish(served);
    const Json command =
        json_of(served.ask({"POST", "/api/commands", asking("flow", "f", "pause")}));
    const std::string path = "/api/commands/" + command.at("id").get<std::string>();
    CHECK(served.ask_with(token_of(served, "u1", {"engineering.*"}), {"GET", path}).status == 404);
}

}  // namespace control
