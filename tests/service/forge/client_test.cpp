// The client of GitHub's API against a fake GitHub that checks every request by the published
// description.
#include "control/forge/github/client.h"
#include "tests/fakes/github_server.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <thread>

using namespace control;
using namespace control::github;
using Catch::Matchers::ContainsSubstring;
using contracts::ErrorKind;
using contracts::Json;
using namespace std::chrono_literals;

namespace {

// Real time plus an offset that the test sets.
class MovedClock final : public contracts::Clock {
public:
    std::chrono::milliseconds ahead{0};
    [[nodiscard]] contracts::Timestamp now() const override { return system_.now() + ahead; }
    [[nodiscard]] contracts::Instant instant() const override { return system_.instant(); }

private:
    contracts::SystemClock system_;
};

const RepositoryName kShop{"acme", "shop"};

struct Rig {
    tests::GithubServer& hub = tests::GithubServer::fresh();
    HttpClient http;
    MovedClock clock;
    Client client{http, clock, AppKey::load(hub.key_file()).value(),
                  ClientSettings{tests::GithubServer::kAppId, hub.api_url()}};

    ~Rig() { CHECK(hub.violations() == std::vector<std::string>()); }
    void add_shop(Json files = Json::object()) const {
        hub.change({{"do", "repository"}, {"name", "acme/shop"}, {"files", std::move(files)}});
    }
    [[nodiscard]] std::string main_commit() {
        return client.ref_commit(kShop, "heads/main").value();
    }
};

}  // namespace

TEST_CASE("repositories are made, found and listed, and the installation is asked for once") {
    Rig rig;
    CHECK(rig.client.repository(kShop).error().kind == ErrorKind::not_found);
    const auto made = rig.client.create_repository(kShop, "A shop");
    REQUIRE(made.has_value());
    CHECK(made->full_name == "acme/shop");
    CHECK(rig.client.repository(kShop)->id == made->id);
    CHECK(rig.client.create_repository(kShop, "Another").error().kind == ErrorKind::conflict);
    CHECK(rig.client.create_repository({"user-ann", "x"}, "").error().kind == ErrorKind::not_found);
    for (int i = 0; i < 120; ++i)
        rig.hub.change({{"do", "repository"}, {"name", "acme/r" + std::to_string(i)}});
    CHECK(rig.client.repositories("acme")->size() == 121);
    CHECK(rig.hub.count("GET", "/orgs/acme/installation") == 1);
    CHECK(rig.hub.state()["tokens_issued"] == 2);  // acme's and ann's
}

TEST_CASE("a token is kept until five minutes before it expires") {
    Rig rig;
    rig.add_shop();
    const std::string first = rig.client.token("acme").value();
    rig.clock.ahead = 54min;
    CHECK(rig.client.token("acme").value() == first);
    rig.clock.ahead = 56min;
    CHECK(rig.client.token("acme").error().kind ==
          ErrorKind::fatal);  // GitHub's own clock did not move
    rig.clock.ahead = 0ms;
    rig.hub.change({{"do", "settings"}, {"token_seconds", 290}});
    Client other{rig.http, rig.clock, AppKey::load(rig.hub.key_file()).value(),
                 ClientSettings{tests::GithubServer::kAppId, rig.hub.api_url()}};
    CHECK(other.token("acme").value() != other.token("acme").value());
}

TEST_CASE("many who need a token at once share one") {
    Rig rig;
    rig.add_shop();
    {
        std::vector<std::jthread> askers;
        for (int i = 0; i < 8; ++i)
            askers.emplace_back([&rig] { (void)rig.client.repository(kShop); });
    }
    CHECK(rig.hub.state()["tokens_issued"] == 1);
}

TEST_CASE("a token that was revoked is replaced, a second refusal is told") {
    Rig rig;
    rig.add_shop();
    REQUIRE(rig.client.repository(kShop).has_value());
    rig.hub.change({{"do", "revoke_tokens"}});
    CHECK(rig.client.repository(kShop).has_value());
    rig.hub.misbehave("/repos/acme/shop$", 401, R"({"message":"Bad credentials"})", Json::object(),
                      2);
    CHECK(rig.client.repository(kShop).error().kind == ErrorKind::fatal);
}

