#include "control/workers/session_files.h"

#include "tests/support/temporary_directory.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>

using contracts::AgentType;
using contracts::ErrorKind;
using control::copy_session_files;
using control::SessionCopy;
using tests::TemporaryDirectory;

namespace {

constexpr const char* kId = "0198c0de-0000-7000-8000-000000000001";

struct Homes {
    TemporaryDirectory from, to;
    [[nodiscard]] SessionCopy copy() const {
        return {.session_id = kId,
                .from = from.text(),
                .from_user = ::geteuid(),
                .to = to.text(),
                .to_user = ::geteuid()};
    }
    // A path below the session's directory in either home.
    static std::string at(const std::string& rest) { return ".claude/projects/-workspace/" + rest; }
    static std::string file() { return at(std::string(kId) + ".jsonl"); }
    [[nodiscard]] bool has(const std::string& name) const {
        struct stat there{};
        return ::lstat((to / name).c_str(), &there) == 0;
    }
};

unsigned mode_of(const std::string& path) {
    struct stat there{};
    REQUIRE(::lstat(path.c_str(), &there) == 0);
    return there.st_mode & 07777U;
}

}  // namespace

TEST_CASE("of a home the session's files are copied, closed to others, and nothing else") {
    Homes homes;
    (void)homes.from.write(Homes::file(), "said");
    (void)homes.from.write(Homes::at("another-session.jsonl"), "no");
    (void)homes.from.write(".claude/settings.json", "no");
    (void)homes.from.write(std::string(kId) + ".jsonl", "no");
    CHECK(copy_session_files(homes.copy()).value() == 1);
    CHECK(tests::read_file(homes.to / Homes::file()) == "said");
    CHECK(mode_of(homes.to / Homes::file()) == 0600);
    CHECK(mode_of(homes.to / ".claude") == 0700);
    CHECK_FALSE(homes.has(Homes::at("another-session.jsonl")));
    CHECK_FALSE(homes.has(".claude/settings.json"));
    CHECK_FALSE(homes.has(std::string(kId) + ".jsonl"));
}

TEST_CASE("each agent keeps its sessions somewhere else, and some in no files") {
    Homes homes;
    const std::string rollout = ".codex/sessions/2026/01/02/rollout-" + std::string(kId) + ".jsonl";
    (void)homes.from.write(rollout, "said");
    SessionCopy copy = homes.copy();
    CHECK(copy_session_files(copy).value() == 0);
    copy.agent_type = AgentType::custom;
    CHECK(copy_session_files(copy).value() == 0);
    copy.agent_type = AgentType::codex;
    CHECK(copy_session_files(copy).value() == 1);
    CHECK(homes.has(rollout));
}

TEST_CASE("links, pipes and other users' files in a home are left alone") {
    Homes homes;
    const TemporaryDirectory elsewhere;
    const std::string secret = elsewhere.write("secret", "not yours");
    const auto named = [](const char* end) {
        return Homes::at(std::string(kId) + end);
    };
    (void)homes.from.write(Homes::at("x"), "");
    REQUIRE(::symlink(secret.c_str(), (homes.from / named(".symlink")).c_str()) == 0);
    REQUIRE(::link(secret.c_str(), (homes.from / named(".hardlink")).c_str()) == 0);
    REQUIRE(::mkfifo((homes.from / named(".pipe")).c_str(), 0600) == 0);
    (void)elsewhere.write(std::string("tree/") + kId + ".jsonl", "not yours");
    REQUIRE(::symlink((elsewhere / "tree").c_str(),
                      (homes.from / ".claude/projects/-linked").c_str()) == 0);
    CHECK(copy_session_files(homes.copy()).value() == 0);

    (void)homes.from.write(Homes::file(), "said");
    SessionCopy others = homes.copy();
    others.from_user = ::geteuid() + 1;
    CHECK(copy_session_files(others).value() == 0);
    CHECK_FALSE(homes.has(".claude"));
}

TEST_CASE("a place of sessions that is a link is not gone into") {
    Homes homes;
    const TemporaryDirectory elsewhere;
    (void)elsewhere.write(std::string("projects/") + kId + ".jsonl", "not yours");
    REQUIRE(::symlink(elsewhere.text().c_str(), (homes.from / ".claude").c_str()) == 0);
    CHECK(copy_session_files(homes.copy()).value() == 0);
}

TEST_CASE("what others may have written is no session of ours") {
    Homes homes;
    const std::string file = homes.from.write(Homes::file(), "said", 0620);
    SessionCopy copy = homes.copy();
    for (const char* one : {".claude", ".claude/projects", ".claude/projects/-workspace"})
        REQUIRE(::chmod((homes.from / one).c_str(), 0700) == 0);
    copy.from_private = true;
    CHECK(copy_session_files(copy).value() == 0);
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
    CHECK(copy_session_files(copy).value() == 1);
}

TEST_CASE("a session has a bound in bytes and in files") {
    Homes homes;
    const std::string file = homes.from.write(Homes::file(), "");
    REQUIRE(::truncate(file.c_str(), control::kLargestSession) == 0);
    CHECK(copy_session_files(homes.copy()).value() == 1);
    REQUIRE(::truncate(file.c_str(), control::kLargestSession + 1) == 0);
    const Homes more;
    SessionCopy copy = homes.copy();
    copy.to = more.to.text();
    CHECK(copy_session_files(copy).error().kind == ErrorKind::invalid);

    const Homes many;
    for (int i = 0; i <= control::kMostSessionFiles; ++i)
        (void)many.from.write(Homes::at(std::string(kId) + "." + std::to_string(i)), "said");
    CHECK(copy_session_files(many.copy()).error().kind == ErrorKind::invalid);
}

TEST_CASE("an id is looked for only where it can be nothing but one") {
    CHECK(control::is_session_id(kId));
    for (const char* id : {"", "a", "short-7", "../../etc", "with space 12", "0198c0de/0000"})
        CHECK_FALSE(control::is_session_id(id));
    CHECK_FALSE(control::is_session_id(std::string(129, 'a')));
}
