// What the implementation `github` does beyond what every forge does.
#include "bodies.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace control;
using Catch::Matchers::ContainsSubstring;
using contracts::ErrorKind;
using contracts::Json;
using forge_tests::GithubHouse;
using forge_tests::run_in;

namespace {

void protect(const GithubHouse& house, bool by_rule_set) {
    house.hub.change({{"do", "repository"},
                      {"name", "acme/shop"},
                      {"protected", {"main"}},
                      {"required", {"lint-and-test"}},
                      {"ruleset", by_rule_set}});
}

void end_check(const GithubHouse& house, const std::string& commit, const std::string& conclusion) {
    house.hub.change({{"do", "check"},
                      {"name", "acme/shop"},
                      {"commit", commit},
                      {"check", "lint-and-test"},
                      {"status", "completed"},
                      {"conclusion", conclusion}});
}

}  // namespace

TEST_CASE("a new repository is made in the organisation and its location has no credentials") {
    GithubHouse house;
    CHECK(house.hub.state()["repositories"] == Json{"acme/shop"});
    CHECK(house.forge->location("shop") == house.hub.git_url() + "/acme/shop.git");
    CHECK(house.there("acme/shop", "refs/orchestrator/project") == house.main_commit());
}

TEST_CASE("nothing of a token is written down") {
    GithubHouse house;
    (void)house.commit("task/1", "echo 1 > one");
    REQUIRE(
        house.forge
            ->advance_default_branch("shop", "task/1", house.forge->head("shop", "task/1")->commit)
            .has_value());
    const std::string token = house.client->token("acme").value();
    CHECK(run_in(house.root.text(), "grep -rIl -e '" + token +
                                        "' -e x-access-token -e "
                                        "Authorization . || true")
              .empty());
    CHECK_THAT(run_in(house.bare("shop"), "cat config"), ContainsSubstring("github = acme/shop "));
}

TEST_CASE("a repository with content of somebody else's is refused and stays as it is") {
    GithubHouse house(false);
    house.compares = false;
    house.hub.change(
        {{"do", "repository"}, {"name", "acme/shop"}, {"files", {{"theirs.txt", "precious"}}}});
    const std::string before = house.there("acme/shop");
    for (int i = 0; i < 2; ++i) {
        const auto refused = house.forge->ensure_repository("shop", "A shop");
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().kind == ErrorKind::invalid);
        CHECK(refused.error().field == "repository");
    }
    CHECK(house.there("acme/shop") == before);
    CHECK(run_in(house.hub.repository("acme/shop"), "git for-each-ref | wc -l") == "1\n");
}

TEST_CASE("an empty repository of the right name is taken, as after a begin that was cut off") {
    GithubHouse house(false);
    house.hub.change({{"do", "repository"}, {"name", "acme/shop"}});
    CHECK(house.forge->ensure_repository("shop", "A shop").has_value());
}

TEST_CASE("where the App may make no repositories that is said") {
    GithubHouse house(false);
    house.compares = false;
    house.hub.misbehave("/orgs/acme/repos$", 403, R"({"message":"Resource not accessible"})");
    const auto refused = house.forge->ensure_repository("shop", "A shop");
    CHECK(refused.error().kind == ErrorKind::permission);
    CHECK(refused.error().field == "GITHUB_OWNER");
}

TEST_CASE("another daemon that lost its directory goes on from what is at GitHub") {
    GithubHouse house;
    const std::string done = house.commit("task/1", "echo 1 > one");
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", done).has_value());
    const auto other = house.make_forge("other");
    REQUIRE(other->ensure_repository("shop", "A shop").has_value());
    CHECK(other->head("shop", "main")->commit == done);
}

TEST_CASE("what people push to GitHub is where the next work begins") {
    GithubHouse house;
    const std::string theirs = house.commit_there("acme/shop", "echo theirs > theirs");
    REQUIRE(house.forge->ensure_repository("shop", "A shop").has_value());
    REQUIRE(house.forge->ensure_branch("shop", "task/2").has_value());
    CHECK(house.forge->head("shop", "task/2")->commit == theirs);
    CHECK(house.main_commit() == theirs);
}

