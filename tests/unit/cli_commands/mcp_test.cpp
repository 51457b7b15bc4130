#include "cli/commands/mcp_server.h"
#include "cli/commands/mcp_tools.h"
#include "tests/unit/cli_commands/terminal.h"

#include <catch2/catch_test_macros.hpp>
#include <sstream>

namespace cli {

namespace {

using contracts::Json;

Json request(int id, const std::string& method, Json parameters = Json::object()) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(parameters)}};
}

const Json kInitialize = request(0, "initialize",
                                 {{"protocolVersion", "2025-06-18"},
                                  {"capabilities", Json::object()},
                                  {"clientInfo", {{"name", "t"}, {"version", "1"}}}});

// The server's answers to raw input lines.
std::vector<Json> answers_to_text(Terminal& terminal, const std::string& text) {
    const Run run = terminal.run({"mcp"}, text);
    CHECK(run.exit_code == 0);
    std::vector<Json> answers;
    std::istringstream lines(run.out);
    for (std::string line; std::getline(lines, line);) {
        auto answer = contracts::parse_json(line);
        CAPTURE(line);
        REQUIRE(answer);
        CHECK((*answer)["jsonrpc"] == "2.0");
        answers.push_back(std::move(*answer));
    }
    return answers;
}

std::vector<Json> answers_to(Terminal& terminal, const std::vector<Json>& messages) {
    std::string text = contracts::dump_json(kInitialize) + '\n';
    for (const Json& message : messages)
        text += contracts::dump_json(message) + '\n';
    std::vector<Json> answers = answers_to_text(terminal, text);
    REQUIRE(!answers.empty());
    CHECK(answers.front()["result"]["protocolVersion"] == "2025-06-18");
    answers.erase(answers.begin());
    return answers;
}

Json call(const std::string& tool, Json arguments, Json meta = {}) {
    Json parameters{{"name", tool}, {"arguments", std::move(arguments)}};
    if (!meta.is_null()) parameters["_meta"] = std::move(meta);
    return request(1, "tools/call", std::move(parameters));
}

Json only(std::vector<Json> answers) {
    REQUIRE(answers.size() == 1);
    return answers.front();
}

}  // namespace

TEST_CASE("mcp: the allowed commands are tools, described as their help describes them") {
    WorkerTerminal terminal(healthy(some_project(), some_task("engineering")));
    terminal.environment["ALLOWED_COMMANDS"] = "project.*,engineering.start,respond";
    const Json answer = only(answers_to(terminal, {request(1, "tools/list")}));
    std::map<std::string, Json> tools;
    for (const Json& tool : answer["result"]["tools"])
        tools[tool["name"]] = tool;
    CHECK(tools.contains("project_secret_set"));
    CHECK(tools.contains("respond"));
    CHECK_FALSE(tools.contains("deploy_start"));
    CHECK_FALSE(tools.contains("mcp"));
    CHECK_FALSE(tools.contains("version"));
    const Json schema = tools["project_create"]["inputSchema"];
    CHECK(schema["type"] == "object");
    CHECK(schema["required"] == Json::array({"name"}));
    CHECK(schema["properties"]["start"]["type"] == "boolean");
    CHECK(schema["properties"]["spec_file"]["type"] == "string");
    CHECK(schema["properties"].contains("request_id"));
    CHECK_FALSE(schema["properties"].contains("output"));
    CHECK_FALSE(schema["properties"].contains("quiet"));
    CHECK(tools["project_get"]["inputSchema"]["required"] == Json::array({"id"}));
}

TEST_CASE("mcp: a tool does what the command does") {
    WorkerTerminal terminal(healthy(some_project(), some_task("engineering")));
    const Json answer = only(answers_to(
        terminal,
        {call("project_create", {{"name", "blog"}, {"start", true}, {"spec", "--help"}})}));
    const Json& result = answer["result"];
    CHECK(result["isError"] == false);
    CHECK(result["structuredContent"]["success"] == true);
    CHECK(contracts::parse_json(result["content"][0]["text"].get<std::string>()) ==
          result["structuredContent"]);
}

TEST_CASE("mcp: numbers stand for their digits, null for nothing given") {
    WorkerTerminal terminal(healthy(some_project(), some_task("engineering")));
    const Json answer =
        only(answers_to(terminal, {call("project_list", {{"limit", 5}, {"cursor", nullptr}})}));
    CHECK(answer["result"]["isError"] == false);
}

TEST_CASE("mcp: a command that is not allowed is refused with what is") {
    WorkerTerminal terminal(healthy(some_project(), some_task("engineering")));
    terminal.environment["ALLOWED_COMMANDS"] = "project.get";
    const Json answer = only(answers_to(terminal, {call("project_list", Json::object())}));
    CHECK(answer["result"]["isError"] == true);
    CHECK(answer["result"]["structuredContent"]["details"]["allowed_commands"] ==
          Json::array({"project.get"}));
}

