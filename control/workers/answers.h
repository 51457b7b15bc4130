// Answers for a dead worker: one to every request that was delivered to it and that it did not
// answer.
//
// Its own stream is read to the end as the consumer that it was; of the developers' shared stream
// only what was delivered to it. Each answer and its acknowledgement are one transaction under the
// request's key, so that neither a second call nor a worker that was still alive can publish
// another.
#pragma once

#include "control/bus/bus.h"
#include "control/workers/setting.h"

namespace control {

[[nodiscard]] std::string input_stream(const WorkerRow& worker);

// Returns how many answers were published.
[[nodiscard]] Result<int> answer_for_dead(const WorkersSetting& setting, Bus& bus,
                                          const WorkerRow& worker);

}  // namespace control
