#include "cli/options.h"

#include "contracts/base/nearest.h"

#include <algorithm>

namespace cli {

namespace {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

std::string usage_words(const Option& option) {
    std::string words(option.long_name());
    if (!option.is_argument() && !option.placeholder.empty())
        words.append(" ").append(option.placeholder);
    return option.required ? words : '[' + words + ']';
}

std::unexpected<Error> refuse(std::string_view field, std::string_view what) {
    return fail(ErrorKind::invalid, what, field);
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
                       std::string_view help, std::span<const std::string_view> choices) {
    options_.push_back({name, name, help, choices, true, &target, nullptr});
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
            if (Result<void> taken = take_argument(word); !taken) return taken.fault();
            continue;
        }
        if (word == "--help" || word == "-h") return Parsed::help;
        only_arguments = word == "--";
        if (only_arguments) continue;
        // The value follows "=" or a short name, or is the next word, even one like an option.
        const Found found = find(word);
        if (found.option == nullptr) return not_expected(word);
        if (found.option->flag != nullptr) {
            if (found.value) return refuse(found.option->long_name(), "takes no value");
            *found.option->flag = true;
            continue;
        }
        if (!found.value && at + 1 == arguments.size())
            return refuse(found.option->long_name(), "needs a value");
        if (found.option->text->has_value())
            return refuse(found.option->long_name(), "is given twice");
        *found.option->text = found.value ? *found.value : arguments[++at];
    }
    if (Result<void> present = check_presence(); !present) return present.fault();
    return Parsed::run;
}

std::unexpected<Error> Options::not_expected(std::string_view word) const {
    std::vector<std::string_view> names;
    for (const Option& option : options_)
        if (!option.is_argument()) names.push_back(option.long_name());
    // The text after the = may be a secret.
    word = word.substr(0, word.find('='));
    const std::string_view meant = contracts::nearest(word, names);
    return fail(ErrorKind::invalid, "was not expected", std::string(word),
                meant.empty() ? "" : std::string("did you mean ").append(meant).append("?"));
}

Options::Found Options::find(std::string_view word) const {
    const std::size_t equals = word.find('=');
    for (const Option& option : options_) {
        if (option.is_argument()) continue;
        const std::string_view brief = option.short_name();
        if (word == option.long_name() || (!brief.empty() && word == brief)) return {&option, {}};
        if (equals != std::string_view::npos && word.substr(0, equals) == option.long_name())
            return {&option, word.substr(equals + 1)};
        if (!brief.empty() && word.starts_with(brief)) return {&option, word.substr(brief.size())};
    }
    return {};
}

Result<void> Options::take_argument(std::string_view word) {
    int given = 0;
    for (const Option& option : options_) {
        if (!option.is_argument() || (++given, option.text->has_value())) continue;
        *option.text = word;
        return {};
    }
    // The word itself is not repeated: people put secrets where they do not belong.
    return refuse("argument " + std::to_string(given + 1), "was not expected");
}

Result<void> Options::check_presence() const {
    const auto given = [&](std::string_view name) {
        for (const Option& option : options_)
            if (option.name == name) return option.is_given();
        return false;
    };
    for (const auto& [one, other] : exclusive_)
        if (given(one) && given(other))
            return refuse(long_name_of(other),
                          std::string("cannot be given together with ").append(long_name_of(one)));
    for (const Option& option : options_)
        if (option.required && !option.text->has_value())
            return refuse(option.long_name(), "is required");
    return {};
}

std::string Options::usage() const {
    std::string text;
    for (const Option& option : options_)
        text.append(text.empty() ? "" : " ").append(usage_words(option));
    return text;
}

std::string Options::help(std::string_view command, std::string_view summary,
                          std::string_view example, std::string_view permission) const {
    std::string text("usage: orchestrator ");
    text.append(command).append(" ").append(usage()).append("\n\n");
    text.append(summary).append("\n\n");
    for (const Option& option : options_) {
        std::string left("  ");
        left.append(option.name);
        if (!option.is_argument() && !option.placeholder.empty())
            left.append(" ").append(option.placeholder);
        left.resize(std::max<std::size_t>(left.size() + 2, 26), ' ');
        text.append(left).append(option.help).append("\n");
    }
    text.append("\nexample:\n  orchestrator ").append(example).append("\n");
    if (!permission.empty()) text.append("\npermission: ").append(permission).append("\n");
    return text;
}

}  // namespace cli
