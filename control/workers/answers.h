// What a dead worker still owes: an answer to every request it was given and did not answer itself.
//
// Its own stream is read as the consumer that it was, to the end; of the shared stream of
// developers only what was handed to it. Each answer and its acknowledgement are one transaction
// under the request's key, so that neither a second call nor a worker that was not quite dead can
// publish another.
#pragma once

#include "control/bus/bus.h"
#include "control/workers/setting.h"

namespace control {

[[nodiscard]] std::string input_stream(const WorkerRow& worker);

// Returns how many answers were published.
[[nodiscard]] Result<int> answer_for_dead(const WorkersSetting& setting, Bus& bus,
                                          const WorkerRow& worker);

}  // namespace control
