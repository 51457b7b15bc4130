// Leases: which of several daemons does work that only one may do. A lease has a holder, an end,
// and a fencing number that grows with each new holding. If a daemon was slow and another one has
// taken its lease, `check` refuses its next write, in the transaction of that write.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <chrono>

namespace control {

struct Lease {
    std::string name;
    std::string holder;
    std::int64_t fencing = 0;
    contracts::Timestamp until{};
};

namespace leases {

// Takes the lease if it is free or expired, and extends it if `holder` holds it (its fencing number
// stays): until `now + length`. Empty: another daemon holds it.
[[nodiscard]] Result<std::optional<Lease>> acquire(Queries& db, const std::string& name,
                                                   const std::string& holder,
                                                   contracts::Timestamp now,
                                                   std::chrono::milliseconds length);
// Fails with `conflict` (field "lease") if another holding has begun since this one. Call it in
// each transaction that only the holder may commit.
[[nodiscard]] Result<void> check(Queries& db, const Lease& lease);
// Returns the lease before its end, so that another daemon can have it at once. Ignores an older
// holding.
[[nodiscard]] Result<void> release(Queries& db, const Lease& lease);
[[nodiscard]] Result<std::optional<Lease>> find(Queries& db, const std::string& name);

}  // namespace leases
}  // namespace control
