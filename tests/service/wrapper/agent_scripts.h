// What the scripted model says to each agent: the same conversation, with the tool that the agent
// offers for running a command.
#pragma once

#include "contracts/base/json.h"

#include <string>

namespace tests {

// `tool` with the command as `argument` of it. Prompts and what comes of them:
//   "do the work"         a commit, and in `found` where our CLI is, then words without a result
//   block; asked for it, the block "end yourself"        the agent's own program gets SIGTERM
//   "fault <status>"      the model answers with that HTTP status, always
//   "wait"                nothing comes
//   anything else         "Hello there.", with 100 tokens in and 10 out
inline std::string agent_script(const std::string& tool, const std::string& argument) {
    using contracts::Json;
    const auto command = [&](const std::string& line) {
        return Json{{"name", tool},
                    {"input",
                     {{argument, line},
                      {"summary", "Run the command"},
                      {"description", "Run the command"},
                      {"riskLevel", "low"},
                      {"riskLevelReason", "none"}}}};
    };
    const auto rule = [](const std::string& prompt, Json turns) {
        return Json{{"name", prompt}, {"match", {{"prompt", prompt}}}, {"turns", std::move(turns)}};
    };
    Json rules = Json::array();
    Json work = Json::array();
    work.push_back(
        {{"text", "I will."},
         {"tools", Json::array({command("echo hi > a.txt && git add a.txt && git commit -qm a && "
                                        "command -v orchestrator >found")})}});
    work.push_back({{"text", "It is committed: {{output}}"}});
    rules.push_back(rule("^do the work", std::move(work)));
    rules.push_back(rule(
        "no result block",
        Json::array({{{"text", R"(<result>{"status":"success","summary":"done"}</result>)"}}})));
    const Json late = {{"stall", "headers"}, {"text", "late"}};
    const Json end = command("pkill -TERM -u $(id -u) -x 'droid|codex'; exec cat");
    Json ended = Json::array();
    ended.push_back({{"tools", Json::array({end})}});
    ended.push_back(late);
    rules.push_back(rule("^end yourself", std::move(ended)));
    rules.push_back(rule("^wait", Json::array({late})));
    for (const int status : {401, 429, 500, 529})
        rules.push_back(rule("^fault " + std::to_string(status),
                             Json::array({{{"fail", {{"status", status}}}}})));
    rules.push_back(
        {{"name", "any"},
         {"turns", Json::array({{{"text", "Hello there."},
                                 {"usage", {{"input_tokens", 100}, {"output_tokens", 10}}}}})}});
    return Json{{"rules", std::move(rules)}}.dump();
}

}  // namespace tests
