#include "cli/commands/commands.h"
#include "cli/program.h"
#include "contracts/base/core_dump.h"
#include "contracts/base/standard_descriptors.h"

#include <csignal>
#include <cstdlib>

int main(int argc, char** argv) {
    contracts::open_standard_descriptors();
    contracts::leave_no_core();  // it would contain the token, and what was typed
    // If a peer goes away, the write fails; the program is not killed.
    std::signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    const contracts::SystemClock clock;
    cli::SleepingWaiter waiter;
    const cli::Surroundings surroundings{
        [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
        },
        clock, waiter};
    return cli::run_program(arguments, cli::commands::all(), surroundings);
}
