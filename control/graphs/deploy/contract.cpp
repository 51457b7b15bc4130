#include "control/graphs/deploy/contract.h"

#include "contracts/base/text.h"

#include <algorithm>
#include <optional>

namespace control::graphs {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

std::string with(std::string text, char from, char to) {
    std::ranges::replace(text, from, to);
    return text;
}

// For TG_BOT_IMAGE the image "tg-bot", with the tag that a build gives it: "sha-" and the commit.
std::string image_of(const std::string& name, const ContractFacts& facts) {
    std::string module =
        contracts::lower_case(name.substr(0, name.size() - std::string_view("_IMAGE").size()));
    return facts.images + "-" + with(std::move(module), '_', '-') + ":sha-" +
           facts.commit.substr(0, 7);
}

// Empty: the platform does not know the variable.
std::optional<std::string> derived_value(const std::string& name, const ContractFacts& facts) {
    const std::map<std::string, std::string, std::less<>> known{
        {"APP_ENV", "production"},
        {"ENVIRONMENT", "production"},
        {"DEBUG", "false"},
        {"POSTGRES_HOST", "db"},
        {"POSTGRES_PORT", "5432"},
        {"POSTGRES_REQUIRE_SSL", "false"},
        {"BACKEND_API_URL", "http://backend:8000"},
        {"API_URL", "http://backend:8000"},
        {"API_BASE_URL", "http://backend:8000"},
        {"BACKEND_URL", "http://backend:8000"},
        {"PUBLIC_URL", facts.deploy.url},
        {"APP_NAME", facts.slug},
        {"PROJECT_NAME", facts.slug},
        {"COMPOSE_PROJECT_NAME", facts.slug},
        {"POSTGRES_DB", "db_" + with(facts.project_id, '-', '_')},
        {"ENABLED_MODULES", contracts::joined(facts.modules, ",")}};
    if (const auto found = known.find(name); found != known.end()) return found->second;
    if (name.ends_with("_IMAGE") && !facts.images.empty()) return image_of(name, facts);
    return std::nullopt;
}

}  // namespace

Result<Environment> resolve_contract(const EnvContract& contract,
                                     const std::map<std::string, std::string>& stored,
                                     const ContractFacts& facts) {
    Environment environment;
    std::string selector;  // that of the only port that a project gets
    for (const auto& [name, entry] : contract) {
        if (!entry.in_production) continue;
        const auto value = stored.find(name);
        switch (entry.source) {
            case VariableProvider::literal:
                environment.plain[name] = entry.value;
                break;
            case VariableProvider::user_secret:
            case VariableProvider::generated_secret:
                if (value != stored.end())
                    environment.secrets[name] = value->second;
                else if (entry.source == VariableProvider::generated_secret)
                    environment.to_generate.push_back(name);
                else if (entry.required)
                    environment.missing.push_back(name);
                break;
            case VariableProvider::allocation:
                if (selector.empty()) selector = entry.selector;
                if (entry.selector == selector)
                    environment.plain[name] = std::to_string(facts.deploy.port);
                else if (entry.required)
                    return fail(
                        ErrorKind::invalid,
                        "needs a port beside that of " + selector + ", and a project gets one",
                        name, "publish one service, or make the entry optional");
                break;
            case VariableProvider::derived:
                if (auto known = derived_value(name, facts))
                    environment.plain[name] = std::move(*known);
                else if (entry.required)
                    return fail(ErrorKind::invalid, "is derived, and nothing says from what", name,
                                "make it a literal, or optional");
                break;
        }
    }
    return environment;
}

}  // namespace control::graphs
