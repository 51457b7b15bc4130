#include "tests/support/child_process.h"

#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

using namespace std::chrono_literals;

namespace tests {
namespace {

bool exists(pid_t pid) {
    return ::kill(pid, 0) == 0;
}

TEST_CASE("a child's exit code and its two streams are kept apart") {
    const Finished finished = run({.argv = {"sh", "-c", "echo out; echo err >&2; exit 7"}});
    CHECK(finished.end == ChildEnd{.exit_code = 7, .signal = 0});
    CHECK(finished.output == "out\n");
    CHECK(finished.error_output == "err\n");
}

TEST_CASE("a child reads its input to the end") {
    const std::string text(200'000, 'x');
    CHECK(run_successfully({.argv = {"cat"}, .input = text}) == text);
}

TEST_CASE("a child gets exactly the environment it was given") {
    CHECK(run_successfully({.argv = {"/usr/bin/env"},
                            .environment = {{"ONE", "1"}},
                            .inherit_environment = false}) == "ONE=1\n");
}

TEST_CASE("a program that is not there cannot be started, and is named") {
    CHECK_THROWS_AS(ChildProcess({.argv = {"/nowhere/at-all"}}), std::runtime_error);
    try {
        ChildProcess({.argv = {"/nowhere/at-all"}});
    } catch (const std::runtime_error& error) {
        CHECK(std::string(error.what()).find("/nowhere/at-all") != std::string::npos);
    }
}

TEST_CASE("waiting gives up at its limit while the child runs") {
    ChildProcess child({.argv = {"sleep", "100"}});
    CHECK_FALSE(child.wait(10ms));
    CHECK(child.running());
    CHECK(child.stop() == ChildEnd{.exit_code = -1, .signal = SIGTERM});
    CHECK_FALSE(child.running());
}

TEST_CASE("the whole group of a child is gone when its object is") {
    pid_t grandchild = 0;
    {
        ChildProcess child({.argv = {"sh", "-c", "sleep 100 & echo $!; wait"}});
        eventually("the grandchild's pid", [&] { return child.output().ends_with('\n'); });
        grandchild = std::atoi(child.output().c_str());
        REQUIRE(exists(grandchild));
    }
    eventually("the end of the grandchild", [&] { return !exists(grandchild); });
}

TEST_CASE("a failing program's own words are in the error") {
    try {
        run_successfully({.argv = {"sh", "-c", "echo because >&2; exit 3"}});
        FAIL("it should have thrown");
    } catch (const std::runtime_error& error) {
        CHECK(std::string(error.what()) == "sh exited 3: because\n");
    }
}

TEST_CASE("a temporary directory goes with its owner") {
    std::filesystem::path path;
    {
        const TemporaryDirectory directory;
        path = directory.path();
        CHECK(read_file(directory.write("a/b", "text")) == "text");
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a condition that never holds is named in the error") {
    CHECK_THROWS_AS(eventually("the impossible", [] { return false; }, 20ms), std::runtime_error);
    CHECK_NOTHROW(stays("the obvious", [] { return true; }, 20ms));
    CHECK_THROWS_AS(stays("the impossible", [] { return false; }, 20ms), std::runtime_error);
}

}  // namespace
}  // namespace tests
