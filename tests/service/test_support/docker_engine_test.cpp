#include "tests/support/docker_engine.h"

#include "contracts/base/json.h"
#include "tests/support/child_process.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>
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

TEST_CASE("an engine ends with its owner, however the owner ends") {
    const TemporaryDirectory directory;
    ChildProcess owner({.argv = {"sleep", "1000"}});
    const Finished up = run({.argv = {ORCH_SOURCE_DIR "/ci/engine", "up", directory.text(),
                                      "--owner", std::to_string(owner.pid())}});
    if (up.end.exit_code == 69) try {
            give_up_engine(up.error_output);
        } catch (const NoDockerEngine& reason) {
            SKIP(reason.what());
        }
    REQUIRE(up.end.success());
    const std::string dockerd = "/proc/" + read_file(directory / "pid");
    REQUIRE(std::filesystem::exists(dockerd));
    owner.kill();
    eventually("the end of dockerd", [&] { return !std::filesystem::exists(dockerd); });
    eventually("the end of its supervisor",
               [&] { return !std::filesystem::exists(directory / "supervisor.pid"); });
    CHECK_FALSE(std::filesystem::exists(directory / "docker.sock"));
}

TEST_CASE("where an engine is required a test without one fails instead of being skipped") {
    const char* before = std::getenv("ORCH_REQUIRE_ENGINE");
    const std::string kept = before != nullptr ? before : "";
    ::unsetenv("ORCH_REQUIRE_ENGINE");
    CHECK_THROWS_AS(give_up_engine("no dockerd"), NoDockerEngine);
    ::setenv("ORCH_REQUIRE_ENGINE", "1", 1);
    try {
        give_up_engine("no dockerd");
    } catch (const NoDockerEngine&) {
        FAIL("it would have been skipped");
    } catch (const std::runtime_error& error) {
        CHECK(std::string(error.what()) == "ORCH_REQUIRE_ENGINE=1, but: no dockerd");
    }
    ::setenv("ORCH_REQUIRE_ENGINE", kept.c_str(), 1);
}

TEST_CASE("two engines run side by side") {
    try {
        const DockerEngine one(DockerEngine::Choice::private_one);
        const DockerEngine two(DockerEngine::Choice::private_one);
        CHECK(one.ask("GET", "/networks/bridge").status == 200);
        CHECK(two.ask("GET", "/networks/bridge").status == 200);
        CHECK(one.socket() != two.socket());
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
}

}  // namespace
}  // namespace tests
