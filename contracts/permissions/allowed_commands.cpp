#include "contracts/permissions/allowed_commands.h"

#include "contracts/base/json.h"
#include "contracts/base/text.h"

#include <array>

namespace contracts {

namespace {

bool is_word(std::string_view text) {
    if (text.empty()) return false;
    for (const char c : text)
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-') return false;
    return true;
}

// More than twice the longest command. It also bounds the patterns that are stored.
constexpr std::size_t kMaxPattern = 64;

bool is_pattern(std::string_view text) {
    if (text == "*") return true;
    if (text.size() > kMaxPattern) return false;
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return is_word(text);
    const std::string_view command = text.substr(dot + 1);
    return is_word(text.substr(0, dot)) && (command == "*" || is_word(command));
}

Result<std::vector<std::string>> split(std::string_view text) {
    std::vector<std::string> entries;
    if (trimmed(text).starts_with('[')) {
        Result<Json> array = parse_json(text);
        if (!array) return array.fault();
        for (const Json& entry : *array) {
            if (!entry.is_string()) return fail(ErrorKind::invalid, "entries must be strings");
            entries.push_back(entry.get<std::string>());
        }
        return entries;
    }
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view entry = trimmed(text.substr(0, comma));
        if (!entry.empty()) entries.emplace_back(entry);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return entries;
}

struct Profile {
    std::string_view name;
    std::array<std::string_view, 15> patterns;
};

// `version` and `completion` need no permission: they reach nothing.
constexpr Profile kProfiles[] = {
    {"PRODUCT_OWNER",
     {"project.*", "engineering.*", "deploy.*", "docs.*", "domain.*", "infra.servers", "infra.show",
      "infra.incidents", "respond", "diagnose.*", "token.*", "usage", "budget.show", "remind",
      "reminder.*"}},
    {"DEVELOPER", {"project.get", "project.list", "project.tasks", "engineering.status", "docs.*"}},
    {"DEVOPS", {"project.get", "project.list", "deploy.*", "infra.*", "diagnose.*"}},
};

}  // namespace

Result<AllowedCommands> AllowedCommands::parse(std::string_view text) {
    Result<std::vector<std::string>> entries = split(text);
    if (!entries) {
        entries.error().field = "ALLOWED_COMMANDS";
        return entries.fault();
    }
    std::vector<std::string> patterns = expand_profiles(*entries);
    for (const std::string& pattern : patterns)
        if (!is_pattern(pattern))
            return fail(ErrorKind::invalid, "\"" + pattern + "\" is not a command pattern",
                        "ALLOWED_COMMANDS", "write <group>.<command>, <group>.* or *");
    return AllowedCommands(std::move(patterns));
}

// `command` may itself be a pattern, which is matched like a command: "project.*" is in the group
// "project".
bool AllowedCommands::allows(std::string_view command) const {
    for (const std::string_view pattern : patterns_) {
        if (pattern == "*" || pattern == command) return true;
        if (!pattern.ends_with(".*")) continue;
        const std::string_view group = pattern.substr(0, pattern.size() - 2);
        if (command.starts_with(group) &&
            (command.size() == group.size() || command[group.size()] == '.'))
            return true;
    }
    return false;
}

AllowedCommands AllowedCommands::narrowed_to(const AllowedCommands& limit) const {
    AllowedCommands both;
    const auto add = [&](const AllowedCommands& from, const AllowedCommands& other) {
        for (const std::string& pattern : from.patterns_)
            if (other.allows(pattern) && !both.allows(pattern)) both.patterns_.push_back(pattern);
    };
    add(*this, limit);
    add(limit, *this);
    return both;
}

Result<void> AllowedCommands::check(std::string_view command) const {
    if (allows(command)) return {};
    return fail(ErrorKind::permission, std::string(command).append(" is not allowed here"), {},
                in_words());
}

std::string AllowedCommands::in_words() const {
    std::string words;
    for (const std::string& pattern : patterns_)
        words.append(words.empty() ? "allowed: " : ", ").append(pattern);
    return words.empty() ? "no command is allowed" : words;
}

std::vector<std::string> expand_profiles(const std::vector<std::string>& entries) {
    std::vector<std::string> patterns;
    for (const std::string& entry : entries) {
        const Profile* found = nullptr;
        for (const Profile& profile : kProfiles)
            if (profile.name == entry) found = &profile;
        if (found == nullptr) {
            patterns.push_back(entry);
            continue;
        }
        for (const std::string_view pattern : found->patterns)
            if (!pattern.empty()) patterns.emplace_back(pattern);
    }
    return patterns;
}

}  // namespace contracts
