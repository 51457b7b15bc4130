#include "cli/options.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace cli {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

// "--output" of "-o,--output".
std::string_view long_name(const Option& option) {
    return option.name.substr(option.name.find(',') + 1);
}

std::string usage_words(const Option& option) {
    std::string words(long_name(option));
    if (!option.is_argument() && !option.placeholder.empty())
        words.append(" ").append(option.placeholder);
    return option.required ? words : '[' + words + ']';
}

// CLI11's words name the option it stumbled over; the longest name that fits is that one.
std::string named_in(std::string_view message, const std::vector<Option>& options) {
    std::string_view found;
    for (const Option& option : options)
        if (const std::string_view name = long_name(option);
            name.size() > found.size() && message.find(name) != std::string_view::npos)
            found = name;
    return std::string(found);
}

bool takes_value(const Option& option, std::string_view word) {
    return option.text != nullptr && !option.is_argument() &&
           (word == long_name(option) ||
            (word == option.name.substr(0, 2) && option.name.find(',') != std::string_view::npos));
}

// "--spec=x" as two words: CLI11 would take the word after "--spec=" for the value that is empty.
std::vector<std::string> split_values(std::span<const std::string_view> arguments,
                                      const std::vector<Option>& options) {
    std::vector<std::string> words;
    bool is_value = false;
    bool only_arguments = false;
    for (const std::string_view argument : arguments) {
        const std::string_view name = argument.substr(0, argument.find('='));
        const auto matches = [&](const Option& option) {
            return takes_value(option, name);
        };
        const bool known = !is_value && !only_arguments && std::ranges::any_of(options, matches);
        only_arguments |= !is_value && argument == "--";
        is_value = known && name.size() == argument.size();
        words.emplace_back(known ? name : argument);
        if (known && !is_value) words.emplace_back(argument.substr(name.size() + 1));
    }
    return words;
}

}  // namespace

void Options::text(std::string_view name, std::string_view placeholder,
                   std::optional<std::string>& target, std::string_view help,
                   std::span<const std::string_view> choices) {
    options_.push_back({name, placeholder, help, choices, false, &target, nullptr});
}

void Options::required(std::string_view name, std::string_view placeholder,
                       std::optional<std::string>& target, std::string_view help) {
    options_.push_back({name, placeholder, help, {}, true, &target, nullptr});
}

void Options::argument(std::string_view name, std::optional<std::string>& target,
                       std::string_view help) {
    options_.push_back({name, name, help, {}, true, &target, nullptr});
}

void Options::flag(std::string_view name, bool& target, std::string_view help) {
    options_.push_back({name, {}, help, {}, false, nullptr, &target});
}

void Options::exclusive(std::string_view one, std::string_view other) {
    exclusive_.emplace_back(one, other);
}

Result<Parsed> Options::parse(std::span<const std::string_view> arguments) {
    CLI::App app;
    app.allow_extras();
    std::vector<std::string> values(options_.size());
    std::vector<CLI::Option*> seen;
    for (std::size_t i = 0; i < options_.size(); ++i) {
        const std::string name(options_[i].name);
        if (options_[i].flag != nullptr)
            seen.push_back(app.add_flag(name, *options_[i].flag));
        else
            seen.push_back(app.add_option(name, values[i]));
    }
    try {
        std::vector<std::string> words = split_values(arguments, options_);
        std::ranges::reverse(words);
        app.parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
        return Parsed::help;
    } catch (const CLI::Error& error) {
        return fail(ErrorKind::invalid, error.what(), named_in(error.what(), options_));
    }
    for (const std::string& extra : app.remaining())
        return fail(ErrorKind::invalid, "was not expected", extra);
    for (std::size_t i = 0; i < options_.size(); ++i)
        if (options_[i].text != nullptr && seen[i]->count() > 0) *options_[i].text = values[i];
    if (Result<void> present = check_presence(); !present) return fail(std::move(present.error()));
    return Parsed::run;
}

Result<void> Options::check_presence() const {
    const auto given = [&](std::string_view name) {
        for (const Option& option : options_)
            if (option.name == name) return option.text->has_value();
        return false;
    };
    for (const auto& [one, other] : exclusive_)
        if (given(one) && given(other))
            return fail(ErrorKind::invalid, "cannot be given together with " + std::string(one),
                        std::string(other));
    for (const Option& option : options_)
        if (option.required && !option.text->has_value())
            return fail(ErrorKind::invalid, "is required", std::string(option.name));
    return {};
}

std::string Options::help(std::string_view command, std::string_view summary) const {
    std::string text("usage: orchestrator ");
    text.append(command);
    for (const Option& option : options_)
        text.append(" ").append(usage_words(option));
    text.append("\n\n").append(summary).append("\n\n");
    for (const Option& option : options_) {
        std::string left("  ");
        left.append(option.name);
        if (!option.is_argument() && !option.placeholder.empty())
            left.append(" ").append(option.placeholder);
        left.resize(std::max<std::size_t>(left.size() + 2, 26), ' ');
        text.append(left).append(option.help).append("\n");
    }
    return text;
}

}  // namespace cli
