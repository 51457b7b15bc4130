// Commands to flows and workers: the API stores a command as a row, and the daemon that has the
// flow or the worker carries it out.
#pragma once

#include "cli/command.h"

namespace cli::commands {

struct Steering {
    std::string_view target;  // "flow", "task", "worker"
    std::string id;
    std::string_view command;  // "pause"
    std::optional<std::string> node{};
    std::optional<std::string> text{};
};

// Sends the command and waits until it is carried out; the outcome's data is its row. Failure:
// `conflict` with the daemon's reason if it refused, `timed_out` if no daemon picked it up.
[[nodiscard]] contracts::Result<Outcome> steer(Session& session, const Steering& asked);

// "-" is standard input.
[[nodiscard]] contracts::Result<std::string> read_answer(std::string typed, int stdin_fd);

}  // namespace cli::commands
