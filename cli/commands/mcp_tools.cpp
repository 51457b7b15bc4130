#include "cli/commands/mcp_tools.h"

#include "cli/common_options.h"
#include "contracts/base/nearest.h"
#include "contracts/fields/shape.h"

#include <cctype>

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

// A command together with its declared options, which refer to it.
struct Declared {
    std::unique_ptr<Command> command;
    Options options;
    CommonOptions common;

    explicit Declared(const CommandEntry& entry) : command(entry.make()) {
        declare_all(options, *command, common, entry.reach);
    }
};

// The options for the output's form are not parameters: the protocol determines the form.
bool is_parameter(const Option& option) {
    return option.long_name() != "--output" && option.long_name() != "--quiet";
}

// "--spec-file" becomes "spec_file", and "ID" becomes "id".
std::string parameter_name(const Option& option) {
    std::string name(option.long_name());
    name.erase(0, name.find_first_not_of('-'));
    for (char& c : name)
        c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name;
}

Json schema_of(const Option& option) {
    Json schema{{"type", option.flag != nullptr ? "boolean" : "string"},
                {"description", std::string(option.help)}};
    if (!option.choices.empty()) {
        Json& choices = schema["enum"] = Json::array();
        for (const std::string_view choice : option.choices)
            choices.push_back(std::string(choice));
    }
    return schema;
}

// The value as a person would type it: models send numbers where digits in a string are meant.
std::optional<std::string> typed(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number_integer()) return contracts::dump_json(value);
    return std::nullopt;
}

// Adds the words of one argument: an option to `words`, a positional one to `behind`.
Result<void> add_words(const Option& option, const std::string& name, const Json& value,
                       std::vector<std::string>& words, std::vector<std::string>& behind) {
    if (value.is_null()) return {};
    if (option.flag != nullptr) {
        if (!value.is_boolean())
            return fail(ErrorKind::invalid,
                        "must be true or false, not " + contracts::shape_of(value), name);
        if (value.get<bool>()) words.emplace_back(option.long_name());
        return {};
    }
    std::optional<std::string> text = typed(value);
    if (!text)
        return fail(ErrorKind::invalid, "must be a string, not " + contracts::shape_of(value),
                    name);
    if (option.is_argument())
        behind.push_back(std::move(*text));
    else
        words.insert(words.end(), {std::string(option.long_name()), std::move(*text)});
    return {};
}

Result<void> check_names(const Options& options, const Json& arguments) {
    std::vector<std::string> names;
    for (const Option& option : options.all())
        if (is_parameter(option)) names.push_back(parameter_name(option));
    for (const auto& [name, value] : arguments.items()) {
        if (std::ranges::find(names, name) != names.end()) continue;
        const std::vector<std::string_view> known(names.begin(), names.end());
        const std::string_view meant = contracts::nearest(name, known);
        return fail(ErrorKind::invalid, "was not expected", name,
                    meant.empty() ? "" : std::string("did you mean ").append(meant).append("?"));
    }
    return {};
}

}  // namespace

bool is_tool(const CommandEntry& entry) {
    return entry.reach != Reach::nothing;
}

std::string tool_name(const CommandEntry& entry) {
    std::string name = entry.permission();
    std::ranges::replace(name, '.', '_');
    return name;
}

Json tool_of(const CommandEntry& entry) {
    const Declared declared(entry);
    Json properties = Json::object();
    Json required = Json::array();
    for (const Option& option : declared.options.all()) {
        if (!is_parameter(option)) continue;
        const std::string name = parameter_name(option);
        properties[name] = schema_of(option);
        if (option.required) required.push_back(name);
    }
    return {{"name", tool_name(entry)},
            {"description", "orchestrator " + entry.words() + ": " + std::string(entry.summary)},
            {"inputSchema",
             {{"type", "object"},
              {"properties", std::move(properties)},
              {"required", std::move(required)},
              {"additionalProperties", false}}}};
}

Result<std::vector<std::string>> words_of_call(const CommandEntry& entry, const Json& arguments) {
    if (!arguments.is_object())
        return fail(ErrorKind::invalid, "must be an object, not " + contracts::shape_of(arguments),
                    "arguments");
    const Declared declared(entry);
    if (Result<void> known = check_names(declared.options, arguments); !known) return known.fault();
    std::vector<std::string> words{std::string(entry.group)};
    for (std::string_view rest = entry.name; !rest.empty();) {
        words.emplace_back(rest.substr(0, rest.find(' ')));
        rest.remove_prefix(std::min(words.back().size() + 1, rest.size()));
    }
    std::vector<std::string> behind{"--"};  // a positional argument may begin with a hyphen
    for (const Option& option : declared.options.all()) {
        const std::string name = parameter_name(option);
        const auto value = arguments.find(name);
        if (!is_parameter(option) || value == arguments.end()) continue;
        if (Result<void> added = add_words(option, name, *value, words, behind); !added)
            return added.fault();
    }
    if (behind.size() > 1) words.insert(words.end(), behind.begin(), behind.end());
    return words;
}

}  // namespace cli::commands