TEST_CASE("mcp: arguments that do not fit are named") {
    WorkerTerminal terminal(healthy(some_project(), some_task("engineering")));
    const std::pair<Json, std::string> wrong[] = {
        {{{"nam", "x"}}, "did you mean name?"},
        {{{"name", Json::array()}}, "name"},
        {{{"name", "x"}, {"start", "yes"}}, "start"},
        {Json::array({"name"}), "arguments"},
        {"name", "arguments"},
    };
    for (const auto& [arguments, word] : wrong) {
        CAPTURE(arguments);
        const Json answer = only(answers_to(terminal, {call("project_create", arguments)}));
        CHECK(answer["error"]["code"] == -32602);
        CHECK(answer["error"]["message"].get<std::string>().find(word) != std::string::npos);
    }
    const Json missing = only(answers_to(terminal, {call("project_create", Json::object())}));
    CHECK(missing["result"]["isError"] == true);
    CHECK(missing["result"]["structuredContent"]["error"] == "UsageError");
    CHECK(only(answers_to(terminal, {call("mcp", Json::object())}))["error"]["code"] == -32602);
}

TEST_CASE("mcp: a tool does not read the protocol's own input") {
    WorkerTerminal terminal(healthy(some_project(), some_task("engineering")));
    const std::vector<Json> answers = answers_to(
        terminal,
        {call("project_create", {{"name", "x"}, {"spec_file", "-"}}), request(2, "ping")});
    REQUIRE(answers.size() == 2);
    CHECK(answers[1] == Json{{"jsonrpc", "2.0"}, {"id", 2}, {"result", Json::object()}});
}

TEST_CASE("mcp: progress is told to who asked for it, before the answer") {
    WorkerTerminal terminal(healthy(some_project(), some_task("engineering")));
    const Settings settings;
    Session session{settings,
                    nullptr,
                    terminal.clock,
                    terminal.waiter,
                    "r",
                    commands::all(),
                    0,
                    1,
                    nullptr,
                    [](std::span<const std::string_view>, const ProgressLine& show) {
                        if (show) {
                            show("started");
                            show("half of it");
                        }
                        return Ended{{"{\"success\":true}\n", {}}, 0};
                    },
                    {},
                    {}};
    std::vector<Json> sent;
    commands::McpServer server(session, std::nullopt,
                               [&](const Json& message) { sent.push_back(message); });
    server.take(contracts::dump_json(kInitialize));
    sent.clear();
    server.take(
        contracts::dump_json(call("engineering_wait", {{"id", "t1"}}, {{"progressToken", "p"}})));
    REQUIRE(sent.size() == 3);
    CHECK(sent[0]["method"] == "notifications/progress");
    CHECK(sent[0]["params"] ==
          Json{{"progressToken", "p"}, {"progress", 1}, {"message", "started"}});
    CHECK(sent[1]["params"]["progress"] == 2);
    CHECK(sent[2]["result"]["structuredContent"]["success"] == true);
    sent.clear();
    server.take(contracts::dump_json(call("engineering_wait", {{"id", "t1"}})));
    CHECK(sent.size() == 1);
}

TEST_CASE("mcp: whatever a line holds, it is answered and the next one is taken") {
    WorkerTerminal terminal(healthy(some_project(), some_task("engineering")));
    const std::pair<std::string, int> lines[] = {
        {"{", -32700},
        {"\xff\xfe", -32700},
        {"[]", -32600},
        {R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", -32600},
        {"17", -32600},
        {R"({"id":1,"method":"ping"})", -32600},
        {R"({"jsonrpc":"2.0","id":1})", -32600},
        {R"({"jsonrpc":"2.0","id":{},"method":"ping"})", -32600},
        {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", -32600},
        {R"({"jsonrpc":"2.0","id":1,"method":7})", -32600},
        {R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})", -32600},
        {R"({"jsonrpc":"2.0","id":1,"method":"initialize"})", -32602},
        {R"({"jsonrpc":"2.0","id":"x","method":"server/discover"})", -32601},
        {std::string(200, '['), -32700},
        {std::string(commands::kMaxMcpLine + 100, 'x'), -32600},
    };
    std::string text = "\n \r\n";
    for (const auto& [line, code] : lines)
        text += line + '\n';
    text += R"({"jsonrpc":"2.0","method":"notifications/cancelled"})"
            "\n";
    text += R"({"jsonrpc":"2.0","id":9,"result":{}})"
            "\n";
    text += R"({"jsonrpc":"2.0","id":"last","method":"ping"})"
            "\n";
    const std::vector<Json> answers = answers_to_text(terminal, text);
    REQUIRE(answers.size() == std::size(lines) + 1);
    for (std::size_t i = 0; i < std::size(lines); ++i) {
        CAPTURE(i, answers[i].dump());
        CHECK(answers[i]["error"]["code"] == lines[i].second);
    }
    CHECK(answers.back()["id"] == "last");
}

TEST_CASE("mcp: after initialize an unknown method is named as such") {
    WorkerTerminal terminal(healthy(some_project(), some_task("engineering")));
    CHECK(only(answers_to(terminal, {request(1, "resources/list")}))["error"]["code"] == -32601);
}

}  // namespace cli
