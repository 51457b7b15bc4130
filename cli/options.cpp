#include "cli/options.h"

#include <algorithm>

namespace cli {

namespace {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

// "-o,--output" has a short and a long name.
std::string_view long_name(const Option& option) {
    return option.name.substr(option.name.find(',') + 1);
}

std::string_view short_name(const Option& option) {
    return option.name.substr(0, option.name.size() - long_name(option).size()).substr(0, 2);
}

std::string usage_words(const Option& option) {
    std::string words(long_name(option));
    if (!option.is_argument() && !option.placeholder.empty())
        words.append(" ").append(option.placeholder);
    return option.required ? words : '[' + words + ']';
}

std::unexpected<Error> refuse(std::string_view field, std::string what) {
    return fail(ErrorKind::invalid, std::move(what), std::string(field));
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
    bool only_arguments = false;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string_view word = arguments[at];
        if (only_arguments || !word.starts_with('-') || word == "-") {
            if (Result<void> taken = take_argument(word); !taken)
                return fail(std::move(taken.error()));
            continue;
        }
        if (word == "--help" || word == "-h") return Parsed::help;
        only_arguments = word == "--";
        if (only_arguments) continue;
        // The value stands behind "=", behind a short name, or is the next word whatever it looks
        // like.
        const Found found = find(word);
        if (found.option == nullptr) return refuse(word, "was not expected");
        if (found.option->flag != nullptr) {
            if (found.value) return refuse(long_name(*found.option), "takes no value");
            *found.option->flag = true;
            continue;
        }
        if (!found.value && at + 1 == arguments.size())
            return refuse(long_name(*found.option), "needs a value");
        if (found.option->text->has_value())
            return refuse(long_name(*found.option), "is given twice");
        *found.option->text = found.value ? *found.value : arguments[++at];
    }
    if (Result<void> present = check_presence(); !present) return fail(std::move(present.error()));
    return Parsed::run;
}

Options::Found Options::find(std::string_view word) const {
    const std::size_t equals = word.find('=');
    for (const Option& option : options_) {
        if (option.is_argument()) continue;
        const std::string_view brief = short_name(option);
        if (word == long_name(option) || (!brief.empty() && word == brief)) return {&option, {}};
        if (equals != std::string_view::npos && word.substr(0, equals) == long_name(option))
            return {&option, word.substr(equals + 1)};
        if (!brief.empty() && word.starts_with(brief)) return {&option, word.substr(brief.size())};
    }
    return {};
}

Result<void> Options::take_argument(std::string_view word) {
    for (const Option& option : options_) {
        if (!option.is_argument() || option.text->has_value()) continue;
        *option.text = word;
        return {};
    }
    return refuse(word, "was not expected");
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
            return refuse(long_name(option), "is required");
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
