#include "cli/selection.h"

#include "contracts/base/nearest.h"
#include "contracts/base/text.h"

#include <algorithm>

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

// `path`: the words before `word`; empty: none.
std::unexpected<contracts::Error> no_such_command(const std::string& path, std::string_view word,
                                                  std::span<const CommandEntry> commands) {
    const std::vector<std::string_view> known = words_behind(commands, path);
    const std::string before = path.empty() ? "" : path + " ";
    std::string next_step;
    if (const std::string_view meant = contracts::nearest(word, known); !meant.empty())
        next_step = "did you mean \"" + before + std::string(meant) + "\"? ";
    next_step.append(path.empty() ? "one of: " : before + "has: ");
    const std::string what = word.empty()
                                 ? "\"" + path + "\" is a group of commands: add one of them"
                                 : "unknown command \"" + before + std::string(word) + "\"";
    return fail(ErrorKind::invalid, what, "command", next_step + contracts::joined(known));
}

}  // namespace

Result<Selection> select(std::span<const std::string_view> arguments,
                         std::span<const CommandEntry> commands) {
    Selection selection;
    std::size_t at = 0;
    // -o is also accepted before the command.
    while (at < arguments.size() && arguments[at].starts_with('-')) {
        if (is_help(arguments[at])) return selection;
        if (arguments[at] == "--version") {
            std::vector<std::string_view> as_line{"version", "--line"};
            as_line.insert(as_line.end(), arguments.begin() + at + 1, arguments.end());
            return select(as_line, commands);
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
                    no_such_command({}, {}, commands).error().next_step);
    if (arguments[at] == "help") {
        const auto named = arguments.subspan(at + 1);
        std::vector<std::string_view> turned(named.begin(), named.end());
        turned.emplace_back("--help");
        return select(turned, commands);
    }
    // Adds words as long as there are commands that begin with them.
    std::string path;
    for (;; ++at) {
        for (const CommandEntry& entry : commands) {
            if (path.empty() || entry.words() != path) continue;
            selection.command = &entry;
            const auto rest = arguments.subspan(at);
            selection.rest.insert(selection.rest.end(), rest.begin(), rest.end());
            return selection;
        }
        const std::string_view word = at < arguments.size() ? arguments[at] : std::string_view();
        const std::vector<std::string_view> known = words_behind(commands, path);
        if (word.empty() || std::ranges::find(known, word) == known.end()) {
            if (path.empty() || !is_help(word)) return no_such_command(path, word, commands);
            selection.group = std::move(path);
            return selection;
        }
        path.append(path.empty() ? "" : " ").append(word);
    }
}

std::vector<std::string_view> words_behind(std::span<const CommandEntry> commands,
                                           std::string_view path) {
    std::vector<std::string_view> words;
    for (const CommandEntry& entry : commands)
        if (const std::string_view word = entry.word_behind(path);
            !word.empty() && std::ranges::find(words, word) == words.end())
            words.push_back(word);
    return words;
}

std::string overview(std::span<const CommandEntry> commands, std::string_view group,
                     const contracts::AllowedCommands* allowed) {
    bool forbids = false;
    std::string text("usage: orchestrator ");
    text.append(group.empty() ? "<group>" : group)
        .append(" <command> [options] [-o json|table]\n\n");
    for (const CommandEntry& entry : commands) {
        if (entry.word_behind(group).empty() && entry.words() != group) continue;
        const bool forbidden = allowed != nullptr && entry.reach != Reach::nothing &&
                               !allowed->allows(entry.permission());
        forbids |= forbidden;
        std::string left = (forbidden ? "- " : "  ") + entry.words();
        left.resize(std::max<std::size_t>(left.size() + 2, 26), ' ');
        text.append(left).append(entry.summary).append("\n");
    }
    if (forbids)
        text.append("\n- is not allowed here; ALLOWED_COMMANDS lists the allowed commands.\n");
    text.append("\norchestrator help <group> <command> explains one.\n");
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

bool asks_for_quiet(std::span<const std::string_view> arguments) {
    return std::ranges::any_of(arguments, [](std::string_view argument) {
        return argument == "-q" || argument == "--quiet";
    });
}

bool asks_for_help(std::span<const std::string_view> arguments) {
    return std::ranges::any_of(arguments, is_help);
}

}  // namespace cli
