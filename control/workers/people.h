// Commands of people to workers, as rows (store/commands.h): to end one at once, to show its
// output. The ticker picks them up, and the thread that has the worker carries them out, so that
// each is done once and never at the same time as other work on that worker.
#pragma once

#include "control/workers/setting.h"

namespace control {

// Marks commands that can be carried out as taken; refuses the others with the reason. Returns the
// workers that have commands now, including those from an earlier run. Failure: the store's.
[[nodiscard]] Result<std::vector<std::string>> take_up_commands(const WorkersSetting& setting);

// Carries out the taken commands of this worker. `worker` becomes its row's new content. If the
// runtime or the store fails, the command stays taken and is tried again.
[[nodiscard]] Result<void> obey_commands(const WorkersSetting& setting, WorkerRow& worker);

}  // namespace control
