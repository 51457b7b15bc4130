#include "cli/commands/commands.h"
#include "cli/commands/mcp_server.h"
#include "cli/output.h"

#include <unistd.h>
#include <array>
#include <cerrno>

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

// Splits the input of a descriptor into lines; lines that are too long are dropped.
class InputLines {
public:
    explicit InputLines(int fd) : fd_(fd) {}

    // Returns the number of bytes read, or 0 at the end of the input.
    Result<std::size_t> read() {
        std::array<char, 64 << 10> bytes;
        ssize_t count = 0;
        do
            count = ::read(fd_, bytes.data(), bytes.size());
        while (count < 0 && errno == EINTR);
        if (count < 0) return fail(ErrorKind::fatal, "standard input cannot be read", "stdin");
        pending_.append(bytes.data(), static_cast<std::size_t>(count));
        return static_cast<std::size_t>(count);
    }

    // Calls `take` for each complete line, and `refuse` once for a line that is too long.
    template <class Take, class Refuse>
    void each(Take take, Refuse refuse) {
        std::size_t from = 0;
        for (std::size_t end; (end = pending_.find('\n', from)) != std::string::npos;
             from = end + 1) {
            const std::string_view line = std::string_view(pending_).substr(from, end - from);
            if (!std::exchange(is_skipping_, false)) take(line);
        }
        pending_.erase(0, from);
        if (pending_.size() <= kMaxMcpLine) return;
        if (!std::exchange(is_skipping_, true)) refuse();
        pending_.clear();
    }

private:
    int fd_;
    std::string pending_;
    bool is_skipping_ = false;
};

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

class Mcp final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override;
};

// Serves until the client closes our standard input.
Result<Outcome> Mcp::run(Session& session) {
    Result<std::optional<contracts::AllowedCommands>> allowed = session.allowed();
    if (!allowed) return allowed.fault();
    Result<void> written;
    McpServer server(session, std::move(*allowed), [&](const contracts::Json& message) {
        if (written) written = write_all(session.stdout_fd, contracts::dump_json(message) + '\n');
    });
    InputLines lines(session.stdin_fd);
    for (;;) {
        const Result<std::size_t> count = lines.read();
        if (!count) return count.fault();
        if (*count == 0) break;
        lines.each(
            [&](std::string_view line) {
                if (!is_blank(line)) server.take(line);
            },
            [&] { server.refuse_long_line(); });
        if (!written) return written.fault();
    }
    Outcome said;
    said.plain = std::string();  // everything has been written to the client already
    return said;
}

}  // namespace

std::unique_ptr<Command> mcp() {
    return std::make_unique<Mcp>();
}

}  // namespace cli::commands
