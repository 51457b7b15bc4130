#include "control/images/capability_hash.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

using contracts::AgentType;
using contracts::Capability;
using contracts::ErrorKind;
using control::images::canonical_input;
using control::images::capability_hash;
using control::images::ImageInput;
using control::images::parse_agent;
using control::images::parse_capabilities;

namespace {

ImageInput input() {
    return {.agent = AgentType::claude,
            .agent_version = "2.1.329",
            .capabilities = {Capability::git, Capability::curl},
            .base_digest = "sha256:ab",
            .recipe = "FROM x\n",
            .scripts = "#!/bin/sh\n",
            .architecture = "amd64"};
}

}  // namespace

TEST_CASE(
    "the input of a hash is one text with sorted keys, and the hash its first twelve digits") {
    CHECK(
        canonical_input(input()) ==
        R"({"agent":{"type":"claude","version":"2.1.329"},"architecture":"amd64",)"
        R"("base_digest":"sha256:ab","capabilities":["curl","git"],"recipe":"FROM x\n","schema":1,)"
        R"("scripts":"a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf"})");
    // The same hash as sha256sum prints.
    CHECK(capability_hash(input()) == "389265729852");
    CHECK(capability_hash(input()) == control::images::hash_of_canonical(canonical_input(input())));
}

TEST_CASE("packages are part of the input, and images without any keep their names") {
    ImageInput other = input();
    other.packages = {"python", "apt:libpq-dev", "python"};
    CHECK(canonical_input(other).find(R"("packages":["apt:libpq-dev","python"],"recipe")") !=
          std::string::npos);
    CHECK(capability_hash(other) != capability_hash(input()));
    const std::string before = capability_hash(other);
    other.packages = {"apt:libpq-dev", "python"};
    CHECK(capability_hash(other) == before);
    other.packages.clear();
    CHECK(capability_hash(other) == "389265729852");
}

TEST_CASE("packages are read as they are written, and what is none is refused") {
    using control::images::parse_packages;
    CHECK(parse_packages("Python, apt:libpq-dev,apt:g++").value() ==
          std::vector<std::string>{"python", "apt:libpq-dev", "apt:g++"});
    CHECK(parse_packages("")->empty());
    for (const char* wrong : {"apt:", "apt:x", "apt:-o", "apt:a b", "apt:a;b", "apt:a-", "py thon",
                              "--force", "python/bookworm", "apt:a=1.0", "apt:a/b", "$(id)", ","}) {
        CAPTURE(wrong);
        const auto packages = parse_packages(wrong);
        REQUIRE_FALSE(packages);
        CHECK(packages.error().field == "packages");
    }
}

TEST_CASE("order, repetition and case do not matter") {
    ImageInput other = input();
    other.capabilities = {Capability::curl, Capability::git, Capability::curl};
    other.base_digest = "SHA256:AB";
    other.architecture = "AMD64";
    CHECK(capability_hash(other) == capability_hash(input()));
    CHECK(parse_capabilities("CURL, git ,Github_CLI").value() ==
          std::vector{Capability::curl, Capability::git, Capability::github_cli});
    CHECK(parse_agent("Claude").value() == AgentType::claude);
    CHECK(parse_capabilities("")->empty());
}

TEST_CASE("any real difference makes another hash") {
    std::set<std::string> hashes{capability_hash(input())};
    const auto differs = [&hashes](auto change) {
        ImageInput other = input();
        change(other);
        return hashes.insert(capability_hash(other)).second;
    };
    CHECK(differs([](ImageInput& i) { i.agent = AgentType::codex; }));
    CHECK(differs([](ImageInput& i) { i.agent_version = "2.1.330"; }));
    CHECK(differs([](ImageInput& i) { i.capabilities = {Capability::git}; }));
    CHECK(differs([](ImageInput& i) { i.capabilities.push_back(Capability::docker); }));
    CHECK(differs([](ImageInput& i) { i.capabilities.clear(); }));
    CHECK(differs([](ImageInput& i) { i.base_digest = "sha256:ac"; }));
    CHECK(differs([](ImageInput& i) { i.recipe += "RUN true\n"; }));
    CHECK(differs([](ImageInput& i) { i.recipe = "from x\n"; }));
    CHECK(differs([](ImageInput& i) { i.scripts += "\n"; }));
    CHECK(differs([](ImageInput& i) { i.architecture = "arm64"; }));
}

TEST_CASE("an unknown capability or agent is refused, and what there is is named") {
    const auto capability = parse_capabilities("git,sudo");
    REQUIRE(!capability);
    CHECK(capability.error().kind == ErrorKind::invalid);
    CHECK(capability.error().message == "'sudo' is not one of git, github_cli, curl, docker");
    const auto agent = parse_agent("clod");
    REQUIRE(!agent);
    CHECK(agent.error().field == "agent");
}
