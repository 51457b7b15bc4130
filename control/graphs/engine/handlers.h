// What a module gives the engine and the outbox apart from its graph: writers, which change rows in
// the transaction of a step, and call handlers, which run slow work after it.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/json.h"
#include "contracts/base/result.h"
#include "control/store/database.h"

#include <functional>
#include <map>
#include <string>

namespace control::graphs {

// Changes another entity's row in the step's transaction. `conflict` means that the entity no
// longer accepts it (a cancelled task): the thread is cancelled instead. Any other error that a
// retry cannot fix blocks the thread.
using Writer = std::function<contracts::Result<void>(Queries&, const contracts::Json& body,
                                                     contracts::Timestamp now)>;
using Writers = std::map<std::string, Writer>;

// Runs outside of any transaction and may be run again after a crash, so it must tolerate being run
// twice. The value becomes the body {"ok":true,"value":…} of the event "called:<effect key>"; an
// Error becomes {"ok":false,"kind","error"}, where `kind` is "not_found", "conflict", "invalid",
// "transient" or "permanent". A retryable Error is tried three times before that.
using CallHandler = std::function<contracts::Result<contracts::Json>(const contracts::Json&)>;
using CallHandlers = std::map<std::string, CallHandler>;

}  // namespace control::graphs
