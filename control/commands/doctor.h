// `orchestratord doctor`: each worker as the store, the runtime, the bus and the disk see it now,
// and the rule for each disagreement (control/workers/reconcile_rules.h). It reads with or without
// a running daemon, and changes something only with --fix, while no daemon runs.
#pragma once

#include "control/settings/settings.h"

#include <string>

namespace CLI {
class App;
}

namespace control {

// The command's options.
struct DoctorWords {
    bool fix = false;
    bool json = false;
};

// Declares the command and its options; `words` outlives the parse.
void declare_doctor(CLI::App& app, DoctorWords& words);

// `redis_url`: that of the running daemon; empty if none runs. Prints to standard output and
// returns how many disagreements are left. Failure: what cannot be opened or read; `conflict` for
// --fix while a daemon runs.
[[nodiscard]] contracts::Result<int> run_doctor(const DoctorWords& words, const Settings& settings,
                                                const std::string& redis_url);

}  // namespace control
