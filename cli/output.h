// The output of a command: one line of JSON on stdout, with `-o table` text for people, with
// `--quiet` ids alone (failures then on stderr).
#pragma once

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/paint.h"

namespace cli {

enum class Format { json, table };
inline constexpr std::string_view kFormatNames[] = {"json", "table"};
constexpr contracts::Choices choices_of(Format) {
    return kFormatNames;
}

struct Style {
    Format format = Format::json;
    bool quiet = false;
    Paint out = Paint::none;  // of a table
    Paint err = Paint::none;  // of words on stderr
};

struct Failure {
    std::string word;  // "ValidationError"
    contracts::Error error;
    int exit_code = kFailure;
    std::string request_id{};  // with which the same command can be sent again
    contracts::Json data{};    // what the command found, under "data" of the details
    // Of a command that is not allowed: what is.
    std::optional<std::vector<std::string>> allowed_commands{};
};

[[nodiscard]] Failure failure_of(contracts::Error error);
// The arguments do not fit the command.
[[nodiscard]] Failure usage_failure(contracts::Error error);

[[nodiscard]] Printed print(const Outcome& outcome, const Style& style);
[[nodiscard]] Printed print(const Failure& failure, const Style& style);

// Writes all of it. Fails if the descriptor accepts no more, so that a result that was not printed
// is not reported as success.
[[nodiscard]] contracts::Result<void> write_all(int fd, std::string_view text);

// Writes each line there; a reader that has gone is not an error of the command.
[[nodiscard]] ProgressLine lines_to(int fd);

}  // namespace cli