TEST_CASE("an installation that was suspended or removed is a matter of permission, and heals") {
    const char* what = GENERATE("suspended", "removed");
    CAPTURE(what);
    Rig rig;
    rig.add_shop();
    REQUIRE(rig.client.repository(kShop).has_value());
    rig.hub.change({{"do", "installation"}, {"owner", "acme"}, {what, true}});
    for (int i = 0; i < 2; ++i) {  // first with the cached token, then without
        const auto refused = rig.client.repository(kShop);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().kind == ErrorKind::permission);
        CHECK(refused.error().field == "GITHUB_OWNER");
        CHECK_THAT(refused.error().describe(), ContainsSubstring("acme"));
    }
    rig.hub.change({{"do", "installation"}, {"owner", "acme"}, {what, false}});
    CHECK(rig.client.repository(kShop).has_value());
    CHECK(rig.client.repository({"nobody", "x"}).error().kind == ErrorKind::permission);
}

TEST_CASE("a repository that was renamed, archived or deleted is told as that") {
    Rig rig;
    rig.add_shop();
    rig.hub.change({{"do", "repository"}, {"name", "acme/shop"}, {"archived", true}});
    CHECK(rig.client.repository(kShop)->archived);
    CHECK(rig.client.put_secret(kShop, "A", "b").error().kind == ErrorKind::permission);
    rig.hub.change({{"do", "repository"},
                    {"name", "acme/shop"},
                    {"archived", false},
                    {"renamed_to", "acme/store"}});
    const auto moved = rig.client.repository(kShop);
    CHECK(moved.error().kind == ErrorKind::conflict);
    CHECK_THAT(moved.error().describe(), ContainsSubstring("renamed or transferred"));
    rig.hub.change({{"do", "repository"}, {"name", "acme/store"}, {"deleted", true}});
    CHECK(rig.client.repository({"acme", "store"}).error().kind == ErrorKind::not_found);
}

TEST_CASE("a limit says when to try again, and until then nothing is sent") {
    Rig rig;
    rig.add_shop();
    REQUIRE(rig.client.repository(kShop).has_value());
    const auto reset = std::chrono::duration_cast<std::chrono::seconds>(
        (rig.clock.now() + 90s).time_since_epoch());
    const auto seconds =
        GENERATE(as<std::string>(), "remaining", "retry-after", "429", "secondary");
    CAPTURE(seconds);
    Json headers = Json::object();
    std::string body = R"({"message":"slow down"})";
    if (seconds == "remaining")
        headers = {{"X-RateLimit-Remaining", "0"},
                   {"X-RateLimit-Reset", std::to_string(reset.count())}};
    if (seconds == "retry-after") headers = {{"Retry-After", "90"}};
    if (seconds == "secondary")
        body =
            R"({"message":"wait","documentation_url":"https://docs/rate-limits-for-the-rest-api"})";
    rig.hub.misbehave("/repos/acme/shop$", seconds == "429" ? 429 : 403, body, headers);
    const auto refused = rig.client.repository(kShop);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == ErrorKind::upstream);
    REQUIRE(refused.error().retry_at.has_value());
    CHECK(*refused.error().retry_at > rig.clock.now() + 50s);
    CHECK(*refused.error().retry_at < rig.clock.now() + 95s);
    const int sent = rig.hub.count("GET", "/repos/acme/shop");
    CHECK(rig.client.repository(kShop).error().retry_at == refused.error().retry_at);
    CHECK(rig.hub.count("GET", "/repos/acme/shop") == sent);
    rig.clock.ahead = 95s;
    CHECK(rig.client.repository(kShop).has_value());
}

