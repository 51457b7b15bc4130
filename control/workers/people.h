// Commands of people to workers, as rows (store/commands.h): to end one at once, to show what one
// wrote. Taken up by the ticker, carried out on the thread that has the worker, so that it happens
// once and beside nothing else of that worker's.
#pragma once

#include "control/workers/setting.h"

namespace control {

// Marks those that can be carried out as taken; the others are refused with the reason. Returns the
// workers that have work now, the ones of an earlier life among them. Failure: the store's.
[[nodiscard]] Result<std::vector<std::string>> take_up_commands(const WorkersSetting& setting);

// Carries out what was taken for this worker. `worker` becomes what its row now is. A failure of
// the runtime or the store leaves the command taken, to be tried again.
[[nodiscard]] Result<void> obey_commands(const WorkersSetting& setting, WorkerRow& worker);

}  // namespace control
