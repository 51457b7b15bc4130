// Commits that a branch did not accept are kept for a limited time and number; the rest of the
// repository is not touched.
#include "control/forge/kept_refs.h"

#include "control/forge/forge.h"
#include "control/forge/git.h"
#include "tests/support/temporary_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>

using namespace control;
using namespace std::chrono_literals;

namespace {

struct Kept {
    tests::TemporaryDirectory root;
    std::unique_ptr<Forge> forge = *make_local_forge(root.text());
    std::string repository;
    contracts::Timestamp now = contracts::SystemClock().now();

    Kept() {
        REQUIRE(forge->ensure_repository("shop", "A shop").has_value());
        repository = forge->location("shop");
    }

    std::string run(std::vector<std::string> arguments, std::string input = {}) const {
        arguments.insert(arguments.begin(), "--git-dir=" + repository);
        return git_output(std::move(arguments), "test", std::move(input)).value();
    }

    // A commit without a useful date of its own, under a ref whose file is `age` old.
    void keep(const std::string& name, std::chrono::hours age) const {
        const std::string tree = run({"rev-parse", "main^{tree}"});
        const std::string commit = run({"commit-tree", "-m", name, tree});
        run({"update-ref", "refs/keep/" + name, commit});
        set_age(repository + "/refs/keep/" + name, age);
    }

    void set_age(const std::string& path, std::chrono::hours age) const {
        timespec times[2] = {};
        for (timespec& time : times)
            time.tv_sec =
                std::chrono::floor<std::chrono::seconds>((now - age).time_since_epoch()).count();
        REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    }

    [[nodiscard]] std::string refs() const {
        return run({"for-each-ref", "--format=%(refname:lstrip=1)"});
    }

    [[nodiscard]] std::int64_t prune(KeptRefs keep) const {
        return prune_kept_refs(root.text(), keep, now).value();
    }
};

}  // namespace

TEST_CASE("a kept ref goes when it is old, whatever its commit says, and others stay") {
    const Kept kept;
    kept.keep("w-1/old", 31 * 24h);
    kept.keep("w-1/young", 29 * 24h);
    kept.keep("task/t/old", 31 * 24h);
    kept.keep("w-2/of-tomorrow", -24h);
    CHECK(kept.prune({.age = std::chrono::days(30)}) == 2);
    CHECK(kept.refs() == "heads/main\nkeep/w-1/young\nkeep/w-2/of-tomorrow");
    CHECK(kept.prune({.age = std::chrono::days(30)}) == 0);
}

TEST_CASE("of one worker's many kept refs the newest stay, and another's are no fewer for them") {
    const Kept kept;
    for (int i = 1; i <= 5; ++i)
        kept.keep("w-1/" + std::to_string(i), i * 1h);
    kept.keep("w-2/1", 24h);
    CHECK(kept.prune({.most = 2}) == 3);
    CHECK(kept.refs() == "heads/main\nkeep/w-1/1\nkeep/w-1/2\nkeep/w-2/1");
}

TEST_CASE("a kept commit's objects go with it once they are old, and what is left is whole") {
    const Kept kept;
    kept.keep("w-1/old", 31 * 24h);
    const std::string commit = kept.run({"rev-parse", "refs/keep/w-1/old"});
    kept.keep("w-1/young", 1h);
    kept.set_age(kept.repository + "/objects/" + commit.substr(0, 2) + '/' + commit.substr(2),
                 31 * 24h);
    CHECK(kept.prune({}) == 1);
    CHECK_FALSE(git({"--git-dir=" + kept.repository, "cat-file", "-e", commit})->success());
    CHECK(kept.run({"fsck", "--strict"}).empty());
    // Refs stay loose files, since the age of a kept commit is that of its ref's file.
    CHECK(kept.refs() == "heads/main\nkeep/w-1/young");
    CHECK(kept.prune({.age = std::chrono::days(1), .most = 0}) == 1);
}

TEST_CASE("what is being written, and what is not a repository, is left alone") {
    const Kept kept;
    kept.keep("w-1/a", 1h);
    kept.run({"update-ref", "refs/keep/w-1/b", "main"});
    REQUIRE(::rename((kept.repository + "/refs/keep/w-1/b").c_str(),
                     (kept.repository + "/refs/keep/w-1/c.lock").c_str()) == 0);
    kept.set_age(kept.repository + "/refs/keep/w-1/c.lock", 900 * 24h);
    CHECK(kept.prune({}) == 0);
    CHECK(prune_kept_refs(kept.root.text() + "/nowhere", {}, kept.now).value() == 0);
}

TEST_CASE("a repository that cannot be cleared up is told, and the others are cleared up") {
    const Kept kept;
    kept.keep("w-1/old", 31 * 24h);
    const std::string broken = kept.root.text() + "/a.git";
    for (const char* below : {"", "/refs", "/refs/keep", "/refs/keep/w"})
        REQUIRE(::mkdir((broken + below).c_str(), 0700) == 0);
    REQUIRE(::rename((kept.repository + "/description").c_str(),
                     (broken + "/refs/keep/w/x").c_str()) == 0);
    kept.set_age(broken + "/refs/keep/w/x", 31 * 24h);
    const auto pruned = prune_kept_refs(kept.root.text(), {}, kept.now);
    REQUIRE_FALSE(pruned.has_value());
    CHECK(pruned.error().message.find("a.git") != std::string::npos);
    CHECK(kept.refs() == "heads/main");
}
