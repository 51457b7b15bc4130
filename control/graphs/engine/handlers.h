// What a module gives the engine and the outbox beside its graph: writers, which change rows in the
// transaction of a step, and call handlers, which do what takes time after it.
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
// longer takes it (a cancelled task): the thread is cancelled instead. Any other error that a retry
// does not mend blocks the thread.
using Writer = std::function<contracts::Result<void>(Queries&, const contracts::Json& body,
                                                     contracts::Timestamp now)>;
using Writers = std::map<std::string, Writer>;

// Runs outside of any transaction and may be run again after a crash, so what it does must bear
// being done twice. The value becomes the body {"ok":true,"value":…} of the event
// "called:<effect key>"; an Error becomes {"ok":false,"kind","error"}, where `kind` is "not_found",
// "conflict", "invalid", "transient" or "permanent". A retryable Error is tried three times before
// that.
using CallHandler = std::function<contracts::Result<contracts::Json>(const contracts::Json&)>;
using CallHandlers = std::map<std::string, CallHandler>;

}  // namespace control::graphs
