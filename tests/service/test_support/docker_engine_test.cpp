#include "tests/support/docker_engine.h"

#include "contracts/base/json.h"
#include "tests/support/child_process.h"

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>

namespace tests {
namespace {

std::string process_of(const DockerEngine& engine, const std::string& container) {
    const auto answer =
        contracts::parse_json(engine.ask("GET", "/containers/" + container + "/json").body);
    REQUIRE(answer);
    return (*answer)["State"].dump();
}

TEST_CASE("containers of a private engine live through its restart and end with it") {
    std::optional<DockerEngine> engine;
    try {
        engine.emplace(DockerEngine::Choice::private_one);
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    const std::string image = engine->base_image();
    const HttpResponse created =
        engine->ask("POST", "/containers/create?name=sleeper",
                    R"({"Image":")" + image + R"(","Cmd":["sleep","1000"]})");
    REQUIRE(created.status == 201);
    REQUIRE(engine->ask("POST", "/containers/sleeper/start").status == 204);
    const auto before = contracts::parse_json(process_of(*engine, "sleeper"));
    REQUIRE((*before)["Running"] == true);
    engine->restart("KILL");
    const auto after = contracts::parse_json(process_of(*engine, "sleeper"));
    CHECK((*after)["Running"] == true);
    CHECK((*after)["Pid"] == (*before)["Pid"]);

    const std::string process = "/proc/" + (*after)["Pid"].dump();
    engine.reset();
    CHECK_FALSE(run({.argv = {"test", "-d", process}}).end.success());
}

}  // namespace
}  // namespace tests
