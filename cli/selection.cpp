#include "cli/selection.h"

#include "cli/nearest.h"

namespace cli {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

constexpr std::string_view kOutputFlags[] = {"-o", "--output"};

bool is_output_flag(std::string_view argument) {
    return argument == kOutputFlags[0] || argument == kOutputFlags[1];
}

bool is_help(std::string_view argument) {
    return argument == "-h" || argument == "--help";
}

std::string names_in(std::span<const CommandEntry> commands, std::string_view group) {
    std::string names;
    std::string_view last;
    for (const CommandEntry& entry : commands) {
        if (!group.empty() && entry.group != group) continue;
        const std::string_view name = group.empty() ? entry.group : entry.name;
        if (name == last) continue;
        names.append(names.empty() ? "" : ", ").append(name);
        last = name;
    }
    return names;
}

// `group`: the one it was looked for in; empty: it is none.
std::unexpected<contracts::Error> no_such_command(std::string_view group, std::string_view word,
                                                  std::span<const CommandEntry> commands) {
    std::vector<std::string_view> names;
    for (const CommandEntry& entry : commands)
        if (group.empty() || entry.group == group)
            names.push_back(group.empty() ? entry.group : entry.name);
    const std::string before = group.empty() ? "" : std::string(group) + " ";
    std::string next_step;
    if (const std::string_view meant = nearest(word, names); !meant.empty())
        next_step = "did you mean \"" + before + std::string(meant) + "\"? ";
    next_step.append(group.empty() ? "one of: " : before + "has: ");
    return fail(ErrorKind::invalid,
                "there is no command \"" +
                    (word.empty() ? std::string(group) : before + std::string(word)) + "\"",
                "command", next_step + names_in(commands, group));
}

}  // namespace

Result<Selection> select(std::span<const std::string_view> arguments,
                         std::span<const CommandEntry> commands) {
    Selection selection;
    std::size_t at = 0;
    // -o may stand in front of the command, too.
    while (at < arguments.size() && arguments[at].starts_with('-')) {
        if (is_help(arguments[at])) return selection;
        if (arguments[at] == "--version") {
            static constexpr std::string_view kAsLine[] = {"version", "--line"};
            return select(kAsLine, commands);
        }
        selection.rest.push_back(arguments[at]);
        if (is_output_flag(arguments[at]) && at + 1 < arguments.size())
            selection.rest.push_back(arguments[++at]);
        else if (!arguments[at].starts_with("--output=") && !arguments[at].starts_with("-o"))
            return fail(ErrorKind::invalid, "was not expected before the command",
                        std::string(arguments[at]));
        ++at;
    }
    if (at == arguments.size())
        return fail(ErrorKind::invalid, "no command was given", "command",
                    "one of: " + names_in(commands, {}));
    const std::string_view group = arguments[at++];
    const std::string_view name = at < arguments.size() ? arguments[at] : std::string_view();
    bool known = false;
    for (const CommandEntry& entry : commands) {
        if (entry.group != group) continue;
        known = true;
        if (!entry.name.empty() && entry.name != name) continue;
        selection.command = &entry;
        const auto rest = arguments.subspan(entry.name.empty() ? at : at + 1);
        selection.rest.insert(selection.rest.end(), rest.begin(), rest.end());
        return selection;
    }
    if (!known) return no_such_command({}, group, commands);
    selection.group = group;
    if (is_help(name)) return selection;
    return no_such_command(group, name, commands);
}

std::string overview(std::span<const CommandEntry> commands, std::string_view group) {
    std::string text("usage: orchestrator ");
    text.append(group.empty() ? "<group>" : group)
        .append(" <command> [options] [-o json|table]\n\n");
    for (const CommandEntry& entry : commands) {
        if (!group.empty() && entry.group != group) continue;
        std::string left = "  " + entry.words();
        left.resize(std::max<std::size_t>(left.size() + 2, 26), ' ');
        text.append(left).append(entry.summary).append("\n");
    }
    text.append("\norchestrator <group> <command> --help explains one.\n");
    return text;
}

bool asks_for_table(std::span<const std::string_view> arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i)
        if (arguments[i] == "-otable" || arguments[i] == "--output=table" ||
            (is_output_flag(arguments[i]) && i + 1 < arguments.size() &&
             arguments[i + 1] == "table"))
            return true;
    return false;
}

}  // namespace cli
