// The daemons that share a store: lists them, and gives up one that will not come back.
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Json;
using contracts::Result;

class DaemonList final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        return list(session, "/api/daemons",
                    {"name", "host", "roles", "alive", "started_at", "seen_at", "forgotten_at"});
    }
};

class DaemonForget final : public Command {
public:
    void declare(Options& options) override {
        options.argument("NAME", name_, "the daemon's name, as daemon list shows it");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> name = check_identifier("name", *name_); !name) return name.fault();
        Result<ApiAnswer> answer = session.destination->api(
            {"POST", "/api/daemons/" + *name_ + "/forget", Json::object()});
        if (!answer) return answer.fault();
        return Outcome{std::move(answer->body), "daemon " + *name_ +
                                                    " is given up; another daemon answers for its "
                                                    "workers within a minute"};
    }

private:
    std::optional<std::string> name_;
};

}  // namespace

std::unique_ptr<Command> daemon_list() {
    return std::make_unique<DaemonList>();
}
std::unique_ptr<Command> daemon_forget() {
    return std::make_unique<DaemonForget>();
}

}  // namespace cli::commands
