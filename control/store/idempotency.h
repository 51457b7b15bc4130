// Answers to requests that created something, kept so that a repeated request gets the same answer
// and creates nothing. Written in the transaction that creates the row.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

namespace control::idempotency {

inline constexpr std::chrono::hours kRemembered{24};

// One request: its sender, target, key and body.
struct Request {
    std::string caller;
    std::string route;
    std::string key;
    std::string body_digest;
};

// The earlier answer; empty if there was none. The same key with another body is `conflict`, field
// "Idempotency-Key".
[[nodiscard]] Result<std::optional<std::string>> recall(Queries& db, const Request& request,
                                                        contracts::Timestamp now);
// Also erases some that have expired.
[[nodiscard]] Result<void> remember(Queries& db, const Request& request, const std::string& answer,
                                    contracts::Timestamp now);

}  // namespace control::idempotency