TEST_CASE("a refusal that is no limit is a matter of permission and stops nobody") {
    Rig rig;
    rig.add_shop();
    rig.hub.misbehave("/repos/acme/shop$", 403,
                      R"({"message":"Resource not accessible by integration"})");
    const auto refused = rig.client.repository(kShop);
    CHECK(refused.error().kind == ErrorKind::permission);
    CHECK_FALSE(refused.error().retry_at.has_value());
    CHECK(rig.client.repository(kShop).has_value());
}

TEST_CASE("what is not the JSON that it should be is a passing fault") {
    Rig rig;
    rig.add_shop();
    const std::string body = GENERATE("<html><title>Unicorn!</title></html>",
                                      R"({"id": 1, "full_na)", "", "[]", R"({"id":"1"})");
    CAPTURE(body);
    rig.hub.misbehave("/repos/acme/shop$", 200, body);
    const auto broken = rig.client.repository(kShop);
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().kind == ErrorKind::transient);
    rig.hub.misbehave("/repos/acme/shop$", 502, "<html>Bad gateway</html>");
    CHECK(rig.client.repository(kShop).error().kind == ErrorKind::transient);
    CHECK(rig.client.repository(kShop).has_value());
}

TEST_CASE("what did not change is not sent again") {
    Rig rig;
    rig.add_shop();
    const auto first = rig.client.repository(kShop);
    const auto second = rig.client.repository(kShop);
    CHECK(first->id == second->id);
    const Json requests = rig.hub.state()["requests"];
    CHECK(requests.back()["status"] == 304);
}

TEST_CASE("files and refs are read and written") {
    Rig rig;
    rig.add_shop({{"a dir/ä.txt", "one"}});
    CHECK(rig.client.read_file(kShop, "a dir/ä.txt", "main", 100).value() == "one");
    CHECK(rig.client.read_file(kShop, "missing", "main", 100).error().kind == ErrorKind::not_found);
    REQUIRE(
        rig.client
            .write_file(kShop, {.path = "b", .branch = "main", .message = "b", .content = "two"})
            .has_value());
    CHECK(rig.client.read_file(kShop, "b", "main", 100).value() == "two");
    CHECK_FALSE(
        rig.client
            .write_file(kShop, {.path = "b", .branch = "main", .message = "b", .content = "3"})
            .has_value());
    const std::string commit = rig.main_commit();
    REQUIRE(rig.client.create_ref(kShop, "tags/x/y", commit).has_value());
    CHECK(rig.client.ref_commit(kShop, "tags/x/y").value() == commit);
    CHECK(rig.client.delete_ref(kShop, "tags/x/y").has_value());
    CHECK(rig.client.delete_ref(kShop, "tags/x/y").has_value());
}

TEST_CASE("secrets arrive sealed, and a name that GitHub refuses is not sent") {
    Rig rig;
    rig.add_shop();
    const std::string value = "p$ss \"word\"\n ünï";
    REQUIRE(rig.client.put_secret(kShop, "DOTENV", value).has_value());
    REQUIRE(rig.client.put_secret(kShop, "DOTENV", value + "2").has_value());
    CHECK(rig.hub.state()["secrets"]["acme/shop"] == Json{{"DOTENV", value + "2"}});
    for (const char* bad : {"", "1A", "A-B", "GITHUB_X", "github_x", "A B", "Ä", "../../x"}) {
        const auto refused = rig.client.put_secret(kShop, bad, "v");
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().kind == ErrorKind::invalid);
        CHECK(refused.error().field == "secret");
    }
    CHECK(rig.client.put_secret(kShop, "BIG", std::string((48 << 10) + 1, 'x')).error().kind ==
          ErrorKind::invalid);
    CHECK(rig.client.delete_secret(kShop, "DOTENV").has_value());
    CHECK(rig.client.delete_secret(kShop, "DOTENV").has_value());
    CHECK(rig.hub.state()["secrets"]["acme/shop"] == Json::object());
}

