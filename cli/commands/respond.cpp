#include "cli/commands/commands.h"
#include "cli/input.h"
#include "contracts/agent_socket/protocol.h"

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

class Respond final : public Command {
public:
    void declare(Options& options) override {
        options.required("--message", "M", message_,
                         "the message for the user; - reads standard input");
    }
    Result<Outcome> run(Session& session) override {
        if (*message_ == "-") {
            Result<std::string> read =
                read_text_file("message", "-", session.stdin_fd, contracts::kMaxRespondBytes);
            if (!read) return read.fault();
            message_ = *std::move(read);
        }
        const std::string& text = *message_;
        if (text.empty() || text.size() > contracts::kMaxRespondBytes)
            return fail(ErrorKind::invalid,
                        "must have 1 to " + std::to_string(contracts::kMaxRespondBytes) + " bytes",
                        "message");
        if (Result<void> checked = check_text("message", text); !checked) return checked.fault();
        if (Result<void> told = session.destination->respond(text, session.request_id); !told)
            return told.fault();
        return Outcome{Json{{"request_id", session.request_id}},
                       "the message was sent to the user"};
    }

private:
    std::optional<std::string> message_;
};

}  // namespace

std::unique_ptr<Command> respond() {
    return std::make_unique<Respond>();
}

}  // namespace cli::commands
