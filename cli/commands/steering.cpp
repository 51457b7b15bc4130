#include "cli/commands/steering.h"

#include "cli/input.h"

namespace cli::commands {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::text_at;

namespace {

constexpr std::chrono::milliseconds kAskAgain{100};
// A running daemon has picked the command up within this time.
constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kMaxAnswer = 64 << 10;

Result<Json> ask(Session& session, const Steering& asked) {
    if (Result<void> id = check_identifier("id", asked.id); !id) return id.fault();
    Json body{{"target", std::string(asked.target)},
              {"target_id", asked.id},
              {"command", std::string(asked.command)}};
    if (asked.node) body["node"] = *asked.node;
    if (asked.text) body["text"] = *asked.text;
    Result<ApiAnswer> answer =
        session.destination->api({"POST", "/api/commands", std::move(body), session.request_id});
    if (!answer) return answer.fault();
    return std::move(answer->body);
}

}  // namespace

Result<Outcome> steer(Session& session, const Steering& asked) {
    Result<Json> row = ask(session, asked);
    if (!row) return row.fault();
    const std::string id = text_at(*row, "id");
    const contracts::Instant deadline = session.clock.instant() + kPatience;
    while (true) {
        const std::string status = text_at(*row, "status");
        if (status == "done") break;
        if (status == "refused")
            return fail(ErrorKind::conflict, text_at(*row, "reason"), {},
                        text_at(*row, "next_step"));
        if (session.clock.instant() >= deadline)
            return fail(ErrorKind::timed_out,
                        "command " + id + " is recorded, and no daemon has carried it out yet", {},
                        "orchestrator diagnose work shows whether a daemon would pick it up");
        session.waiter.wait(kAskAgain);
        Result<ApiAnswer> answer = session.destination->api({"GET", "/api/commands/" + id});
        if (!answer) return answer.fault();
        row = std::move(answer->body);
    }
    return Outcome{*std::move(row), std::string(asked.target) + " " + asked.id + ": " +
                                        std::string(asked.command) + " is done"};
}

Result<std::string> read_answer(std::string typed, int stdin_fd) {
    if (typed == "-") {
        Result<std::string> read = read_text_file("text", "-", stdin_fd, kMaxAnswer);
        if (!read) return read;
        typed = *std::move(read);
    }
    if (typed.empty() || typed.size() > kMaxAnswer)
        return fail(ErrorKind::invalid, "must have 1 to " + std::to_string(kMaxAnswer) + " bytes",
                    "text");
    if (Result<void> checked = check_text("text", typed); !checked) return checked.fault();
    return typed;
}

}  // namespace cli::commands
