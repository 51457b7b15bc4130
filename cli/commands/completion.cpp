#include "cli/commands/commands.h"
#include "cli/commands/completion_script.h"

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

class Completion final : public Command {
public:
    void declare(Options& options) override {
        options.argument("SHELL", shell_, "bash, zsh or fish", kShellNames);
    }

    Result<Outcome> run(Session& session) override {
        const std::optional<Shell> shell = contracts::parse_choice<Shell>(*shell_);
        if (!shell) return fail(ErrorKind::invalid, "must be one of: bash, zsh, fish", "shell");
        Outcome outcome;
        outcome.plain = completion_script(*shell, session.commands);
        return outcome;
    }

private:
    std::optional<std::string> shell_;
};

}  // namespace

std::unique_ptr<Command> completion() {
    return std::make_unique<Completion>();
}

}  // namespace cli::commands
