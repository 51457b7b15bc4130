// Messages that a transaction wants on a stream: they go out once it has committed, by whichever
// daemon has the role `graphs`, seconds later. For those who move no thread; a thread's effects are
// in threads.h.
#pragma once

#include "contracts/base/json.h"
#include "control/store/database.h"

#include <string>

namespace control::outbox {

// Whose effects these are until a daemon takes them.
inline constexpr const char* kUnclaimed = "unclaimed";

// `key` is the message's own: a second one with it is `conflict`.
[[nodiscard]] Result<void> post(Queries& db, const std::string& key, std::string_view stream,
                                const contracts::Json& message);

}  // namespace control::outbox
