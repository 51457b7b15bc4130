#include "control/egress/rules.h"
#include "control/egress/registries.h"

#include <catch2/catch_test_macros.hpp>

namespace control::egress {

namespace {

Settings allowing(std::initializer_list<const char*> patterns, Mode mode = Mode::extend) {
    Settings settings;
    settings.mode = mode;
    for (const char* text : patterns) {
        auto pattern = parse_pattern(text);
        REQUIRE(pattern);
        settings.allow.push_back(*pattern);
    }
    return settings;
}

bool admits(const Rules& rules, const char* target) {
    const auto parsed = parse_target(target, kUsualPort);
    return parsed && rules.admit(*parsed);
}

Address address_of(const char* text) {
    const auto address = parse_address(text);
    REQUIRE(address);
    return *address;
}

}  // namespace

TEST_CASE("a host is allowed by name and port") {
    const Rules rules = rules_for(
        allowing({"pypi.org", "*.example.org:8443", "10.0.0.5:443", "[2001:db8::1]:80"}), {}, {});
    for (const char* allowed : {"pypi.org:443", "PyPI.ORG.:443", "a.example.org:8443",
                                "a.b.example.org:8443", "10.0.0.5:443", "[2001:db8:0::1]:80"})
        CHECK(admits(rules, allowed));
    for (const char* refused : {"pypi.org:80",
                                "evilpypi.org:443",
                                "pypi.org.evil.net:443",
                                "example.org:8443",
                                "evilexample.org:8443",
                                "a.example.org:443",
                                "10.0.0.5:80",
                                "10.0.0.6:443",
                                "[2001:db8::1]:443",
                                "[::ffff:10.0.0.5]:443",
                                "pypi.org@evil.net:443",
                                "pypi.org:0443x",
                                "pypi.org:70000",
                                "pypi.org:0",
                                "pypi.org:",
                                ":443",
                                "",
                                "pypi..org:443",
                                "pypi.org#:443",
                                "pypi.org/:443",
                                "pypi.org\\.evil.net:443",
                                "py pi.org:443"})
        CHECK_FALSE(admits(rules, refused));
}

TEST_CASE("an address in a notation of its own is refused, even where every name is allowed") {
    const Rules rules = rules_for(allowing({"*:443"}), {}, {});
    CHECK(admits(rules, "anything.example:443"));
    for (const char* refused :
         {"127.0.0.1:443", "127.1:443", "0177.0.0.1:443", "0x7f.0.0.1:443", "2130706433:443",
          "0x7f000001:443", "017700000001:443", "8.8.8.8:443", "[::1]:443",
          "[::ffff:127.0.0.1]:443", "[fe80::1%25lo]:443", "::1:443", "anything.example:80"})
        CHECK_FALSE(admits(rules, refused));
}

TEST_CASE("a long host is refused, and a long rule is shown in part") {
    const Rules every = rules_for(allowing({"*:443"}), {}, {});
    const std::string label(63, 'a');
    const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
    REQUIRE(longest.size() == 253);
    CHECK(admits(every, (longest + ":443").c_str()));
    CHECK_FALSE(admits(every, (longest + "a:443").c_str()));
    CHECK_FALSE(admits(every, ("a" + label + ".org:443").c_str()));
    CHECK_FALSE(admits(every, (std::string(100'000, 'a') + ":443").c_str()));
    std::vector<Pattern> many;
    for (int i = 0; i < 400; ++i)
        many.push_back(*parse_pattern("host" + std::to_string(i) + ".example"));
    CHECK(Rules(many).describe().ends_with(" and 370 more"));
}

TEST_CASE("only public addresses are dialled, and those that a pattern names") {
    const Rules rules = rules_for(allowing({"*:443", "10.0.0.5:443"}), {}, {});
    CHECK(rules.may_dial(address_of("8.8.8.8"), 443));
    CHECK(rules.may_dial(address_of("10.0.0.5"), 443));
    CHECK_FALSE(rules.may_dial(address_of("10.0.0.5"), 80));
    CHECK_FALSE(rules.may_dial(address_of("10.0.0.6"), 443));
    CHECK_FALSE(rules.may_dial(address_of("::ffff:10.0.0.5"), 443));
    CHECK_FALSE(rules.may_dial(address_of("127.0.0.1"), 443));
}

TEST_CASE("the usual hosts follow from what the image has") {
    CHECK(rules_for({}, {}, {"git", "curl"}).empty());
    const Rules rules = rules_for(allowing({"mirror.example:8080"}), "github.com:443",
                                  {"git", "python", "apt:libpq-dev"});
    CHECK(admits(rules, "pypi.org:443"));
    CHECK(admits(rules, "files.pythonhosted.org:443"));
    CHECK(admits(rules, "deb.debian.org:80"));
    CHECK(admits(rules, "github.com:443"));
    CHECK(admits(rules, "mirror.example:8080"));
    CHECK_FALSE(admits(rules, "registry.npmjs.org:443"));
    const Rules replaced =
        rules_for(allowing({"mirror.example:8080"}, Mode::replace), "github.com:443", {"python"});
    CHECK(replaced.describe() == "mirror.example:8080");
    CHECK(rules_for(allowing({"mirror.example"}, Mode::off), "github.com", {"python"}).empty());
}

TEST_CASE("a worker that may reach one place reaches it and nothing that others reach") {
    const Settings settings = allowing({"mirror.example:8080"});
    const Rules rules = only(settings, "127.0.0.1:8100");
    CHECK(rules.describe() == "127.0.0.1:8100");
    CHECK(rules.may_dial(address_of("127.0.0.1"), 8100));
    CHECK_FALSE(rules.may_dial(address_of("127.0.0.1"), 8101));
    CHECK_FALSE(admits(rules, "mirror.example:8080"));
    CHECK(only(settings, "not a place").empty());
    CHECK(only(allowing({}, Mode::off), "127.0.0.1:8100").empty());
}

TEST_CASE("every host in the table of registries is a pattern of one host") {
    for (const char* word : {"python", "node", "go", "rust", "java", "apt", "github_cli"}) {
        CHECK_FALSE(registries_of(word).empty());
        for (const std::string_view host : registries_of(word)) {
            const auto pattern = parse_pattern(host);
            REQUIRE(pattern);
            CHECK(pattern->hosts == Pattern::Hosts::one);
        }
    }
    CHECK(registries_of("git").empty());
    CHECK(registries_of("").empty());
}

TEST_CASE("a refusal says what is allowed and which setting allows more") {
    const auto refused =
        rules_for(allowing({"pypi.org"}), {}, {}).admit(*parse_target("evil.example:443", 443));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == contracts::ErrorKind::permission);
    CHECK(refused.error().message == "evil.example:443 is not allowed from this worker");
    CHECK(refused.error().next_step.find("pypi.org:443") != std::string::npos);
    CHECK(refused.error().next_step.find("EGRESS_ALLOW") != std::string::npos);
}

TEST_CASE("a pattern that is none is refused with what one looks like") {
    for (const char* text : {"", "*", "*.*", "*.", "a*.org", "*.org.*", "*.10.0.0.5:443",
                             "http://pypi.org", "pypi.org/simple", "pypi.org:443:443", "*:0",
                             "10.0.0.0/8:443", "0x7f.1:443", "[10.0.0.5]:443", "::1:443"}) {
        CAPTURE(text);
        const auto pattern = parse_pattern(text);
        if (std::string_view(text) == "*") {
            CHECK(to_text(*pattern) == "*:443");
            continue;
        }
        REQUIRE_FALSE(pattern);
        CHECK(pattern.error().next_step.find("*.DOMAIN:PORT") != std::string::npos);
    }
    for (const char* text :
         {"pypi.org:443", "*.example.org:8443", "*:80", "10.0.0.5:443", "[2001:db8::1]:443"})
        CHECK(to_text(*parse_pattern(text)) == text);
}

}  // namespace control::egress
