#include "contracts/agent_socket/protocol.h"

#include "tests/support/messages/message_checks.h"

#include <algorithm>

using namespace contracts;
using namespace tests;

namespace {

AgentRequest api(std::string command, std::string method, std::string path) {
    AgentRequest request;
    request.command = std::move(command);
    request.action = AgentAction::api;
    request.method = std::move(method);
    request.path = std::move(path);
    return request;
}

AgentRequest publishing(std::string command, std::string stream) {
    AgentRequest request;
    request.command = std::move(command);
    request.action = AgentAction::publish;
    request.stream = std::move(stream);
    request.message = Json::object();
    return request;
}

// A request that the grant permits.
AgentRequest request_for(const Grant& grant) {
    AgentRequest request;
    if (grant.action == AgentAction::api) {
        std::string path(grant.path);
        if (const std::size_t star = path.find('*'); star != std::string::npos)
            path.replace(star, 1, "some-id");
        request = api(std::string(grant.command), std::string(grant.method), path);
    } else if (grant.action == AgentAction::publish) {
        request = publishing(std::string(grant.command), std::string(grant.stream));
    } else {
        request.command = grant.command;
        request.action = grant.action;
        if (grant.action == AgentAction::follow)
            request.task_id = "t-1";
        else
            request.text = "hello";
    }
    return request;
}

bool refused_as(const AgentRequest& request, ErrorKind kind, std::string_view field = {}) {
    const auto checked = check_grant(request);
    return !checked && checked.error().kind == kind && checked.error().field == field;
}

}  // namespace

TEST_CASE("what crosses the agent's socket holds what every message holds") {
    for (const MessageKind& kind :
         {kind_of<AgentRequest>("AgentRequest"), kind_of<AgentFault>("AgentFault"),
          kind_of<AgentReply>("AgentReply")})
        check_message(kind);
}

TEST_CASE("a command may do exactly what is granted to it") {
    for (const Grant& one : grants()) {
        const AgentRequest request = request_for(one);
        CHECK(check_grant(request));
        for (const Grant& other : grants()) {
            AgentRequest borrowed = request;
            borrowed.command = other.command;
            const bool granted =
                std::any_of(grants().begin(), grants().end(), [&](const Grant& grant) {
                    return grant.command == other.command && grant.action == one.action &&
                           grant.method == one.method && grant.path == one.path &&
                           grant.stream == one.stream;
                });
            INFO(one.command << " as " << other.command);
            CHECK(check_grant(borrowed).has_value() == granted);
        }
    }
}

TEST_CASE("a path that climbs, hides or says more than its grant is refused") {
    for (const char* path :
         {"/api/projects/..", "/api/projects/.", "/api/projects/a/b", "/api/projects/",
          "/api/projects", "/api/projects/%2e%2e", "/api/projects//a", "api/projects/a",
          "/api/projects/a\\b", "", "/api/projects/a#b", "//api/projects/a", "/api/users/a",
          "/api/projects/a/", "/API/projects/a", "/api/projects/..?x=1"}) {
        INFO(path);
        CHECK(refused_as(api("project.get", "GET", path), ErrorKind::permission));
    }
    for (const char* path :
         {"/api/projects/a b", "/api/projects/a\r\nHost: x", "/api/projects/a\tb"})
        CHECK(refused_as(api("project.get", "GET", path), ErrorKind::invalid, "path"));
    CHECK(check_grant(api("project.get", "GET", "/api/projects/p-1?fields=name")));
    CHECK(refused_as(api("project.get", "get", "/api/projects/p-1"), ErrorKind::permission));
    CHECK(refused_as(api("project.get", "DELETE", "/api/projects/p-1"), ErrorKind::permission));
}

TEST_CASE("a stream is compared whole") {
    CHECK(check_grant(publishing("engineering.start", "engineering:queue")));
    for (const char* stream : {"engineering:queue ", "engineering:queue:dlq", "engineering", "",
                               "deploy:queue", "worker:commands", "*"})
        CHECK(refused_as(publishing("engineering.start", stream), ErrorKind::permission));
}

TEST_CASE("what a request leaves out is named") {
    AgentRequest request = api("project.get", "GET", "/api/projects/p-1");
    request.path.reset();
    CHECK(refused_as(request, ErrorKind::invalid, "path"));
    request = api("project.get", "GET", "/api/projects/p-1");
    request.method.reset();
    CHECK(refused_as(request, ErrorKind::invalid, "method"));
    request = publishing("engineering.start", "engineering:queue");
    request.message.reset();
    CHECK(refused_as(request, ErrorKind::invalid, "message"));
    request = publishing("engineering.start", "engineering:queue");
    request.stream.reset();
    CHECK(refused_as(request, ErrorKind::invalid, "stream"));
    request = {};
    request.command = "engineering.wait";
    request.action = AgentAction::follow;
    CHECK(refused_as(request, ErrorKind::invalid, "task_id"));
}

TEST_CASE("the commands through which a request may come are found") {
    const auto commands = commands_for("GET", "/api/projects/p-1");
    CHECK(std::find(commands.begin(), commands.end(), "project.get") != commands.end());
    CHECK(commands_for("DELETE", "/api/projects/p-1").empty());
}
