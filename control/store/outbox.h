// Messages that a transaction wants to publish: a daemon with the role `graphs` sends them within
// seconds after the commit. For code that does not move a thread; a thread's effects are in
// threads.h.
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
