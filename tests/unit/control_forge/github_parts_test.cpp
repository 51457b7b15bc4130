// The parts of the GitHub implementation, without a GitHub.
#include "control/forge/github/answers.h"
#include "control/forge/github/app_key.h"
#include "control/forge/github/budget.h"
#include "control/subprocess/subprocess.h"
#include "tests/support/temporary_directory.h"

#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>

using namespace control::github;
using contracts::ErrorKind;
using namespace std::chrono_literals;

namespace {

class HandClock final : public contracts::Clock {
public:
    contracts::Timestamp time{std::chrono::hours{500'000}};
    [[nodiscard]] contracts::Timestamp now() const override { return time; }
    [[nodiscard]] contracts::Instant instant() const override { return {}; }
};

std::string openssl(std::vector<std::string> arguments) {
    control::SubprocessSpec spec{.argv = {"openssl"}};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    const auto end = control::run_subprocess(spec);
    REQUIRE(end.has_value());
    REQUIRE(end->success());
    return end->output;
}

}  // namespace

TEST_CASE("a budget lets 4,500 requests through in any hour, and tells when the next one may go") {
    HandClock clock;
    const contracts::Timestamp start = clock.time;
    Budget budget(clock);
    for (int i = 0; i < 4'500; ++i) {
        if (i == 2'250) clock.time = start + 30min;
        REQUIRE_FALSE(budget.take().has_value());
    }
    CHECK(budget.take() == start + 60min);
    clock.time = start + 60min;
    for (int i = 0; i < 2'250; ++i)
        REQUIRE_FALSE(budget.take().has_value());
    CHECK(budget.take() == start + 90min);
    budget.give_back();
    CHECK_FALSE(budget.take().has_value());
}

TEST_CASE("a budget that was closed stays closed until the latest time that was named") {
    HandClock clock;
    Budget budget(clock);
    budget.block_until(clock.time + 60s);
    budget.block_until(clock.time + 30s);
    CHECK(budget.take() == clock.time + 60s);
    clock.time += 60s;
    CHECK_FALSE(budget.closed_until().has_value());
    CHECK_FALSE(budget.take().has_value());
}

TEST_CASE("a clock that is set back does not close a budget for longer than an hour") {
    HandClock clock;
    Budget budget(clock, 2);
    CHECK_FALSE(budget.take().has_value());
    CHECK_FALSE(budget.take().has_value());
    clock.time -= 24h;
    CHECK_FALSE(budget.take().has_value());
}

TEST_CASE("an App's key is read in both forms and signs what its public key confirms") {
    tests::TemporaryDirectory directory;
    const std::string old_form = directory / "pkcs1.pem", new_form = directory / "pkcs8.pem";
    openssl({"genrsa", "-traditional", "-out", old_form, "2048"});
    openssl({"pkcs8", "-topk8", "-nocrypt", "-in", old_form, "-out", new_form});
    openssl({"rsa", "-in", old_form, "-pubout", "-out", directory / "public.pem"});
    for (const std::string& file : {old_form, new_form}) {
        ::chmod(file.c_str(), 0600);
        const auto key = AppKey::load(file);
        REQUIRE(key.has_value());
        const std::string token =
            key->token("123", contracts::Timestamp(std::chrono::seconds{1'800'000'000})).value();
        const std::size_t dot = token.rfind('.');
        // {"exp":1800000540,"iat":1799999940,"iss":"123"} as base64.
        CHECK(token.substr(0, dot) ==
              "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."
              "eyJleHAiOjE4MDAwMDA1NDAsImlhdCI6MTc5OTk5OTk0MCwiaXNzIjoiMTIzIn0");
        std::string signature = token.substr(dot + 1);
        CHECK(signature.size() == 342);
        for (char& c : signature)
            c = c == '-' ? '+' : c == '_' ? '/' : c;
        const std::string text = directory.write("text", token.substr(0, dot));
        const std::string encoded = directory.write("encoded", signature + "==\n");
        openssl({"base64", "-d", "-A", "-in", encoded, "-out", directory / "raw"});
        CHECK(openssl({"dgst", "-sha256", "-verify", directory / "public.pem", "-signature",
                       directory / "raw", text}) == "Verified OK\n");
    }
}

TEST_CASE("a file that cannot be an App's key is refused with what to do") {
    tests::TemporaryDirectory directory;
    openssl({"ecparam", "-name", "prime256v1", "-genkey", "-out", directory / "ec.pem"});
    openssl({"genrsa", "-aes128", "-passout", "pass:x", "-out", directory / "locked.pem", "2048"});
    openssl({"genrsa", "-out", directory / "open.pem", "2048"});
    ::chmod((directory / "ec.pem").c_str(), 0600);
    ::chmod((directory / "locked.pem").c_str(), 0600);
    ::chmod((directory / "open.pem").c_str(), 0644);
    directory.write("empty.pem", "", 0600);
    directory.write("text.pem", "not a key", 0600);
    directory.write("large.pem", std::string(40'000, 'x'), 0600);
    for (const char* name : {"ec.pem", "locked.pem", "open.pem", "empty.pem", "text.pem",
                             "large.pem", "missing.pem", "."}) {
        CAPTURE(name);
        const auto key = AppKey::load(directory / name);
        REQUIRE_FALSE(key.has_value());
        CHECK(key.error().kind == ErrorKind::fatal);
        CHECK(key.error().field == "GITHUB_APP_KEY_FILE");
        CHECK_FALSE(key.error().next_step.empty());
    }
}

TEST_CASE("what a branch asks is read from its protection and from rule sets") {
    const auto json = [](const char* text) {
        return contracts::parse_json(text).value();
    };
    auto rules = read_branch_rules(json(
        R"({"name":"main","protected":true,"protection":{"required_status_checks":{"contexts":["a","b"]}}})"));
    REQUIRE(rules.has_value());
    CHECK(rules->by_pull_request);
    REQUIRE(add_rules(json(R"([{"type":"deletion"},{"type":"required_status_checks","parameters":
        {"required_status_checks":[{"context":"b"},{"context":"c"},{}]}}, 5, null])"),
                      *rules)
                .has_value());
    CHECK(rules->required_checks == std::vector<std::string>{"a", "b", "c"});
    auto open = read_branch_rules(json(R"({"name":"main","protected":false})"));
    REQUIRE(open.has_value());
    REQUIRE(
        add_rules(json(R"([{"type":"deletion"},{"type":"non_fast_forward"}])"), *open).has_value());
    CHECK_FALSE(open->by_pull_request);
    CHECK(add_rules(json("{}"), *open).error().kind == ErrorKind::transient);
}

TEST_CASE("a check counts as passed where it does not hold a pull request up") {
    const auto state = [](const std::string& status, const std::string& conclusion) {
        return read_check_run({{"id", 1},
                               {"name", "ci"},
                               {"status", status},
                               {"conclusion", conclusion},
                               {"app", {{"slug", "github-actions"}}}})
            ->state;
    };
    CHECK(state("completed", "success") == CheckState::passed);
    CHECK(state("completed", "skipped") == CheckState::passed);
    CHECK(state("completed", "cancelled") == CheckState::failed);
    CHECK(state("completed", "failure") == CheckState::failed);
    CHECK(state("in_progress", "") == CheckState::waiting);
}
