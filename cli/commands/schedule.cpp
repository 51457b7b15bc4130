// Periodic tasks: shows how they went, and runs one now.
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Json;
using contracts::Result;

class ScheduleList final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        return list(session, "/api/schedule",
                    {"name", "next_at", "ended_at", "outcome", "error", "runs", "failures"});
    }
};

class ScheduleRun final : public Command {
public:
    void declare(Options& options) override {
        options.argument("NAME", name_, "the task's name, as schedule list shows it");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> name = check_identifier("name", *name_); !name) return name.fault();
        Result<ApiAnswer> answer =
            session.destination->api({"POST", "/api/schedule/" + *name_ + "/run", Json::object()});
        if (!answer) return answer.fault();
        return Outcome{std::move(answer->body),
                       "it is running; orchestrator schedule list shows its result"};
    }

private:
    std::optional<std::string> name_;
};

}  // namespace

std::unique_ptr<Command> schedule_list() {
    return std::make_unique<ScheduleList>();
}
std::unique_ptr<Command> schedule_run() {
    return std::make_unique<ScheduleRun>();
}

}  // namespace cli::commands
