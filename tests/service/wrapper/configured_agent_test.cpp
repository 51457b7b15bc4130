// An agent without a runner of its own, added by configuration only: OpenCode speaks the Agent
// Client Protocol and reads its model from the environment.
#include "tests/service/wrapper/agent_house.h"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>

using contracts::Json;
using namespace tests;

namespace {

// The model relay as a provider. OpenCode replaces {env:…} with the wrapper's values.
std::string opencode_config() {
    return Json{
        {"autoupdate", false},
        {"share", "disabled"},
        {"model", "relay/some-model"},
        {"small_model", "relay/some-model"},
        {"provider",
         {{"relay",
           {{"npm", "@ai-sdk/anthropic"},
            {"options",
             {{"baseURL", "{env:ANTHROPIC_BASE_URL}/v1"}, {"apiKey", "{env:ANTHROPIC_API_KEY}"}}},
            {"models", {{"some-model", {{"name", "some-model"}}}}}}}}}}
        .dump();
}

std::string script() {
    const Json commit = {{"name", "bash"},
                         {"input",
                          {{"command",
                            "echo hi > a.txt && git add a.txt && git commit -qm a && "
                            "command -v orchestrator >found"},
                           {"description", "Commit a file"}}}};
    Json work = Json::array();
    work.push_back({{"text", "I will."}, {"tools", Json::array({commit})}});
    work.push_back({{"text", R"(<result>{"status":"success","summary":"by opencode"}</result>)"},
                    {"usage", {{"input_tokens", 100}, {"output_tokens", 10}}}});
    Json rules = Json::array();
    rules.push_back(
        {{"name", "work"}, {"match", {{"prompt", "do the work"}}}, {"turns", std::move(work)}});
    rules.push_back({{"name", "any"}, {"turns", Json::array({{{"text", "A title"}}})}});
    return Json{{"rules", std::move(rules)}}.dump();
}

}  // namespace

TEST_CASE("an agent that is known only by its configuration works on a task") {
    if (lacks_agent("opencode")) SKIP("needs root and ci/agent-binary opencode");
    TemporaryDirectory scripts;
    const ModelServer model(
        ModelServerOptions{.script = scripts.write("script.json", script()), .unix_socket = true});
    AgentHouse house("developer", "acp", model);
    house.with_program_of("opencode")
        .with_repository()
        .set("AGENT_COMMAND", "exec opencode acp")
        .set("AGENT_ENV_OPENCODE_CONFIG_CONTENT", opencode_config());
    for (const char* name : {"MODELS_FETCH", "AUTOUPDATE", "LSP_DOWNLOAD", "DEFAULT_PLUGINS"})
        house.set(std::string("AGENT_ENV_OPENCODE_DISABLE_") + name, "1");
    const Json output = house.answer("do the work", 400);
    CAPTURE(output.dump());
    CHECK(output["status"] == "success");
    CHECK(output["summary"] == "by opencode");
    REQUIRE(output.contains("commit_sha"));
    CHECK(output["commit_sha"] == house.pushed());
    CHECK(output["usage"]["output_tokens"] > 0);
    CHECK(house.in_workspace("found") == program("orchestrator") + "\n");
    CHECK(!house.read("task_progress:t-1").empty());
    CHECK(house.agents_alive() == 0);
}
