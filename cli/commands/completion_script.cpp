#include "cli/commands/completion_script.h"

#include "cli/common_options.h"
#include "cli/selection.h"

#include <algorithm>

namespace cli::commands {

namespace {

void add_word(std::string& words, std::string_view word) {
    words.append(words.empty() ? "" : " ").append(word);
}

void add_words(std::string& words, const std::string& more) {
    if (!more.empty()) add_word(words, more);
}

std::string groups_of(std::span<const CommandEntry> commands) {
    std::string words;
    std::string_view last;
    for (const CommandEntry& entry : commands)
        if (entry.group != last) add_word(words, last = entry.group);
    return words;
}

// The words that can follow `path`; empty if `path` is a command, which takes options.
std::string names_in(std::span<const CommandEntry> commands, std::string_view path) {
    std::string words;
    for (const std::string_view word : words_behind(commands, path))
        add_word(words, word);
    return words;
}

// Each command's words without the last ones: "project", "project secret". Each path once.
std::vector<std::string> paths_of(std::span<const CommandEntry> commands) {
    std::vector<std::string> paths;
    for (const CommandEntry& entry : commands) {
        const std::string words = entry.words();
        for (std::size_t at = words.find(' '); at != std::string::npos;
             at = words.find(' ', at + 1))
            if (std::ranges::find(paths, words.substr(0, at)) == paths.end())
                paths.push_back(words.substr(0, at));
    }
    return paths;
}

// The options of a command, as the command declares them.
struct Taken {
    explicit Taken(const CommandEntry& entry) : command(entry.make()) {
        declare_all(options, *command, common, entry.reach);
    }
    std::unique_ptr<Command> command;
    CommonOptions common;
    Options options;
};

std::string joined(std::span<const std::string_view> choices) {
    std::string words;
    for (const std::string_view choice : choices)
        add_word(words, choice);
    return words;
}

// What may follow the command's words: the choices of its argument, or else its options.
std::string words_after(const CommandEntry& entry) {
    const Taken taken(entry);
    std::string words;
    for (const Option& option : taken.options.all())
        if (option.is_argument()) add_words(words, joined(option.choices));
    if (!words.empty()) return words;
    for (const Option& option : taken.options.all())
        if (!option.is_argument()) add_word(words, option.long_name());
    add_word(words, "--help");
    return words;
}

// All commands' options that take a value, each once.
std::vector<Option> options_with_values(std::span<const CommandEntry> commands) {
    std::vector<Option> found;
    for (const CommandEntry& entry : commands) {
        const Taken taken(entry);
        for (const Option& option : taken.options.all())
            if (!option.is_argument() && !option.placeholder.empty() &&
                std::ranges::find(found, option.name, &Option::name) == found.end())
                found.push_back(option);
    }
    return found;
}

// Branches that set `name` to the long name of the option before the cursor. `value_branches` then
// offers its choices; if it has none, the shell offers files.
std::string option_branches(std::span<const CommandEntry> commands, std::string_view name) {
    std::string text;
    for (const Option& option : options_with_values(commands)) {
        text.append("        ");
        if (!option.short_name().empty()) text.append(option.short_name()).append("|");
        text.append(option.long_name()).append(") ").append(name).append("=");
        text.append(option.long_name()).append(" ;;\n");
    }
    return text;
}

std::string value_branches(std::span<const CommandEntry> commands) {
    std::string text;
    for (const Option& option : options_with_values(commands))
        text.append("        ")
            .append(option.long_name())
            .append(") words='")
            .append(joined(option.choices))
            .append("' ;;\n");
    return text;
}

// For bash and zsh: the words to offer, by the words before the cursor.
std::string case_branches(std::span<const CommandEntry> commands) {
    std::string text;
    for (const std::string& path : paths_of(commands))
        text.append("        '")
            .append(path)
            .append("') words='")
            .append(names_in(commands, path))
            .append("' ;;\n");
    for (const CommandEntry& entry : commands)
        text.append("        '")
            .append(entry.words())
            .append("'*) words='")
            .append(words_after(entry))
            .append("' ;;\n");
    return text;
}

// Removes options in front of the command and the word `help`: they are not part of its name.
std::string without_prefix(std::string_view name) {
    const std::string variable(name);
    return "    case $" + variable +
           " in\n"
           "        '-o '*' '*|'--output '*' '*) " +
           variable + "=\"${" + variable + "#* }\"; " + variable + "=\"${" + variable +
           "#* }\" ;;\n"
           "        '-o '*|'--output '*) " +
           variable +
           "='' ;;\n"
           "    esac\n"
           "    case $" +
           variable +
           " in\n"
           "        help) " +
           variable +
           "='' ;;\n"
           "        'help '*) " +
           variable + "=\"${" + variable +
           "#* }\" ;;\n"
           "    esac\n";
}

std::string bash(std::span<const CommandEntry> commands) {
    return "_orchestrator() {\n"
           "    local words current=${COMP_WORDS[COMP_CWORD]}\n"
           "    local before=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\"\n" +
           without_prefix("before") + "    case ${COMP_WORDS[COMP_CWORD-1]} in\n" +
           option_branches(commands, "before") +
           "    esac\n"
           "    case $before in\n"
           "        '') words='" +
           groups_of(commands) + "' ;;\n" + value_branches(commands) + case_branches(commands) +
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "}\n"
           "complete -o default -F _orchestrator orchestrator\n";
}

std::string zsh(std::span<const CommandEntry> commands) {
    return "#compdef orchestrator\n"
           "_orchestrator() {\n"
           "    local words_before=\"${(j: :)words[2,CURRENT-1]}\"\n" +
           without_prefix("words_before") + "    case $words[CURRENT-1] in\n" +
           option_branches(commands, "words_before") +
           "    esac\n"
           "    _orchestrator_words \"$words_before\"\n"
           "}\n"
           "_orchestrator_words() {\n"
           "    local words\n"
           "    case $1 in\n"
           "        '') words='" +
           groups_of(commands) + "' ;;\n" + value_branches(commands) + case_branches(commands) +
           "    esac\n"
           "    if [[ -n $words ]]; then compadd -- ${=words}; else _files; fi\n"
           "}\n"
           "compdef _orchestrator orchestrator\n";
}

// Escapes the text for single quotes.
std::string quoted(std::string_view text) {
    std::string out;
    for (const char c : text)
        out.append(c == '\'' ? "\\'" : std::string(1, c));
    return out;
}

std::string fish_option(const Option& option, const std::string& condition) {
    std::string line = "complete -c orchestrator -n '" + condition + "'";
    if (option.is_argument())
        return option.choices.empty() ? "" : line + " -a '" + joined(option.choices) + "'\n";
    if (!option.short_name().empty()) line.append(" -s ").append(option.short_name().substr(1));
    line.append(" -l ").append(option.long_name().substr(2));
    if (!option.choices.empty())
        line += " -x -a '" + joined(option.choices) + "'";
    else if (!option.placeholder.empty())
        line += " -r";  // it may be a file
    return line + " -d '" + quoted(option.help) + "'\n";
}

// The condition that the words of `path` were typed, and no word of another path.
std::string fish_condition(std::span<const CommandEntry> commands, const std::string& path) {
    std::string condition;
    std::string before;
    std::string_view rest = path;
    while (!rest.empty()) {
        const std::string word(rest.substr(0, rest.find(' ')));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        for (const std::string& other : paths_of(commands))
            if (!before.empty() && other.starts_with(before + ' ') && other != before + ' ' + word)
                condition +=
                    "; and not __fish_seen_subcommand_from " + other.substr(before.size() + 1);
        condition += (condition.empty() ? "" : "; and ");
        condition += "__fish_seen_subcommand_from " + word;
        before += (before.empty() ? "" : " ") + word;
    }
    return condition;
}

std::string fish(std::span<const CommandEntry> commands) {
    std::string text = "complete -c orchestrator -f\n";
    for (const std::string_view group : words_behind(commands, {}))
        text += "complete -c orchestrator -n __fish_use_subcommand -a " + std::string(group) + "\n";
    for (const std::string& path : paths_of(commands))
        for (const std::string_view word : words_behind(commands, path)) {
            text += "complete -c orchestrator -n '" + fish_condition(commands, path) +
                    "; and not __fish_seen_subcommand_from " + names_in(commands, path) + "' -a " +
                    std::string(word);
            for (const CommandEntry& entry : commands)
                if (entry.words() == path + ' ' + std::string(word))
                    text += " -d '" + quoted(entry.summary) + "'";
            text += "\n";
        }
    for (const CommandEntry& entry : commands) {
        const std::string condition = fish_condition(commands, entry.words());
        const Taken taken(entry);
        for (const Option& option : taken.options.all())
            text += fish_option(option, condition);
        text +=
            "complete -c orchestrator -n '" + condition + "' -l help -d 'explains the command'\n";
    }
    return text;
}

}  // namespace

std::string completion_script(Shell shell, std::span<const CommandEntry> commands) {
    switch (shell) {
        case Shell::bash:
            return bash(commands);
        case Shell::zsh:
            return zsh(commands);
        case Shell::fish:
            return fish(commands);
    }
    return {};
}

}  // namespace cli::commands