TEST_CASE("work that began before people pushed goes back, and then goes in") {
    GithubHouse house;
    const std::string done = house.commit("task/1", "echo 1 > one");
    const std::string theirs = house.commit_there("acme/shop", "echo theirs > theirs");
    CHECK(house.forge->advance_default_branch("shop", "task/1", done).error().kind ==
          ErrorKind::conflict);
    const std::string merged =
        house.commit("task/1", "git merge -q --no-edit origin/main; echo 2 > two");
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", merged).has_value());
    CHECK(house.there("acme/shop") == merged);
    CHECK(run_in(house.hub.repository("acme/shop"),
                 "git merge-base --is-ancestor " + theirs + " main && echo yes") == "yes\n");
}

TEST_CASE("where both sides have moved GitHub's counts and ours is kept") {
    GithubHouse house;
    const std::string ours = house.commit("main", "echo ours > ours");
    const std::string theirs = house.commit_there("acme/shop", "echo theirs > theirs");
    REQUIRE(house.forge->ensure_repository("shop", "A shop").has_value());
    CHECK(house.main_commit() == theirs);
    CHECK(run_in(house.bare("shop"), "git rev-parse refs/keep/main/" + ours.substr(0, 12)) ==
          ours + '\n');
    CHECK_THAT(house.logged->text, ContainsSubstring(ours));
}

TEST_CASE("a default branch that people set back stays where they set it, and ours is kept") {
    GithubHouse house;
    const std::string before = house.main_commit();
    const std::string done = house.commit("task/1", "echo 1 > one");
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", done).has_value());
    run_in(house.hub.repository("acme/shop"), "git update-ref refs/heads/main " + before);
    REQUIRE(house.forge->ensure_repository("shop", "A shop").has_value());
    CHECK(house.main_commit() == before);
    CHECK(run_in(house.bare("shop"), "git rev-parse refs/keep/main/" + done.substr(0, 12)) ==
          done + '\n');
}

TEST_CASE("work that changes workflows does not get to GitHub, on no branch") {
    GithubHouse house;
    const bool guarded = GENERATE(false, true);
    if (guarded) protect(house, false);
    const std::string evil = house.commit(
        "task/1", "mkdir -p .github/workflows; echo 'on: push' > .github/workflows/x.yml");
    const auto refused = house.forge->advance_default_branch("shop", "task/1", evil);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == ErrorKind::invalid);
    CHECK_THAT(refused.error().describe(), ContainsSubstring(".github/workflows/x.yml"));
    CHECK(run_in(house.hub.repository("acme/shop"),
                 "git cat-file -e " + evil + " || echo absent") == "absent\n");
}

TEST_CASE("a project's own repository is cloned and worked on, whatever its default branch") {
    GithubHouse house(false);
    house.compares = false;
    house.hub.change(
        {{"do", "repository"}, {"name", "else/own"}, {"files", {{"a.txt", "theirs"}}}});
    const std::string url = house.hub.git_url() + "/else/own" + GENERATE("", ".git", "/");
    const std::string theirs = house.there("else/own");
    REQUIRE(house.forge->adopt_repository("own-1", url).has_value());
    REQUIRE(house.forge->ensure_branch("own-1", "task/1").has_value());
    CHECK(house.forge->head("own-1", "main")->commit == theirs);
    CHECK(house.forge->location("own-1") == house.hub.git_url() + "/else/own.git");
    REQUIRE(house.forge->adopt_repository("own-1", house.forge->location("own-1")).has_value());
    const std::string done = house.commit("task/1", "echo 1 > one", "own-1");
    REQUIRE(house.forge->advance_default_branch("own-1", "task/1", done).has_value());
    CHECK(house.there("else/own") == done);
    CHECK(run_in(house.hub.repository("else/own"), "git for-each-ref --format='%(refname)'") ==
          "refs/heads/main\n");
    CHECK(house.forge->adopt_repository("own-1", house.hub.git_url() + "/else/another")
              .error()
              .field == "repository_url");
}

TEST_CASE("the repository of one project is not another one's own") {
    GithubHouse house;
    const std::string before = house.there("acme/shop");
    const auto refused = house.forge->adopt_repository("spy-1", house.hub.git_url() + "/acme/shop");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == ErrorKind::invalid);
    CHECK(refused.error().field == "repository_url");
    CHECK(house.main_commit("spy-1") != before);
}

