// The requests of usage, budgets and reminders, and the output for their answers.
#include "terminal.h"

#include "contracts/agent_socket/protocol.h"

#include <catch2/catch_test_macros.hpp>

namespace cli {

using contracts::AgentRequest;
using contracts::Json;

namespace {

tests::AgentPeer::Handler answering(Json body) {
    return [body](const AgentRequest&) -> std::optional<std::string> {
        return tests::api_reply(200, body);
    };
}

}  // namespace

TEST_CASE("usage as CSV is one line a row, and no cell is a formula") {
    WorkerTerminal terminal(answering(Json::array(
        {Json{{"scope", "model"}, {"subject", "=cmd()\"x"}, {"calls", 2}, {"cost_usd", 0.5}},
         Json{{"scope", "all"}, {"day", "2026-01-31"}, {"calls", 1}}})));
    const Run run = terminal.run({"usage", "--by", "model", "--since", "2026-01-01", "--csv"});
    CHECK(run.exit_code == 0);
    CHECK(run.out ==
          "scope,subject,day,calls,input_tokens,cache_read_tokens,output_tokens,cost_usd,"
          "estimated_calls\n"
          "\"model\",\"'=cmd()\"\"x\",,2,,,,0.5,\n"
          "\"all\",,\"2026-01-31\",1,,,,,\n");
    CHECK(terminal.peer.requests().back().path == "/api/usage?by=model&since=2026-01-01");
}

TEST_CASE("a budget is set for one thing, in dollars, or taken away") {
    const auto sent = [](const std::vector<std::string>& words) {
        WorkerTerminal terminal(answering(Json{{"scope", "project"}}));
        std::vector<std::string> arguments{"budget", "set"};
        arguments.insert(arguments.end(), words.begin(), words.end());
        const Run run = terminal.run(arguments);
        return run.exit_code == 0 ? *terminal.peer.requests().back().body : Json(run.exit_code);
    };
    CHECK(sent({"--project", "p1", "--usd", "20", "--per-day"}) ==
          Json{{"scope", "project"}, {"subject", "p1"}, {"cap_usd", 20.0}, {"period", "day"}});
    CHECK(sent({"--all", "--usd", "0"}) == Json{{"scope", "all"}, {"cap_usd", 0.0}});
    CHECK(sent({"--task", "t1", "--remove"}) ==
          Json{{"scope", "task"}, {"subject", "t1"}, {"remove", true}});
    CHECK(sent({"--project", "p1", "--models", "claude-x,gpt-x"}) ==
          Json{{"scope", "project"},
               {"subject", "p1"},
               {"models", Json::array({"claude-x", "gpt-x"})}});
    CHECK(sent({"--project", "p1", "--models", "any"}).at("models").empty());
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"--usd", "20"},
                                               {"--project", "p1", "--all", "--usd", "20"},
                                               {"--project", "p1", "--usd", "much"},
                                               {"--project", "p1", "--usd", "-1"},
                                               {"--project", "p1", "--usd", "1e3"},
                                               {"--project", "p1", "--usd", "1.2.3"},
                                               {"--project", "p1", "--usd", "20", "--remove"}})
        CHECK(sent(words) == 2);
}

TEST_CASE("a reminder's time has a unit and an end") {
    const auto sent = [](const std::string& in) {
        WorkerTerminal terminal(answering(Json{{"id", "r1"}}));
        const Run run = terminal.run({"remind", "--in", in, "look again"});
        return run.exit_code == 0 ? terminal.peer.requests().back().body->at("in_seconds")
                                  : Json(run.exit_code);
    };
    CHECK(sent("90s") == 90);
    CHECK(sent("30m") == 1800);
    CHECK(sent("2h") == 7200);
    CHECK(sent("3d") == 259200);
    for (const char* in :
         {"", "2", "h", "2 h", "-2h", "0s", "1.5h", "2w", "2hh", "400d", "99999999999999999999s"}) {
        INFO(in);
        CHECK(sent(in) == 2);
    }
}

}  // namespace cli
