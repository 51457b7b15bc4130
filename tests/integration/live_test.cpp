// From a sentence in a chat to a URL that answers: the terminal, a real Claude Code as the Product
// Owner and as the developer, the real Copier, the scripted model behind them.
#include "tests/integration/installation.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using contracts::Json;
using namespace tests;

namespace {

void say(const Installation& house, const std::string& line) {
    ChildProcess terminal(
        ChildOptions{.argv = {std::string(ORCH_BIN_DIR) + "/orchestratord", "chat"},
                     .environment = house.access(),
                     .input = line + '\n'});
    const ChildEnd end = terminal.must_end(std::chrono::minutes{3});
    INFO(terminal.error_output());
    REQUIRE(end.success());
    INFO(terminal.output());
    REQUIRE(terminal.output().find("I have started the greeter.") != std::string::npos);
}

// What the URL answers, by a client that is not ours.
std::string fetch(const std::string& url) {
    ChildProcess client(ChildOptions{
        .argv = {"/usr/bin/python3", "-c",
                 "import sys, "
                 "urllib.request\nprint(urllib.request.urlopen(sys.argv[1]).read().decode())",
                 url}});
    const ChildEnd end = client.must_end(std::chrono::seconds{30});
    INFO(client.error_output());
    REQUIRE(end.success());
    return client.output();
}

std::size_t notices(const Installation& house, std::string_view kind) {
    std::size_t count = 0;
    for (const Json& notice : house.messages("chat:notices"))
        if (notice.at("kind") == kind) ++count;
    return count;
}

// The URL of the one deployment, once there is a notice of it.
std::string live_url(const Installation& house) {
    eventually(
        "the deployment is told", [&] { return notices(house, "deployed") == 1; },
        std::chrono::minutes{5});
    for (const Json& notice : house.messages("chat:notices"))
        if (notice.at("kind") == "deployed") {
            const std::string text = notice.at("text");
            const std::size_t at = text.find("http://");
            REQUIRE(at != std::string::npos);
            return text.substr(at, text.find_first_of(" \n", at) - at);
        }
    return {};
}

}  // namespace

TEST_CASE("live: from a sentence in a chat to a URL that answers") {
    const Isolation isolation = GENERATE(Isolation::processes, Isolation::containers);
    std::unique_ptr<Installation> running;
    try {
        running = std::make_unique<Installation>(InstallationOptions{
            .script = "live",
            .isolation = isolation,
            .environment = {{"COPIER", ORCH_SOURCE_DIR "/build/tools/copier/bin/copier"}}});
        running->start();
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    Installation& house = *running;
    say(house, "a page that greets my visitors");
    std::string url = live_url(house);
    while (url.ends_with('.'))
        url.pop_back();
    INFO(url);
    CHECK(fetch(url).find("Hello, world!") != std::string::npos);
    CHECK(notices(house, "task_completed") == 1);
    const auto projects = house.orchestrator({"project", "list"}).json.at("data");
    REQUIRE(projects.size() == 1);
    CHECK(house.orchestrator({"deploy", "stop", "--project", projects[0].at("id")}).exit_code == 0);
    CHECK(house.stop().success());
}
