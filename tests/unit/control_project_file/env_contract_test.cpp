#include "control/project_file/env_contract.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace control;
using Catch::Matchers::ContainsSubstring;

namespace {

EnvContract must_read(const std::string& text) {
    auto read = read_env_contract(text);
    INFO((read ? "" : read.error().describe()));
    REQUIRE(read.has_value());
    return *read;
}

std::string with_entry(const std::string& entry) {
    return "version: \"1\"\nowner: web\nentries:\n  A: " + entry + "\n";
}

}  // namespace

TEST_CASE("a contract says who provides each variable") {
    const EnvContract all = must_read(R"(version: "1"
owner: mailer
entries:
  SMTP_KEY:
    source: user_secret
    environments: [production, local]
    consumers: [mailer]
    required: true
    description: key of the mail provider
  SECRET: {source: generated_secret, environments: [production], consumers: [], required: true, sensitive: true}
  WEB_PORT: {source: allocation, service: web, environments: [production]}
  NAME: {source: derived, environments: [production], required: false}
  DEBUG: {source: literal, value: False, environments: [local]}
  WORKERS: {source: literal, value: 4, environments: [production]}
)");
    REQUIRE(all.size() == 6);
    const ContractEntry& key = all.at("SMTP_KEY");
    CHECK(key.source == VariableProvider::user_secret);
    CHECK(key.in_production);
    CHECK(key.required);
    CHECK(key.description == "key of the mail provider");
    CHECK(key.consumers == std::vector<std::string>{"mailer"});
    CHECK(all.at("SECRET").source == VariableProvider::generated_secret);
    CHECK(all.at("WEB_PORT").selector == "web");
    CHECK_FALSE(all.at("NAME").required);
    CHECK(all.at("DEBUG").value == "false");
    CHECK_FALSE(all.at("DEBUG").in_production);
    CHECK(all.at("WORKERS").value == "4");
}

TEST_CASE("what a contract says wrongly is told with its place") {
    const auto refused = [](const std::string& text, const std::string& words) {
        const auto read = read_env_contract(text);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().kind == contracts::ErrorKind::invalid);
        CHECK(read.error().field == kEnvContractName);
        CHECK_THAT(read.error().describe(), ContainsSubstring(words));
    };
    refused("", "must be a map");
    refused("[]", "must be a map");
    refused("owner: a\nentries: {}", "`version`");
    refused("version: \"2\"\nentries: {}", "`version`");
    refused("version: \"1\"\nnames: {}", "`names` is not known");
    refused("version: \"1\"\nentries: []", "`entries` must be a map");
    refused("version: \"1\"\nentries: {\"a b\": {}}", "not a variable's name");
    refused(with_entry("{}"), "A has no source");
    refused(with_entry("{source: magic}"), "`source` is not one");
    refused(with_entry("{source: literal, environments: [production]}"), "without a value");
    refused(with_entry("{source: derived, value: 1, environments: [production]}"),
            "is not a literal");
    refused(with_entry("{source: derived, environments: []}"), "no environments");
    refused(with_entry("{source: derived, environments: [staging]}"), "staging");
    refused(with_entry("{source: user_secret, environments: [production]}"), "a description");
    refused(with_entry("{source: allocation, environments: [production]}"), "a service");
    refused(with_entry("{source: derived, environments: [production], colour: red}"), "`colour`");
    refused(with_entry("{source: derived, required: perhaps, environments: [production]}"),
            "true or false");
    refused(with_entry("&a {source: derived}"), "anchor");
    refused(std::string(kMaxEnvContract + 1, '#'), "64 KiB");
}

TEST_CASE("several contracts are one, and do not contradict each other") {
    EnvContract all =
        must_read(with_entry("{source: literal, value: 1, environments: [production]}"));
    const EnvContract same = all;
    CHECK(add_to_contract(all, same).has_value());
    const EnvContract other =
        must_read(with_entry("{source: literal, value: 2, environments: [production]}"));
    const auto clash = add_to_contract(all, other);
    REQUIRE_FALSE(clash.has_value());
    CHECK(clash.error().field == "A");
    EnvContract more{{"B", ContractEntry{}}};
    CHECK(add_to_contract(all, more).has_value());
    CHECK(all.size() == 2);
}
