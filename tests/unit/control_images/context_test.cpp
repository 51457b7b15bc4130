#include "control/images/context.h"

#include "contracts/base/sha256.h"
#include "control/images/build_log.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

using contracts::AgentType;
using contracts::ErrorKind;
using contracts::Result;
using control::images::AgentPin;
using control::images::build_context;
using control::images::BuildLog;
using control::images::TarEntry;
using control::images::TarStream;

namespace {

Result<std::string> all_of(TarStream stream, std::size_t step = 1000) {
    std::string all;
    while (true) {
        auto bytes = stream.read(step);
        if (!bytes) return bytes;
        if (bytes->empty()) return all;
        all += *bytes;
    }
}

const AgentPin kPin{"1.0", "sha512-abc", {"claude"}};

void lay_down(const tests::TemporaryDirectory& directory, const std::string& content,
              const std::string& integrity, const std::string& stamped) {
    directory.write("claude/claude", content, 0755);
    directory.write("claude/claude.pinned",
                    integrity + "\n" + contracts::sha256_hex(stamped) + "  claude\n");
}

Result<std::string> context_of(const tests::TemporaryDirectory& directory) {
    auto entries = build_context({.agent = AgentType::claude}, "FROM x\n", kPin, directory.text());
    if (!entries) return contracts::fail(entries.error());
    return all_of(TarStream(std::move(*entries)));
}

}  // namespace

