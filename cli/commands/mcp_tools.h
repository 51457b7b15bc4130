// Commands as tools of the Model Context Protocol: the description that a client gets, and its
// arguments as the words that a person would have typed. Both come from what the command declares,
// as help, completion and the man page do.
#pragma once

#include "cli/command.h"

namespace cli::commands {

// Whether the command can be a tool: it needs a connection and reads nothing from a terminal.
[[nodiscard]] bool is_tool(const CommandEntry& entry);

// "project_secret_set": the permission, with only the characters that all clients accept.
[[nodiscard]] std::string tool_name(const CommandEntry& entry);

// {"name": …, "description": …, "inputSchema": …}
[[nodiscard]] contracts::Json tool_of(const CommandEntry& entry);

// The words of the call. Failure: `invalid`; the field is the argument that does not fit.
[[nodiscard]] contracts::Result<std::vector<std::string>> words_of_call(
    const CommandEntry& entry, const contracts::Json& arguments);

}  // namespace cli::commands
