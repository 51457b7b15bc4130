#include "control/graphs/deploy/contract.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;
using control::graphs::ContractFacts;
using control::graphs::resolve_contract;

namespace {

ContractEntry contract_entry(VariableProvider source, bool required = true) {
    return {.source = source, .in_production = true, .required = required};
}

ContractFacts contract_facts() {
    return {.deploy = {.project_name = "shop", .url = "http://192.0.2.1:8100", .port = 8100},
            .slug = "shop-1234",
            .project_id = "a-b",
            .images = "registry.example/acme/shop",
            .commit = "0123456789abcdef",
            .modules = {"backend", "tg_bot"}};
}

}  // namespace

TEST_CASE("a contract decides who gives each value of production") {
    EnvContract contract{{"KEY", contract_entry(VariableProvider::user_secret)},
                         {"GIVEN", contract_entry(VariableProvider::user_secret)},
                         {"OPTIONAL", contract_entry(VariableProvider::user_secret, false)},
                         {"MADE", contract_entry(VariableProvider::generated_secret)},
                         {"KEPT", contract_entry(VariableProvider::generated_secret)},
                         {"BACKEND_PORT", contract_entry(VariableProvider::allocation)},
                         {"POSTGRES_DB", contract_entry(VariableProvider::derived)},
                         {"ENABLED_MODULES", contract_entry(VariableProvider::derived)},
                         {"TG_BOT_IMAGE", contract_entry(VariableProvider::derived)},
                         {"COMPOSE_PROJECT_NAME", contract_entry(VariableProvider::derived)},
                         {"HOST_UID", contract_entry(VariableProvider::derived, false)},
                         {"WORDS", contract_entry(VariableProvider::literal)},
                         {"LOCAL", contract_entry(VariableProvider::literal)}};
    contract["BACKEND_PORT"].selector = "backend";
    contract["WORDS"].value = "a b";
    contract["LOCAL"].in_production = false;
    const auto made = resolve_contract(contract, {{"GIVEN", "x"}, {"KEPT", "y"}, {"FOREIGN", "z"}},
                                       contract_facts());
    REQUIRE(made.has_value());
    CHECK(made->missing == std::vector<std::string>{"KEY"});
    CHECK(made->to_generate == std::vector<std::string>{"MADE"});
    CHECK(made->secrets == std::map<std::string, std::string>{{"GIVEN", "x"}, {"KEPT", "y"}});
    CHECK(made->plain == std::map<std::string, std::string>{
                             {"BACKEND_PORT", "8100"},
                             {"COMPOSE_PROJECT_NAME", "shop-1234"},
                             {"ENABLED_MODULES", "backend,tg_bot"},
                             {"POSTGRES_DB", "db_a_b"},
                             {"TG_BOT_IMAGE", "registry.example/acme/shop-tg-bot:sha-0123456"},
                             {"WORDS", "a b"}});
}

TEST_CASE("what the platform should know and does not is told by name") {
    EnvContract contract{{"MOON", contract_entry(VariableProvider::derived)}};
    CHECK(resolve_contract(contract, {}, contract_facts()).error().field == "MOON");
    contract = {{"A_PORT", contract_entry(VariableProvider::allocation)},
                {"B_PORT", contract_entry(VariableProvider::allocation)}};
    contract["A_PORT"].selector = "backend";
    contract["B_PORT"].selector = "frontend";
    CHECK(resolve_contract(contract, {}, contract_facts()).error().field == "B_PORT");
    contract["B_PORT"].required = false;
    CHECK(resolve_contract(contract, {}, contract_facts()).has_value());
}
