#include "cli/commands/commands.h"

namespace cli::commands {

namespace {

class Version final : public Command {
public:
    void declare(Options&) override {}
    contracts::Result<Outcome> run(Session&) override {
        return Outcome{contracts::Json{{"version", ORCH_VERSION}}, "orchestrator " ORCH_VERSION};
    }
};

}  // namespace

std::unique_ptr<Command> version() {
    return std::make_unique<Version>();
}

}  // namespace cli::commands
