#include "cli/commands/commands.h"

namespace cli::commands {

namespace {

class Version final : public Command {
public:
    void declare(Options& options) override {
        options.flag("--line", line_, "as one line for people, like --version without a command");
    }
    contracts::Result<Outcome> run(Session&) override {
        Outcome outcome{contracts::Json{{"version", ORCH_VERSION}}};
        if (line_) outcome.plain = "orchestrator " ORCH_VERSION "\n";
        return outcome;
    }

private:
    bool line_ = false;
};

}  // namespace

std::unique_ptr<Command> version() {
    return std::make_unique<Version>();
}

}  // namespace cli::commands
