#include "control/graphs/deploy/environment.h"

#include "contracts/base/id.h"
#include "contracts/base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace control::graphs {

namespace {

// Variables of these are given by a service, so they are never generated.
constexpr std::string_view kProviders[] = {
    "TELEGRAM", "OPENAI",   "ANTHROPIC", "STRIPE",   "AWS",      "GOOGLE",  "GCP",
    "AZURE",    "GITHUB",   "GITLAB",    "SLACK",    "DISCORD",  "TWILIO",  "SMTP",
    "MAIL",     "SENDGRID", "MAILGUN",   "PAYPAL",   "FACEBOOK", "TWITTER", "SENTRY",
    "OAUTH",    "YANDEX",   "VK",        "FIREBASE", "ALGOLIA",  "MAPBOX",  "CLOUDINARY"};
constexpr std::string_view kPlaceholders[] = {"changeme",    "change-me",   "change_me", "your-",
                                              "your_",       "replace",     "xxx",       "todo",
                                              "example-key", "placeholder", "<",         "..."};
constexpr int kMostRounds = 8;  // for values that refer to each other

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && !(text[0] >= '0' && text[0] <= '9') &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '_';
           });
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool is_placeholder(std::string_view value) {
    const std::string lower = contracts::lower_case(value);
    return lower.empty() || std::ranges::any_of(kPlaceholders, [&](std::string_view word) {
               return lower.starts_with(word);
           });
}

bool is_providers(std::string_view name) {
    return std::ranges::any_of(kProviders, [&](std::string_view provider) {
        return name.starts_with(provider) || has(name, "_" + std::string(provider));
    });
}

bool is_given(std::string_view name) {
    constexpr std::string_view kGiven[] = {
        "PORT",         "APP_ENV",     "ENVIRONMENT",  "DEBUG",           "APP_NAME",
        "PROJECT_NAME", "APP_URL",     "BASE_URL",     "PUBLIC_URL",      "BACKEND_PORT",
        "API_URL",      "BACKEND_URL", "API_BASE_URL", "BACKEND_API_URL", "COMPOSE_PROJECT_NAME"};
    return std::ranges::find(kGiven, name) != std::end(kGiven);
}

bool is_generated(std::string_view name) {
    if (is_providers(name)) return false;
    if (has(name, "PASSWORD") || has(name, "SECRET") || name.ends_with("_SALT")) return true;
    return name.ends_with("_KEY") && !has(name, "API") && !has(name, "PUBLIC");
}

// Where the password in a database URL begins and ends. Empty: it has none.
std::optional<std::pair<std::size_t, std::size_t>> password_in(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return std::nullopt;
    const std::size_t user = scheme + 3;
    const std::size_t at = url.find('@', user);
    const std::size_t colon = url.find(':', user);
    if (at == std::string_view::npos || colon == std::string_view::npos || colon > at)
        return std::nullopt;
    return std::pair(colon + 1, at);
}

bool repeats_password(std::string_view name, std::string_view value) {
    return name.ends_with("DATABASE_URL") && password_in(value).has_value();
}

VariableSource source_of(const Variable& variable) {
    if (is_given(variable.name)) return VariableSource::given;
    if (has(variable.example, "${") || repeats_password(variable.name, variable.example))
        return VariableSource::derived;
    if (is_generated(variable.name)) return VariableSource::generated;
    if (!is_placeholder(variable.example)) return VariableSource::literal;
    return VariableSource::user;
}

// Parses `NAME=value # comment`: a # counts only after a space, and quotes are removed.
Variable read_variable(std::string_view line, std::size_t equals, bool optional) {
    Variable variable;
    variable.name = contracts::trimmed(line.substr(0, equals));
    std::string_view value = contracts::trimmed(line.substr(equals + 1));
    const bool quoted = value.size() > 1 && (value[0] == '"' || value[0] == '\'');
    const std::size_t end = quoted ? value.find(value[0], 1) : std::string_view::npos;
    std::string_view comment;
    if (end != std::string_view::npos) {
        comment = value.substr(end + 1);
        value = value.substr(1, end - 1);
    } else if (const std::size_t hash = value.starts_with('#') ? 0 : value.find(" #");
               hash != std::string_view::npos) {
        comment = value.substr(hash);
        value = contracts::trimmed(value.substr(0, hash));
    }
    variable.example = value;
    variable.optional = optional || has(contracts::lower_case(comment), "optional");
    variable.source = source_of(variable);
    return variable;
}

