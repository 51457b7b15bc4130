// From a sentence in a chat to a URL on another machine: Product Owner, template, developer, tester
// and merge here, the deployment over ssh on a server with an engine of its own.
#include "tests/integration/installation.h"
#include "tests/support/eventually.h"
#include "tests/support/http_request.h"
#include "tests/support/server/known_server.h"
#include "tests/support/server/site_or_skip.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

using contracts::Json;
using namespace tests;

namespace {

constexpr const char* kRealCopier = ORCH_SOURCE_DIR "/build/tools/copier/bin/copier";

void say(const Installation& house, const std::string& line) {
    ChildProcess terminal(
        ChildOptions{.argv = {std::string(ORCH_BIN_DIR) + "/orchestratord", "chat"},
                     .environment = house.access(),
                     .input = line + "\n"});
    const ChildEnd end = terminal.must_end(std::chrono::minutes{3});
    INFO(terminal.output() << terminal.error_output());
    CHECK(end.success());
}

// What the Product Owner names as the URL, told for the `count`-th time.
std::string told_url(const Installation& house, std::size_t count) {
    constexpr std::string_view kTold = "It is live. Have a look: ";
    std::vector<std::string> urls;
    eventually(
        "the Product Owner names the URL",
        [&] {
            urls.clear();
            for (const Json& reply : house.messages("chat:outbox:terminal"))
                if (const std::string text = contracts::text_at(reply, "text");
                    text.starts_with(kTold))
                    urls.push_back(text.substr(kTold.size()));
            return urls.size() >= count;
        },
        std::chrono::minutes{5});
    return urls.back();
}

std::string body_at(const std::string& url) {
    return http(url, {.target = "/"}).body;
}

}  // namespace

TEST_CASE(
    "road: a sentence in a chat becomes a URL on a server, and a second one changes the page") {
    const Site& there = site_or_skip();
    Installation house({.script = "live",
                        .environment = {{"BUILD_NETWORK", "none"},
                                        {"COPIER", kRealCopier},
                                        {"DEPLOYER", "ssh"},
                                        {"DEPLOY_PORTS", "18100-18199"}}});
    house.start();
    make_known(house.data(), house.data() + "/../ssh", there);
    say(house, "a page that greets my visitors");
    const std::string url = told_url(house, 1);
    INFO(house.daemon_log());
    CHECK(url.starts_with("http://" + there.address + ":"));
    CHECK(body_at(url).find("Hello, world!") != std::string::npos);
    say(house, "greet in French");
    CHECK(told_url(house, 2) == url);
    CHECK(body_at(url).find("Bonjour, le monde!") != std::string::npos);
    const auto deleted = house.orchestrator({"project", "delete", "greeter", "--yes"});
    INFO(deleted.json.dump(2));
    CHECK(deleted.exit_code == 0);
    CHECK_THROWS(body_at(url));
    CHECK(house.stop().success());
}
