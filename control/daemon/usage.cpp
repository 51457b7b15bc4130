#include "control/daemon/usage.h"

#include "contracts/base/nearest.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

// The greatest number of differences at which a name counts as misspelt; for a short name, most
// other names are only one or two letters away.
constexpr std::size_t kMostSlips = 2;
constexpr std::size_t kLettersPerSlip = 4;
constexpr std::size_t kLongestName = 64;

std::string next_step(std::string_view word, const std::vector<const CLI::App*>& commands) {
    std::vector<std::string_view> names;
    std::string all;
    for (const CLI::App* command : commands) {
        names.emplace_back(command->get_name());
        all.append(all.empty() ? "use " : ", ").append(names.back());
    }
    const std::string_view meant = contracts::nearest(word, names);
    return meant.empty() ? all : "did you mean " + std::string(meant) + "?";
}

}  // namespace

Result<void> check_commands(const CLI::App& app, std::span<char* const> words) {
    const CLI::App* level = &app;
    for (const std::string_view word : words) {
        if (word.starts_with('-')) continue;
        const auto commands = level->get_subcommands([](const CLI::App*) { return true; });
        if (commands.empty()) return {};
        const auto named = [word](const CLI::App* command) {
            return command->get_name() == word;
        };
        const auto found = std::ranges::find_if(commands, named);
        if (found == commands.end())
            return fail(ErrorKind::invalid, "there is no command \"" + std::string(word) + "\"", {},
                        next_step(word, commands));
        level = *found;
    }
    return {};
}

std::vector<std::string> mistyped_settings(const std::set<std::string>& known,
                                           std::span<const std::string_view> variables) {
    std::vector<std::string> doubts;
    for (const std::string_view variable : variables) {
        const std::string name(variable.substr(0, variable.find('=')));
        if (known.contains(name) || name.size() > kLongestName) continue;
        const std::size_t most = std::min(kMostSlips, name.size() / kLettersPerSlip);
        const auto is_near = [&](const std::string& setting) {
            // A difference in length is a lower bound for the number of differences, so most names
            // need no closer look.
            return setting.size() + most >= name.size() && name.size() + most >= setting.size() &&
                   contracts::slips_between(name, setting) <= most;
        };
        if (const auto meant = std::ranges::find_if(known, is_near); meant != known.end())
            doubts.push_back(name + " is not a setting; did you mean " + *meant + "?");
    }
    return doubts;
}

}  // namespace control