TEST_CASE("only a repository that was created here is deleted, where GitHub lets the App") {
    GithubHouse house;
    house.hub.change({{"do", "misbehave"},
                      {"method", "DELETE"},
                      {"path", "/repos/acme/shop$"},
                      {"status", 403},
                      {"body", R"({"message":"Must have admin rights to Repository."})"}});
    const auto refused = house.forge->delete_repository("shop");
    CHECK(refused.error().kind == ErrorKind::permission);
    CHECK_THAT(refused.error().message, ContainsSubstring("may not delete acme/shop"));
    house.hub.change({{"do", "repository"}, {"name", "else/own"}, {"files", {{"a", "b"}}}});
    const std::string url = house.hub.git_url() + "/else/own";
    REQUIRE(house.forge->adopt_repository("own", url).has_value());
    const auto theirs = house.forge->delete_repository("own");
    CHECK(theirs.error().kind == ErrorKind::permission);
    CHECK_THAT(theirs.error().message, ContainsSubstring("not created by this system"));
    CHECK(house.hub.state()["repositories"] == Json{"acme/shop", "else/own"});
    CHECK(house.forge->head("own", "main").has_value());
}

TEST_CASE("a URL that is not a repository at this GitHub is refused") {
    GithubHouse house(false);
    house.compares = false;
    for (const std::string& url :
         {std::string("https://example.org/a/b"), std::string("/etc"), std::string("file:///etc"),
          house.hub.git_url(), house.hub.git_url() + "/acme", house.hub.git_url() + "/a/b/c",
          house.hub.git_url() + "/a/..", house.hub.git_url() + "x/acme/shop"}) {
        CAPTURE(url);
        const auto refused = house.forge->adopt_repository("own-1", url);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().kind == ErrorKind::invalid);
        CHECK(refused.error().field == "repository_url");
    }
    CHECK(
        house.forge->adopt_repository("own-1", house.hub.git_url() + "/acme/absent").error().kind ==
        ErrorKind::permission);
    CHECK(house.forge->adopt_repository("own-1", house.hub.git_url() + "/nobody/x").error().kind ==
          ErrorKind::permission);
}

TEST_CASE(
    "a repository that was archived, renamed, deleted or replaced meanwhile is told as that") {
    GithubHouse house;
    house.compares = false;
    const std::string done = house.commit("task/1", "echo 1 > one");
    const std::string what = GENERATE("archived", "renamed", "deleted", "replaced");
    CAPTURE(what);
    Json order{{"do", "repository"}, {"name", "acme/shop"}};
    if (what == "archived") order["archived"] = true;
    if (what == "renamed") order["renamed_to"] = "else/store";
    if (what == "deleted" || what == "replaced") order["deleted"] = true;
    house.hub.change(order);
    if (what == "replaced") house.hub.change({{"do", "repository"}, {"name", "acme/shop"}});
    const auto refused = house.forge->advance_default_branch("shop", "task/1", done);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == ErrorKind::permission);
    CHECK(refused.error().field == "repository");
    CHECK_FALSE(refused.error().next_step.empty());
    CHECK(house.forge->ensure_repository("shop", "A shop").error().field == "repository");
    CHECK(house.forge->head("shop", "task/1")->commit == done);  // nothing is lost
}

TEST_CASE(
    "where the default branch is protected work goes in by pull request, once its checks pass") {
    GithubHouse house;
    protect(house, GENERATE(false, true));
    const std::string done = house.commit("task/1", "echo 1 > one");
    for (int i = 0; i < 2; ++i) {
        const auto waiting = house.forge->advance_default_branch("shop", "task/1", done);
        REQUIRE_FALSE(waiting.has_value());
        CHECK(waiting.error().kind == ErrorKind::timed_out);
        CHECK_THAT(waiting.error().describe(), ContainsSubstring("lint-and-test"));
    }
    const Json pulls = house.hub.state()["pulls"]["acme/shop"];
    REQUIRE(pulls.size() == 1);
    CHECK(pulls[0]["title"] == "change");
    CHECK_THAT(pulls[0]["body"].get<std::string>(), ContainsSubstring("tests passed on " + done));
    CHECK(house.there("acme/shop", "orchestrator/task/1") == done);
    end_check(house, done, "success");
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", done).has_value());
    CHECK(house.forge->contains("shop", "main", done).value());
    CHECK(house.forge->merged_head("shop", "task/1").value() == done);
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", done).has_value());
    CHECK(house.hub.state()["pulls"]["acme/shop"].size() == 1);
}

