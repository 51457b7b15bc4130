// Messages that a transaction wants to publish: a daemon with the role `graphs` sends them within
// seconds after the commit. For code outside of threads; a thread's effects are in threads.h.
#pragma once

#include "contracts/base/json.h"
#include "control/store/database.h"

#include <string>

namespace control::outbox {

// The owner of these effects until a daemon takes them.
inline constexpr const char* kUnclaimed = "unclaimed";

// `key` identifies the message: a second one with the same key is `conflict`.
[[nodiscard]] Result<void> post(Queries& db, const std::string& key, std::string_view stream,
                                const contracts::Json& message);

}  // namespace control::outbox
