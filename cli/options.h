// The options of one command: the command declares them once, and parsing, --help and completion
// use that declaration. Only the chosen command declares its options, so a start costs only what it
// uses.
#pragma once

#include "contracts/base/result.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// "-o,--output" has a short and a long name.
[[nodiscard]] constexpr std::string_view long_name_of(std::string_view name) {
    return name.substr(name.find(',') + 1);
}

struct Option {
    std::string_view name;         // "--name"; for an argument, "ID"
    std::string_view placeholder;  // its value in the help; empty: a flag
    std::string_view help;
    std::span<const std::string_view> choices{};  // offered by completion
    bool required = false;
    std::optional<std::string>* text = nullptr;
    bool* flag = nullptr;

    [[nodiscard]] bool is_argument() const { return !name.starts_with('-'); }
    [[nodiscard]] bool is_given() const { return flag != nullptr ? *flag : text->has_value(); }
    [[nodiscard]] std::string_view long_name() const { return long_name_of(name); }
    [[nodiscard]] std::string_view short_name() const {
        return name.substr(0, name.size() - long_name().size()).substr(0, 2);
    }
};

enum class Parsed { run, help };

class Options {
public:
    // The targets belong to the command and must outlive this object.
    void text(std::string_view name, std::string_view placeholder,
              std::optional<std::string>& target, std::string_view help,
              std::span<const std::string_view> choices = {});
    void required(std::string_view name, std::string_view placeholder,
                  std::optional<std::string>& target, std::string_view help);
    void argument(std::string_view name, std::optional<std::string>& target, std::string_view help,
                  std::span<const std::string_view> choices = {});
    void flag(std::string_view name, bool& target, std::string_view help);
    // At most one of these two may be given.
    void exclusive(std::string_view one, std::string_view other);

    // Fails with `invalid`; `field` is the option or the argument that does not fit.
    [[nodiscard]] contracts::Result<Parsed> parse(std::span<const std::string_view> arguments);
    // "--project ID [--spec TEXT]", to follow the command's words.
    [[nodiscard]] std::string usage() const;
    // `permission`: the command's name in ALLOWED_COMMANDS; empty: it needs none.
    [[nodiscard]] std::string help(std::string_view command, std::string_view summary,
                                   std::string_view example, std::string_view permission) const;
    [[nodiscard]] const std::vector<Option>& all() const { return options_; }

private:
    struct Found {
        const Option* option = nullptr;
        std::optional<std::string_view> value{};  // the value in the same word, if any
    };
    [[nodiscard]] Found find(std::string_view word) const;
    [[nodiscard]] std::unexpected<contracts::Error> not_expected(std::string_view word) const;
    [[nodiscard]] contracts::Result<void> take_argument(std::string_view word);
    [[nodiscard]] contracts::Result<void> check_presence() const;

    std::vector<Option> options_;
    std::vector<std::pair<std::string_view, std::string_view>> exclusive_;
};

}  // namespace cli
