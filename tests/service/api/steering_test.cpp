// Watching and controlling flows from the command line: the real programs, and a flow that waits
// for a worker which is never created.
#include "contracts/base/json.h"
#include "tests/support/daemon.h"
#include "tests/support/eventually.h"
#include "tests/support/programs.h"

#include <catch2/catch_test_macros.hpp>

namespace tests {

namespace {

using contracts::Json;

struct Steered {
    int exit_code = 0;
    std::string text;

    [[nodiscard]] Json json() const {
        const auto document = contracts::parse_json(text);
        INFO(text);
        REQUIRE(document);
        return *document;
    }
};

Steered orchestrator(const Daemon& daemon, std::vector<std::string> words) {
    words.insert(words.begin(), program("orchestrator"));
    std::map<std::string, std::string> environment = daemon.access();
    environment["ORCHESTRATOR_SOCKET"] = "/nonexistent/agent.sock";
    const Finished finished = run({.argv = std::move(words), .environment = environment});
    return {finished.end.exit_code, finished.output};
}

}  // namespace

TEST_CASE("an administrator sees and steers a flow from the command line, and is told each time") {
    Daemon daemon;
    daemon.start({{"ROLES", "api,graphs"}});
    const auto call = [&](std::vector<std::string> words) {
        return orchestrator(daemon, std::move(words));
    };
    const Json made =
        call({"project", "create", "--name", "moon", "--start", "--spec", "its phase"}).json();
    const std::string task = made["data"]["task"]["id"];
    Json flow;
    eventually("a flow that waits", [&] {
        const Json found = call({"flow", "list", "--task", task, "--status", "waiting"}).json();
        if (found["data"].empty()) return false;
        flow = found["data"][0];
        return true;
    });
    const std::string id = flow["id"];
    CHECK(flow["graph"] == "engineering");

    CHECK(call({"flow", "pause", id}).exit_code == 0);
    const Steered again = call({"flow", "pause", id});
    CHECK(again.exit_code == 5);
    CHECK(again.json()["message"].get<std::string>().find("is paused") != std::string::npos);
    const Json shown = call({"flow", "show", id}).json()["data"];
    CHECK(shown["status"] == "paused");
    CHECK(shown["steps"][0]["outcome"] == "paused");
    CHECK(call({"flow", "show", id, "--mermaid"})
              .text.find("class " + shown["node"].get<std::string>() + " current") !=
          std::string::npos);
    CHECK(call({"flow", "resume", id}).exit_code == 0);
    CHECK(call({"flow", "retry", id, "--node", "nowhere"}).exit_code == 5);
    CHECK(call({"engineering", "answer", task, "yes"}).exit_code == 5);
    CHECK(call({"flow", "show", "nothing"}).exit_code == 3);
    CHECK(call({"worker", "show", "nobody"}).exit_code == 3);
    CHECK(call({"worker", "list"}).json()["data"].empty());

    CHECK(call({"flow", "cancel", id, "--text", "no longer needed"}).exit_code == 0);
    CHECK(call({"engineering", "status", task}).json()["data"]["status"] == "cancelled");
    CHECK(call({"flow", "show", id}).json()["data"]["reason"] == "no longer needed");
    CHECK(call({"flow", "cancel", id}).exit_code == 5);
    CHECK(daemon.log().find("a person's command was carried out") != std::string::npos);
    CHECK(daemon.stop().success());
}

}  // namespace tests
