// `orchestratord doctor`: each worker as the store, the runtime, the bus and the disk know it now,
// and what the rules for disagreements say (control/workers/reconcile_rules.h). It reads beside a
// daemon or without one, and changes something only with --fix, while no daemon runs.
#pragma once

#include "control/settings/settings.h"

#include <string>

namespace CLI {
class App;
}

namespace control {

// What was typed.
struct DoctorWords {
    bool fix = false;
    bool json = false;
};

// Declares the command and its words; `words` outlives the parse.
void declare_doctor(CLI::App& app, DoctorWords& words);

// `redis_url`: of the daemon that serves here; empty: none does. Prints to standard output and
// returns how many disagreements are left. Failure: what cannot be opened or looked at; `conflict`
// for --fix beside a daemon.
[[nodiscard]] contracts::Result<int> run_doctor(const DoctorWords& words, const Settings& settings,
                                                const std::string& redis_url);

}  // namespace control
