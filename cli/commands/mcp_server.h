// The server's side of the Model Context Protocol over lines: one JSON-RPC 2.0 message in, at most
// one answer out, and notifications of progress while a tool runs.
//
// Failure: a faulty line is answered with an error, and the next line is read. A tool that fails is
// not an error of the protocol: its answer has isError and the line of JSON that the command
// prints. Calls run one after the other.
// Source: modelcontextprotocol.io, revisions 2024-11-05 to 2025-11-25.
#pragma once

#include "cli/command.h"

namespace cli::commands {

// A message may contain a specification of kMaxSpecBytes, escaped.
inline constexpr std::size_t kMaxMcpLine = 8 << 20;

class McpServer {
public:
    using Send = std::function<void(const contracts::Json& message)>;

    // Borrows the session. `allowed` empty: every command is a tool.
    McpServer(Session& session, std::optional<contracts::AllowedCommands> allowed, Send send)
        : session_(session), allowed_(std::move(allowed)), send_(std::move(send)) {}

    void take(std::string_view line);
    // Answers a line that was longer than kMaxMcpLine and was dropped.
    void refuse_long_line();

private:
    void request(const std::string& method, const contracts::Json& id,
                 const contracts::Json& parameters);
    void initialize(const contracts::Json& id, const contracts::Json& parameters);
    void list_tools(const contracts::Json& id);
    void call_tool(const contracts::Json& id, const contracts::Json& parameters);
    [[nodiscard]] const CommandEntry* tool(std::string_view name) const;
    [[nodiscard]] bool is_offered(const CommandEntry& entry) const;
    [[nodiscard]] ProgressLine progress_of(const contracts::Json& parameters) const;

    void answer(const contracts::Json& id, contracts::Json result);
    void refuse_method(const contracts::Json& id);
    void refuse(const contracts::Json& id, int code, std::string_view message);

    Session& session_;
    std::optional<contracts::AllowedCommands> allowed_;
    Send send_;
    bool is_initialized_ = false;
};

}  // namespace cli::commands
