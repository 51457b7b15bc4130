#include "control/runtime/docker/api_version.h"

#include <catch2/catch_test_macros.hpp>

using control::docker::ApiVersion;
using control::docker::common_version;
using control::docker::parse_api_version;

namespace {

contracts::Json told(const char* newest, const char* oldest) {
    contracts::Json json{{"ApiVersion", newest}};
    if (oldest != nullptr) json["MinAPIVersion"] = oldest;
    return json;
}

}  // namespace

TEST_CASE("an API version is two numbers and nothing else") {
    CHECK(parse_api_version("1.41") == ApiVersion{1, 41});
    CHECK(parse_api_version("12.3") == ApiVersion{12, 3});
    for (const char* text :
         {"", "1", "1.", ".41", "1.41.2", "1.4x", "v1.41", "-1.41", "1.-4", "1,41"})
        CHECK_FALSE(parse_api_version(text));
}

TEST_CASE("we speak our oldest version where the engine has it, else the engine's oldest") {
    const struct {
        const char* newest;
        const char* oldest;
        ApiVersion chosen;
    } engines[] = {
        {"1.41", "1.12", {1, 41}},                               // 20.10
        {"1.45", "1.24", {1, 41}},                               // 26
        {"1.52", "1.44", {1, 44}},                               // 29.0
        {"1.54", "1.40", {1, 41}},                               // 29.3
        {"1.41", nullptr, {1, 41}},                              // names no oldest
        {"1.45", "1.45", {1, 45}},  {"1.100", "1.42", {1, 42}},  // 100 is more than 42
        {"2.0", "1.41", {1, 41}},
    };
    for (const auto& engine : engines) {
        const auto version = common_version(told(engine.newest, engine.oldest));
        REQUIRE(version);
        CHECK(*version == engine.chosen);
    }
}

TEST_CASE("where there is no version in common the error names both ranges") {
    for (const auto& json : {told("1.40", "1.12"), told("1.99", "1.60"), told("2.9", "2.1")}) {
        const auto version = common_version(json);
        REQUIRE(!version);
        CHECK(version.error().kind == contracts::ErrorKind::fatal);
        CHECK(version.error().message.find("1.41 to ") != std::string::npos);
        CHECK_FALSE(version.error().next_step.empty());
    }
    CHECK_FALSE(common_version(contracts::Json::object()));
    CHECK_FALSE(common_version(contracts::Json("1.41")));
    CHECK_FALSE(common_version(told("new", nullptr)));
}
