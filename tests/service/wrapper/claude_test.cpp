// The whole road with a real Claude Code and a scripted model: through the relay, behind the wall,
// to a pushed branch.
#include "tests/service/wrapper/worker_house.h"
#include "tests/support/model_server.h"
#include "tests/support/within_reach.h"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

using contracts::Json;
using namespace tests;
using std::chrono::seconds;

namespace {

std::filesystem::path claude_directory() {
    const char* deps = std::getenv("ORCH_DEPS_DIR");
    return std::filesystem::path(deps != nullptr ? deps : ORCH_SOURCE_DIR "/build/deps") /
           "agents/claude";
}

class ClaudeHouse : public WorkerHouse {
public:
    ClaudeHouse(const std::string& worker_type, const ModelServer& model)
        : WorkerHouse(worker_type) {
        set("AGENT_TYPE", "claude");
        set("CONTROL_DIR", std::filesystem::path(model.socket()).parent_path());
        set("AGENT_ENV_PATH",
            within_reach(claude_directory(), directory() / "claude") + ":/usr/bin:/bin");
    }
    // A clone whose origin lies in the agent's home.
    void with_repository() {
        const std::string origin = directory() / "home/origin.git";
        run_successfully({.argv = {"git", "init", "-q", "--bare", origin}});
        run_successfully({.argv = {"git", "init", "-q", "-b", "main", workspace()}});
        run_successfully({.argv = {"git", "-c", "safe.directory=*", "-C", workspace(), "remote",
                                   "add", "origin", origin}});
        const std::string owner = std::to_string(uid());
        run_successfully({.argv = {"chown", "-R", owner + ":" + owner, origin, workspace()}});
        set("TASK_BRANCH", "task/t-1");
    }
    [[nodiscard]] std::string pushed() const {
        std::string sha = tests::run({.argv = {"git", "-c", "safe.directory=*", "-C",
                                               directory() / "home/origin.git", "rev-parse",
                                               "refs/heads/task/t-1"}})
                              .output;
        return sha.substr(0, sha.find('\n'));
    }
};

bool cannot_run() {
    return ::geteuid() != 0 || !std::filesystem::exists(claude_directory() / "claude");
}

}  // namespace

TEST_CASE("claude writes, commits and answers, and the wrapper pushes its work") {
    if (cannot_run()) SKIP("needs root and ci/agent-binary claude");
    const ModelServer model(ModelServerOptions{.script = "greeter", .unix_socket = true});
    ClaudeHouse house("developer", model);
    house.with_repository();
    house.give("r-1", "Task: a greeter\nRound: 1\n", 120);
    const Finished worker = house.run_to_end(seconds{120});
    CAPTURE(worker.error_output);
    CHECK(worker.end.exit_code == 0);
    const Json output = house.outputs().at(0);
    CAPTURE(output.dump());
    CHECK(output["status"] == "success");
    REQUIRE(output.contains("commit_sha"));
    CHECK(output["commit_sha"] == house.pushed());
    CHECK(output["usage"]["output_tokens"] > 0);
    CHECK(output["usage"].contains("cost_usd"));
    CHECK(!house.read("task_progress:t-1").empty());
    CHECK(house.agents_alive() == 0);
}

TEST_CASE(
    "a po worker's conversation goes on in its session, and begins anew where claude lost it") {
    if (cannot_run()) SKIP("needs root and ci/agent-binary claude");
    TemporaryDirectory scripts;
    const std::string script =
        scripts.write("po.json", R"({"rules":[{"name":"any","turns":[{"text":"Hello there."}]}]})");
    const ModelServer model(ModelServerOptions{.script = script, .unix_socket = true});
    ClaudeHouse house("po", model);
    ChildProcess worker = house.start();
    const auto session = [&] {
        return Json::parse(house.get("worker:session:w-1"))["session_id"].get<std::string>();
    };
    house.give("r-1", "Hello", 60);
    eventually("an answer", [&] { return house.outputs().size() == 1; }, seconds{60});
    CHECK(house.outputs()[0]["text"] == "Hello there.");
    const std::string first = session();
    house.give("r-2", "And again", 60);
    eventually("another", [&] { return house.outputs().size() == 2; }, seconds{60});
    CHECK(session() == first);
    {
        contracts::Connection connection = house.connect();
        must(connection.command({"SET", "worker:session:w-1",
                                 R"({"session_id":"00000000-0000-4000-8000-000000000000"})"}));
    }
    house.give("r-3", "Still there?", 60);
    eventually("a third", [&] { return house.outputs().size() == 3; }, seconds{60});
    CAPTURE(worker.error_output());
    CHECK(house.outputs()[2]["status"] == "success");
    CHECK(session() != "00000000-0000-4000-8000-000000000000");
    CHECK(house.lifecycle().back()["result"].contains("session"));
}
