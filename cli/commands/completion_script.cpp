#include "cli/commands/completion_script.h"

namespace cli::commands {

namespace {

void add_word(std::string& words, std::string_view word) {
    words.append(words.empty() ? "" : " ").append(word);
}

std::string groups_of(std::span<const CommandEntry> commands) {
    std::string words;
    std::string_view last;
    for (const CommandEntry& entry : commands)
        if (entry.group != last) add_word(words, last = entry.group);
    return words;
}

std::string names_in(std::span<const CommandEntry> commands, std::string_view group) {
    std::string words;
    for (const CommandEntry& entry : commands)
        if (entry.group == group && !entry.name.empty()) add_word(words, entry.name);
    return words;
}

std::string long_options_of(const CommandEntry& entry) {
    const std::unique_ptr<Command> command = entry.make();
    Options options;
    command->declare(options);
    std::string words;
    for (const Option& option : options.all())
        if (!option.is_argument()) add_word(words, option.name);
    if (entry.reach == Reach::api_and_bus) add_word(words, "--request-id");
    add_word(words, "--output");
    add_word(words, "--help");
    return words;
}

// The same tree for bash and zsh: words by what stands in front of them.
std::string case_branches(std::span<const CommandEntry> commands) {
    std::string text;
    std::string_view last;
    for (const CommandEntry& entry : commands) {
        if (entry.group != last && !entry.name.empty())
            text.append("        ").append(entry.group).append(") words='");
        if (entry.group != last && !entry.name.empty())
            text.append(names_in(commands, entry.group)).append("' ;;\n");
        last = entry.group;
    }
    for (const CommandEntry& entry : commands)
        text.append("        '")
            .append(entry.words())
            .append("'*) words='")
            .append(entry.group == "completion" ? "bash zsh fish" : long_options_of(entry))
            .append("' ;;\n");
    return text;
}

std::string bash(std::span<const CommandEntry> commands) {
    return "_orchestrator() {\n"
           "    local words current=${COMP_WORDS[COMP_CWORD]}\n"
           "    local before=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\"\n"
           "    case ${COMP_WORDS[COMP_CWORD-1]} in\n"
           "        -o|--output) before=--output ;;\n"
           "        --modules) before=--modules ;;\n"
           "    esac\n"
           "    case $before in\n"
           "        '') words='" +
           groups_of(commands) +
           "' ;;\n"
           "        --output) words='json table' ;;\n"
           "        --modules) words='backend telegram frontend' ;;\n" +
           case_branches(commands) +
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "}\n"
           "complete -o default -F _orchestrator orchestrator\n";
}

std::string zsh(std::span<const CommandEntry> commands) {
    return "#compdef orchestrator\n"
           "_orchestrator() {\n"
           "    local words_before=\"${(j: :)words[2,CURRENT-1]}\" words_text\n"
           "    case $words[CURRENT-1] in\n"
           "        -o|--output) words_before=--output ;;\n"
           "        --modules) words_before=--modules ;;\n"
           "    esac\n"
           "    _orchestrator_words \"$words_before\"\n"
           "}\n"
           "_orchestrator_words() {\n"
           "    local words\n"
           "    case $1 in\n"
           "        '') words='" +
           groups_of(commands) +
           "' ;;\n"
           "        --output) words='json table' ;;\n"
           "        --modules) words='backend telegram frontend' ;;\n" +
           case_branches(commands) +
           "    esac\n"
           "    compadd -- ${=words}\n"
           "}\n"
           "compdef _orchestrator orchestrator\n";
}

std::string fish(std::span<const CommandEntry> commands) {
    std::string text = "complete -c orchestrator -f\n";
    std::string_view last;
    for (const CommandEntry& entry : commands) {
        const std::string group(entry.group);
        if (entry.group != last)
            text += "complete -c orchestrator -n __fish_use_subcommand -a " + group + "\n";
        last = entry.group;
        std::string condition = "__fish_seen_subcommand_from " + group;
        if (!entry.name.empty()) {
            const std::string name(entry.name);
            text += "complete -c orchestrator -n '" + condition +
                    "; and not __fish_seen_subcommand_from " + names_in(commands, entry.group) +
                    "' -a " + name + " -d '" + std::string(entry.summary) + "'\n";
            condition += "; and __fish_seen_subcommand_from " + name;
        } else if (entry.group == "completion") {
            text += "complete -c orchestrator -n '" + condition + "' -a 'bash zsh fish'\n";
        }
        std::string options = long_options_of(entry);
        for (std::size_t at = 0; at < options.size();) {
            const std::size_t end = std::min(options.find(' ', at), options.size());
            text += "complete -c orchestrator -n '" + condition + "' -l " +
                    options.substr(at + 2, end - at - 2) + "\n";
            at = end + 1;
        }
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