TEST_CASE("tar reads the archive as it was meant, however small the pieces") {
    const tests::TemporaryDirectory directory;
    const std::string large(100'000, 'x');
    directory.write("large", large);
    directory.write("nothing", "");
    for (const std::size_t step : {1U, 511U, 512U, 4096U, 1U << 20}) {
        const auto archive = all_of(TarStream({{"Dockerfile", 0644, "FROM x\n"},
                                               {"agent/large", 0755, {}, directory / "large"},
                                               {"agent/nothing", 0600, {}, directory / "nothing"},
                                               {"empty", 0644, ""},
                                               {std::string(100, 'n'), 0644, "last"}}),
                                    step);
        REQUIRE(archive);
        CHECK(archive->size() % 512 == 0);
        directory.write("archive.tar", *archive);
        std::filesystem::remove_all(directory / "out");
        std::filesystem::create_directory(directory / "out");
        const std::string listed = tests::run_successfully(
            {.argv = {"tar", "-tvf", directory / "archive.tar"}, .environment = {{"TZ", "UTC"}}});
        CHECK(listed.find("-rwxr-xr-x 0/0") != std::string::npos);
        CHECK(listed.find(" 100000 1970-01-01 00:00 agent/large\n") != std::string::npos);
        (void)tests::run_successfully(
            {.argv = {"tar", "-C", directory / "out", "-xf", directory / "archive.tar"}});
        CHECK(tests::read_file(directory / "out/Dockerfile") == "FROM x\n");
        CHECK(tests::read_file(directory / "out/agent/large") == large);
        CHECK(tests::read_file(directory / "out/agent/nothing").empty());
        CHECK(tests::read_file(directory / "out/empty").empty());
        CHECK(tests::read_file(directory / ("out/" + std::string(100, 'n'))) == "last");
    }
}

TEST_CASE("equal content is an equal archive") {
    const auto archive = [] {
        return all_of(TarStream({{"a", 0644, "text"}}));
    };
    CHECK(*archive() == *archive());
}

TEST_CASE("a name that leads out of the archive is refused") {
    for (const std::string& name :
         {std::string(), std::string("/etc/passwd"), std::string("../up"), std::string("a/../../b"),
          std::string("a//b"), std::string("./a"), std::string("a/"), std::string(101, 'n')}) {
        const auto archive = all_of(TarStream({{name, 0644, "x"}}));
        INFO(name);
        REQUIRE(!archive);
        CHECK(archive.error().kind == ErrorKind::invalid);
    }
}

TEST_CASE("a link, a directory, a pipe and a missing file are no content") {
    const tests::TemporaryDirectory directory;
    directory.write("file", "secret");
    std::filesystem::create_symlink(directory / "file", directory / "link");
    std::filesystem::create_directory(directory / "folder");
    (void)tests::run_successfully({.argv = {"mkfifo", directory / "pipe"}});
    for (const char* name : {"link", "folder", "pipe", "missing"}) {
        INFO(name);
        CHECK(!all_of(TarStream({{"a", 0644, {}, directory / name}})));
    }
}

TEST_CASE("a file that shrinks while it is read ends the archive with an error") {
    const tests::TemporaryDirectory directory;
    const std::string path = directory.write("file", std::string(10'000, 'x'));
    TarStream stream({{"a", 0644, {}, path}});
    REQUIRE(stream.read(1000));
    REQUIRE(stream.read(1000));
    std::filesystem::resize_file(path, 1500);
    Result<std::string> rest = stream.read(1000);
    while (rest && !rest->empty())
        rest = stream.read(1000);
    REQUIRE(!rest);
    CHECK(rest.error().message.find("shorter") != std::string::npos);
}

TEST_CASE("a context holds the recipe and the pinned agent") {
    const tests::TemporaryDirectory directory;
    lay_down(directory, "binary", kPin.integrity, "binary");
    const auto archive = context_of(directory);
    REQUIRE(archive);
    directory.write("archive.tar", *archive);
    CHECK(tests::run_successfully({.argv = {"tar", "-tf", directory / "archive.tar"}}) ==
          "Dockerfile\ninstall-packages\nagent/claude\n");
}

TEST_CASE(
    "an agent that is missing, of another version or tampered with is refused, with the cure") {
    const tests::TemporaryDirectory directory;
    auto refused = context_of(directory);
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::not_found);
    CHECK(refused.error().next_step ==
          "run ci/agent-binary claude " + directory.text() + "/claude");
    lay_down(directory, "binary", "sha512-other", "binary");
    refused = context_of(directory);
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::invalid);
    CHECK(refused.error().message.find("another version than 1.0") != std::string::npos);
    lay_down(directory, "binary", kPin.integrity, "what was pinned");
    refused = context_of(directory);
    REQUIRE(!refused);
    CHECK(refused.error().message.find("is not the pinned file") != std::string::npos);
}

TEST_CASE("a build's log is passed on in lines, and a failure names its step") {
    BuildLog log;
    std::vector<std::string> lines;
    const auto take = [&](std::string_view json) {
        log.take(json, [&](std::string_view line) { lines.emplace_back(line); });
    };
    take(R"({"stream":"Step 1/3 : FROM x\n"})");
    take(R"({"stream":" ---\u003e 0123\n"})");
    take(R"({"stream":"Step 2/3 : RUN make\n"})");
    take(R"({"stream":"cc a.c"})");
    take(R"({"stream":" b.c\n\u001b[91mbroken\n\u001b[0m"})");
    take(R"({"status":"Downloading","progressDetail":{"current":1},"progress":"[=>]"})");
    take("no json");
    take("[1]");
    CHECK(!log.failed());
    take(R"({"errorDetail":{"code":2},"error":"The command returned 2"})");
    CHECK(log.failed());
    CHECK(lines == std::vector<std::string>{"Step 1/3 : FROM x", " ---> 0123",
                                            "Step 2/3 : RUN make", "cc a.c b.c", "broken"});
    CHECK(log.describe() == "step 2/3 (RUN make): The command returned 2\ncc a.c b.c\nbroken");
}

TEST_CASE("a log without an end takes bounded memory") {
    BuildLog log;
    for (int i = 0; i < 5000; ++i)
        log.take(R"({"stream":"without a line feed "})", {});
    for (int i = 0; i < 5000; ++i)
        log.take(R"({"stream":"a line\n"})", {});
    CHECK(log.describe().size() < 15 * 510);
}