TEST_CASE("a workflow is started on one commit, and its run is known or found") {
    const char* details = GENERATE("id", "silent", "unknown");
    CAPTURE(details);
    Rig rig;
    rig.add_shop({{".github/workflows/deploy.yml", "on: workflow_dispatch"}});
    rig.hub.change({{"do", "settings"}, {"run_details", details}});
    const std::string commit = rig.main_commit();
    const auto started = rig.client.dispatch(kShop, "deploy.yml", commit, Json::object(), "a");
    REQUIRE(started.has_value());
    // A run that was started already is not started again.
    const auto again = rig.client.dispatch(kShop, "deploy.yml", commit, Json::object(), "a");
    REQUIRE(again.has_value());
    CHECK(again->run == 0);
    CHECK(again->tag == started->tag);
    CHECK(rig.hub.state()["runs"]["acme/shop"].size() == 1);
    CHECK_FALSE(rig.client.run_of_commit(kShop, "deploy.yml", commit)->has_value());
    std::int64_t id = started->run;
    CHECK((id != 0) == (std::string(details) == "id"));
    const auto found = rig.client.find_run(kShop, "deploy.yml", started->tag);
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    if (id == 0) id = (*found)->id;
    CHECK((*found)->id == id);
    CHECK(rig.client.run(kShop, id)->head_sha == commit);
    CHECK(rig.client.run(kShop, id)->status == "queued");
    CHECK_FALSE(rig.client.find_run(kShop, "deploy.yml", "another")->has_value());
    REQUIRE(rig.client.delete_ref(kShop, "tags/" + started->tag).has_value());

    rig.hub.change({{"do", "run"},
                    {"name", "acme/shop"},
                    {"run_id", id},
                    {"status", "completed"},
                    {"conclusion", "failure"}});
    const auto jobs = rig.client.jobs(kShop, id);
    REQUIRE(jobs.has_value());
    REQUIRE(jobs->size() == 1);
    CHECK(jobs->front().failed_steps == std::vector<std::string>{"Start"});
    CHECK(rig.client.rerun_failed_jobs(kShop, id).has_value());
    CHECK(rig.client.cancel_run(kShop, id).has_value());
    CHECK(rig.client.run(kShop, id)->conclusion == "cancelled");
    CHECK(rig.client.cancel_run(kShop, id).has_value());  // the run has ended already
}

TEST_CASE("a workflow file that is missing or cannot be dispatched leaves no tag behind") {
    Rig rig;
    rig.add_shop({{".github/workflows/ci.yml", "on: push"}});
    const std::string commit = rig.main_commit();
    const auto missing = rig.client.dispatch(kShop, "deploy.yml", commit, Json::object(), "a");
    CHECK(missing.error().kind == ErrorKind::not_found);
    CHECK(missing.error().field == "workflow");
    CHECK_THAT(missing.error().describe(), ContainsSubstring(".github/workflows/deploy.yml"));
    CHECK(rig.client.dispatch(kShop, "ci.yml", commit, Json::object(), "a").error().kind ==
          ErrorKind::invalid);
    const Json state = rig.hub.state();
    for (const Json& request : state["requests"])
        if (const std::string path = request["path"];
            request["method"] == "DELETE" && path.starts_with("/repos/acme/shop/git/refs/tags/"))
            CHECK(request["status"] == 204);
    CHECK(rig.hub.count("POST", "/git/refs") == 2);
}

TEST_CASE("of a log of 100 MB the end is read, without credentials going along") {
    Rig rig;
    rig.add_shop();
    rig.hub.change({{"do", "settings"}, {"log_bytes", 100 << 20}});
    const auto tail = rig.client.log_tail(kShop, 5, 10'000);
    REQUIRE(tail.has_value());
    CHECK(tail->size() == 10'000);
    CHECK(tail->ends_with("the last line of the log\n"));
}

TEST_CASE("names that would leave a repository's path are refused") {
    for (const char* bad : {"", ".", "..", "a/b", "a b", "ä", "a?b"}) {
        CHECK_FALSE(check_name({"acme", bad}).has_value());
        CHECK_FALSE(check_name({bad, "shop"}).has_value());
    }
    CHECK(check_name({"Acme-1", "a.b_c"}).has_value());
}
