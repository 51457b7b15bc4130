#include "control/subprocess/subprocess.h"

#include "tests/support/eventually.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <fstream>
#include <thread>

using namespace control;
using contracts::ErrorKind;
using namespace std::chrono_literals;

namespace {

SubprocessSpec shell(std::string script) {
    return SubprocessSpec{.argv = {"/bin/sh", "-c", std::move(script)}};
}

}  // namespace

TEST_CASE("a program's exit code and both outputs come back") {
    const auto end = run_subprocess(shell("echo out; echo err >&2; exit 7"));
    REQUIRE(end.has_value());
    CHECK(end->exit_code == 7);
    CHECK(end->output == "out\n");
    CHECK(end->error_output == "err\n");
}

TEST_CASE("a death by signal is told as 128 and the signal") {
    const auto end = run_subprocess(shell("kill -TERM $$"));
    REQUIRE(end.has_value());
    CHECK(end->exit_code == 128 + SIGTERM);
}

TEST_CASE("a program that is not installed is named") {
    const auto end = run_subprocess(SubprocessSpec{.argv = {"no-such-program-here"}});
    REQUIRE_FALSE(end.has_value());
    CHECK(end.error().kind == ErrorKind::not_found);
    CHECK(end.error().message.find("no-such-program-here") != std::string::npos);
}

TEST_CASE("a file that cannot be executed is an error and not an exit code") {
    const auto end = run_subprocess(SubprocessSpec{.argv = {"/etc/passwd"}});
    REQUIRE_FALSE(end.has_value());
    CHECK(end.error().kind == ErrorKind::permission);
}

TEST_CASE("standard input is given whole, then ends") {
    SubprocessSpec spec = shell("wc -c");
    spec.input.assign(3 << 20, 'x');
    const auto end = run_subprocess(spec);
    REQUIRE(end.has_value());
    CHECK(std::stoi(end->output) == 3 << 20);
}

TEST_CASE("a program that closes its input early is no error of ours") {
    SubprocessSpec spec = shell("exec 0<&-; echo done");
    spec.input.assign(1 << 20, 'x');
    const auto end = run_subprocess(spec);
    REQUIRE(end.has_value());
    CHECK(end->output == "done\n");
}

TEST_CASE("output beyond the bound keeps head and tail") {
    SubprocessSpec spec = shell("echo first; head -c 1000000 /dev/zero | tr '\\0' x; echo last");
    spec.max_output = 4096;
    const auto end = run_subprocess(spec);
    REQUIRE(end.has_value());
    CHECK(end->output.starts_with("first\n"));
    CHECK(end->output.ends_with("last\n"));
    CHECK(end->output.size() < 8192);
    CHECK(end->output.find("bytes left out") != std::string::npos);
}

TEST_CASE("the deadline kills the whole group and says so") {
    SubprocessSpec spec = shell("sleep 1000 & echo $!; wait");
    spec.deadline = 300ms;
    std::string grandchild;
    spec.on_line = [&](std::string_view line) {
        grandchild = line;
    };
    const auto end = run_subprocess(spec);
    REQUIRE_FALSE(end.has_value());
    CHECK(end.error().kind == ErrorKind::timed_out);
    REQUIRE_FALSE(grandchild.empty());
    // It was killed but may still be a zombie, until whoever adopted it reaps it.
    tests::eventually("the grandchild's death", [&] {
        std::ifstream stat("/proc/" + grandchild + "/stat");
        std::string pid, name, state;
        return !(stat >> pid >> name >> state) || state == "Z";
    });
}

TEST_CASE("a stop request ends it") {
    std::stop_source source;
    SubprocessSpec spec = shell("echo ready; sleep 1000");
    spec.on_line = [&](std::string_view) {
        source.request_stop();
    };
    const auto end = run_subprocess(spec, source.get_token());
    REQUIRE_FALSE(end.has_value());
    CHECK(end.error().kind == ErrorKind::transient);
}

TEST_CASE("a grandchild that keeps the output open does not hold us") {
    SubprocessSpec spec = shell("setsid sleep 30 & echo $!");
    spec.deadline = 20s;
    const auto before = std::chrono::steady_clock::now();
    const auto end = run_subprocess(spec);
    REQUIRE(end.has_value());
    CHECK(std::chrono::steady_clock::now() - before < 10s);
    const int grandchild = std::atoi(end->output.c_str());
    REQUIRE(grandchild > 1);
    CHECK(::kill(grandchild, SIGKILL) == 0);
}

TEST_CASE("the environment is what was given and the little that every program needs") {
    ::setenv("A_SECRET_OF_OURS", "do-not-hand-on", 1);
    SubprocessSpec spec{.argv = {"env"}, .environment = {"GIVEN=1"}};
    const auto end = run_subprocess(spec);
    ::unsetenv("A_SECRET_OF_OURS");
    REQUIRE(end.has_value());
    CHECK(end->output.find("GIVEN=1\n") != std::string::npos);
    CHECK(end->output.find("PATH=") != std::string::npos);
    CHECK(end->output.find("do-not-hand-on") == std::string::npos);
}

TEST_CASE("as root a program can be run as another user, without our groups") {
    if (::geteuid() != 0) SKIP("needs root");
    SubprocessSpec spec = shell("id -u; id -G");
    spec.uid = 23456;
    const auto end = run_subprocess(spec);
    REQUIRE(end.has_value());
    CHECK(end->output == "23456\n23456\n");
}