TEST_CASE(
    "a required check that fails comes back with the end of its log, and mended work goes in") {
    GithubHouse house;
    protect(house, false);
    const std::string first = house.commit("task/1", "echo 1 > one");
    CHECK_FALSE(house.forge->advance_default_branch("shop", "task/1", first).has_value());
    end_check(house, first, "failure");
    const auto failed = house.forge->advance_default_branch("shop", "task/1", first);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().kind == ErrorKind::invalid);
    CHECK(failed.error().field == "checks");
    CHECK_THAT(failed.error().message, ContainsSubstring("the last line of the log"));
    CHECK(failed.error().message.size() < 5'000);
    const std::string second = house.commit("task/1", "echo 2 > one");
    end_check(house, second, "success");
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", second).has_value());
    CHECK(house.hub.state()["pulls"]["acme/shop"].size() == 1);
}

TEST_CASE("what people ask to be changed in a commit comes back, until a later one answers it") {
    GithubHouse house;
    protect(house, false);
    const std::string first = house.commit("task/1", "echo 1 > one");
    CHECK_FALSE(house.forge->advance_default_branch("shop", "task/1", first).has_value());
    end_check(house, first, "success");
    const auto review = [&](const std::string& commit, const char* author, const char* state,
                            const char* body, const char* kind = "User",
                            Json comments = Json::array()) {
        house.hub.change({{"do", "review"},
                          {"name", "acme/shop"},
                          {"number", 1},
                          {"commit", commit},
                          {"author", author},
                          {"state", state},
                          {"body", body},
                          {"kind", kind},
                          {"comments", std::move(comments)}});
    };
    review(first, "bot", "CHANGES_REQUESTED", "beep", "Bot");
    review(first, "bob", "CHANGES_REQUESTED", "wrong");
    review(first, "bob", "APPROVED", "right after all");
    review(first, "ann", "CHANGES_REQUESTED", "the name is wrong", "User",
           Json::array({{{"path", "one"}, {"line", 1}, {"body", "call it two"}}}));
    const auto asked = house.forge->advance_default_branch("shop", "task/1", first);
    REQUIRE_FALSE(asked.has_value());
    CHECK(asked.error().kind == ErrorKind::invalid);
    CHECK(asked.error().field == "review");
    CHECK_THAT(asked.error().message, ContainsSubstring("- ann: the name is wrong"));
    CHECK_THAT(asked.error().message, ContainsSubstring("- ann at one:1: call it two"));
    CHECK_THAT(asked.error().message, !ContainsSubstring("beep"));
    CHECK_THAT(asked.error().message, !ContainsSubstring("bob"));
    CHECK_FALSE(house.forge->contains("shop", "main", first).value());
    const std::string second = house.commit("task/1", "echo 2 > one");
    end_check(house, second, "success");
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", second).has_value());
}

TEST_CASE("a check that somebody cancelled is not the developer's fault") {
    GithubHouse house;
    protect(house, false);
    const std::string done = house.commit("task/1", "echo 1 > one");
    end_check(house, done, "cancelled");
    const auto refused = house.forge->advance_default_branch("shop", "task/1", done);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == ErrorKind::permission);
    CHECK(refused.error().field == "checks");
}

TEST_CASE("a limit of requests stops work for a while and loses nothing") {
    GithubHouse house;
    const std::string done = house.commit("task/1", "echo 1 > one");
    house.hub.misbehave("/repos/acme/shop$", 429, "{}", {{"Retry-After", "1"}});
    const auto limited = house.forge->advance_default_branch("shop", "task/1", done);
    CHECK(limited.error().kind == ErrorKind::upstream);
    CHECK(limited.error().field == "rate_limit");
    house.compares = false;
}
