#include "control/images/difference.h"

#include "control/images/capability_hash.h"

#include <catch2/catch_test_macros.hpp>

namespace control::images {

namespace {

ImageInput some_input() {
    return {contracts::AgentType::claude,
            "2.1.0",
            {contracts::Capability::git},
            "sha256:aa",
            "FROM x\nRUN one\n",
            "script",
            "amd64"};
}

std::vector<std::string> between(const ImageInput& one, const ImageInput& other) {
    auto found = differences(canonical_input(one), canonical_input(other));
    REQUIRE(found);
    return *found;
}

}  // namespace

TEST_CASE("equal inputs do not differ") {
    CHECK(between(some_input(), some_input()).empty());
}

TEST_CASE("each difference of two images is a line") {
    ImageInput other = some_input();
    other.agent_version = "2.2.0";
    other.capabilities.push_back(contracts::Capability::docker);
    other.recipe = "FROM x\nRUN two\n";
    const std::vector<std::string> lines = between(some_input(), other);
    CHECK(lines == std::vector<std::string>{"agent.version: 2.1.0 -> 2.2.0",
                                            R"(capabilities: ["git"] -> ["docker","git"])",
                                            "recipe: - RUN one", "recipe: + RUN two"});
}

TEST_CASE("what is not JSON is no input") {
    const auto found = differences("{}", "no");
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == contracts::ErrorKind::invalid);
}

}  // namespace control::images
