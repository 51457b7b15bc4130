// Administrators' settings for an agent type, as part of its workers' configuration.
#include "control/workers/agent_settings.h"

#include "control/store/agent_configs.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

constexpr contracts::Timestamp kSetAt{std::chrono::milliseconds(1'768'046'400'000)};

void set(Database& db, const contracts::AgentConfig& row, int second) {
    REQUIRE(db.transaction([&](Transaction& tx) {
        return agent_configs::insert(tx, row, kSetAt + std::chrono::seconds(second));
    }));
}

}  // namespace

TEST_CASE(
    "a worker gets the model and the system prompt of its kind, and its creator's model first") {
    const tests::TemporaryDirectory directory;
    const auto db = std::move(*open_sqlite(directory / "orchestrator.db"));
    contracts::WorkerConfig config;
    config.worker_type = contracts::WorkerType::developer;
    config.agent_type = contracts::AgentType::claude;
    config.instructions = "Build it.";
    REQUIRE(apply_agent_settings(*db, config));
    CHECK(config.env_vars.empty());
    CHECK(config.instructions == "Build it.");

    using enum contracts::AgentType;
    set(*db, {"1", "developer", claude, "older", "Be slow.", true}, 1);
    set(*db, {"2", "developer", claude, "newer", "Be brief.", true}, 2);
    set(*db, {"3", "developer", claude, "inactive", "Be off.", false}, 3);
    set(*db, {"4", "developer", codex, "another agent's", "Be another.", true}, 4);
    set(*db, {"5", "po", claude, "another type's", "Be another.", true}, 5);
    contracts::WorkerConfig chosen = config;
    REQUIRE(apply_agent_settings(*db, config));
    CHECK(config.env_vars == std::map<std::string, std::string>{{"MODEL_NAME", "newer"}});
    CHECK(config.instructions == "Be brief.\n\nBuild it.");

    chosen.env_vars["MODEL_NAME"] = "the creator's";
    REQUIRE(apply_agent_settings(*db, chosen));
    CHECK(chosen.env_vars.at("MODEL_NAME") == "the creator's");
}

}  // namespace control
