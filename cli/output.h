// The output of a command: one line of JSON on stdout; with `-o table`, text for people; with
// `--quiet`, only ids (failures go to stderr).
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
    Paint out = Paint::none;  // for a table
    Paint err = Paint::none;  // for text on stderr
};

struct Failure {
    std::string word;  // "ValidationError"
    contracts::Error error;
    int exit_code = kFailure;
    std::string request_id{};  // to send the same command again
    contracts::Json data{};    // what the command found, under "data" of the details
    // The allowed commands, if this one is not allowed.
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

// Writes each line to `fd`; if nobody reads them, the command still succeeds.
[[nodiscard]] ProgressLine lines_to(int fd);

}  // namespace cli
