#include "control/images/recipe.h"

#include "control/images/sources.h"

#include <catch2/catch_test_macros.hpp>

using contracts::AgentType;
using contracts::Capability;
using contracts::ErrorKind;
using control::images::agent_pin;
using control::images::dockerfile;
using control::images::source_file;

TEST_CASE("a recipe is the fragments in the order that lets images share layers") {
    const auto recipe = dockerfile({.agent = AgentType::claude,
                                    .capabilities = {Capability::docker, Capability::curl,
                                                     Capability::git, Capability::curl}});
    REQUIRE(recipe);
    std::string expected;
    for (const char* name :
         {"base.dockerfile", "agent-claude.dockerfile", "capability-git.dockerfile",
          "capability-curl.dockerfile", "capability-docker.dockerfile", "entry.dockerfile"}) {
        INFO(name);
        CHECK(!source_file(name).empty());
        expected += source_file(name);
    }
    CHECK(*recipe == expected);
    CHECK(recipe->find("\nUSER") == std::string::npos);
}

TEST_CASE("every agent and capability has its fragment, and a custom agent needs none") {
    for (std::size_t agent = 0; agent < std::size(contracts::kAgentTypeNames); ++agent)
        for (std::size_t capability = 0; capability < std::size(contracts::kCapabilityNames);
             ++capability) {
            const auto recipe = dockerfile({.agent = static_cast<AgentType>(agent),
                                            .capabilities = {static_cast<Capability>(capability)}});
            REQUIRE(recipe);
            CHECK(recipe->starts_with(source_file("base.dockerfile")));
            CHECK(recipe->ends_with(source_file("entry.dockerfile")));
        }
    const auto custom = dockerfile({.agent = AgentType::custom});
    REQUIRE(custom);
    CHECK(custom->find("COPY agent/") == std::string::npos);
}

TEST_CASE("toolchains come after the capabilities by name, and single packages in one last step") {
    const auto recipe =
        dockerfile({.agent = AgentType::custom,
                    .capabilities = {Capability::git},
                    .packages = {"apt:libpq-dev", "ruby", "python", "apt:jq", "go", "python"}},
                   {{"ruby", {"ruby-full", "ruby-bundler"}}});
    REQUIRE(recipe);
    CHECK(*recipe == std::string(source_file("base.dockerfile"))
                         .append(source_file("capability-git.dockerfile"))
                         .append(source_file("package-go.dockerfile"))
                         .append(source_file("package-python.dockerfile"))
                         .append("RUN install-packages ruby-full ruby-bundler\n")
                         .append("RUN install-packages jq libpq-dev\n")
                         .append(source_file("entry.dockerfile")));
}

TEST_CASE("a service has an image of its own, whatever else is asked for") {
    for (const contracts::TestService service :
         {contracts::TestService::postgres, contracts::TestService::redis}) {
        const auto recipe = dockerfile({.agent = AgentType::claude,
                                        .capabilities = {Capability::git},
                                        .packages = {"python"},
                                        .service = service});
        REQUIRE(recipe);
        CHECK(*recipe == source_file("service-" + std::string(to_text(service)) + ".dockerfile"));
        // The line that the runtime waits for.
        CHECK(recipe->find("echo service-ready") != std::string::npos);
    }
}

TEST_CASE("a toolchain that nobody has is refused with those that there are") {
    const auto recipe =
        dockerfile({.agent = AgentType::custom, .packages = {"cobol"}}, {{"ruby", {"ruby-full"}}});
    REQUIRE_FALSE(recipe);
    CHECK(recipe.error().kind == ErrorKind::invalid);
    CHECK(recipe.error().field == "packages");
    CHECK(recipe.error().message == "'cobol' is not one of go, java, node, python, ruby, rust");
    CHECK(recipe.error().next_step.find("apt:NAME") != std::string::npos);
}

TEST_CASE("an agent's pin comes from the lock, for the architecture as the engine names it") {
    const auto pin = agent_pin(AgentType::codex, "amd64");
    REQUIRE(pin);
    CHECK(!pin->version.empty());
    CHECK(pin->integrity.starts_with("sha512-"));
    CHECK(pin->files == std::vector<std::string>{"codex", "codex-code-mode-host"});
    CHECK(agent_pin(AgentType::codex, "x86_64")->integrity == pin->integrity);
    CHECK(agent_pin(AgentType::codex, "aarch64")->integrity != pin->integrity);
    const auto none = agent_pin(AgentType::claude, "riscv64");
    REQUIRE(!none);
    CHECK(none.error().kind == ErrorKind::not_found);
    CHECK(agent_pin(AgentType::custom, "riscv64")->version.empty());
}