std::string given_value(std::string_view name, const DeployFacts& facts) {
    if (name == "PORT" || name == "BACKEND_PORT") return std::to_string(facts.port);
    if (name == "APP_ENV" || name == "ENVIRONMENT") return "production";
    if (name == "DEBUG") return "false";
    if (name.ends_with("_NAME")) return facts.project_name;
    return facts.url;
}

// Collects the values that are known, by name, and keeps apart those that must not be shown.
class Resolution {
public:
    Resolution(const std::map<std::string, std::string>& stored, Environment& environment)
        : stored_(stored), environment_(environment) {
        environment_.secrets = stored;
    }

    void take(const Variable& variable, const DeployFacts& facts) {
        const std::string& name = variable.name;
        if (stored_.contains(name)) return;
        switch (variable.source) {
            case VariableSource::given:
                environment_.plain[name] = given_value(name, facts);
                return;
            case VariableSource::generated:
                environment_.to_generate.push_back(name);
                return;
            case VariableSource::literal:
                environment_.plain[name] = variable.example;
                return;
            case VariableSource::user:
                if (!variable.optional) environment_.missing.push_back(name);
                return;
            case VariableSource::derived:
                derived_[name] = variable.example;
                return;
        }
    }

    // Each round resolves the variables that refer to those of the previous round.
    void derive() {
        for (int round = 0; round < kMostRounds && !derived_.empty(); ++round)
            for (auto one = derived_.begin(); one != derived_.end();)
                one = try_one(one->first, one->second) ? derived_.erase(one) : std::next(one);
    }

private:
    [[nodiscard]] const std::string* find(const std::string& name, bool& secret) const {
        if (const auto found = environment_.secrets.find(name);
            found != environment_.secrets.end()) {
            secret = true;
            return &found->second;
        }
        const auto found = environment_.plain.find(name);
        return found == environment_.plain.end() ? nullptr : &found->second;
    }

    bool try_one(const std::string& name, std::string value) {
        bool secret = false;
        if (repeats_password(name, value) && !has(value, "${")) {
            const std::string* password = find("POSTGRES_PASSWORD", secret);
            const auto place = password_in(value);
            if (password != nullptr && place)
                value.replace(place->first, place->second - place->first, *password);
        }
        for (std::size_t at = 0; (at = value.find("${", at)) != std::string::npos;) {
            const std::size_t end = value.find('}', at);
            if (end == std::string::npos) break;
            const std::string* part = find(value.substr(at + 2, end - at - 2), secret);
            if (part == nullptr) return false;
            value.replace(at, end + 1 - at, *part);
            at += part->size();
        }
        (secret ? environment_.secrets : environment_.plain)[name] = std::move(value);
        return true;
    }

    const std::map<std::string, std::string>& stored_;
    Environment& environment_;
    std::map<std::string, std::string> derived_;
};

}  // namespace

std::vector<Variable> read_env_example(std::string_view text) {
    std::vector<Variable> variables;
    bool optional_above = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = contracts::trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with('#')) {
            optional_above = has(contracts::lower_case(line), "optional");
            continue;
        }
        if (line.starts_with("export ")) line = contracts::trimmed(line.substr(7));
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos &&
            is_name(contracts::trimmed(line.substr(0, equals)))) {
            Variable variable = read_variable(line, equals, optional_above);
            std::erase_if(variables, [&](const Variable& v) { return v.name == variable.name; });
            variables.push_back(std::move(variable));
        }
        optional_above = false;
    }
    return variables;
}

Environment resolve(const std::vector<Variable>& variables,
                    const std::map<std::string, std::string>& stored, const DeployFacts& facts) {
    Environment environment;
    Resolution resolution(stored, environment);
    for (const Variable& variable : variables)
        resolution.take(variable, facts);
    resolution.derive();
    return environment;
}

std::string generate_secret() {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::array<std::byte, 32> bytes;
    contracts::fill_random(bytes);
    std::string text;
    for (const std::byte byte : bytes)
        text += kDigits[std::to_integer<unsigned>(byte) & 63U];
    return text;
}

}  // namespace control::graphs
