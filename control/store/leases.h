// Leases: which one of many daemons may do what only one may do. A lease has a holder, an end, and
// a fencing number that grows with each new holding. A daemon that was slow, and whose lease has
// meanwhile become another's, is refused by `check` in the transaction in which it wants to write.
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

// Takes the lease when it is free or over, and extends it when `holder` holds it (its fencing
// number stays): until `now + length`. Nothing: another one holds it.
[[nodiscard]] Result<std::optional<Lease>> acquire(Queries& db, const std::string& name,
                                                   const std::string& holder,
                                                   contracts::Timestamp now,
                                                   std::chrono::milliseconds length);
// Fails with `conflict` (field "lease") when another holding has begun since this one. To be called
// in each transaction that only the holder may commit.
[[nodiscard]] Result<void> check(Queries& db, const Lease& lease);
// Gives it back before its end, so that another may have it at once. Of an older holding: nothing.
[[nodiscard]] Result<void> release(Queries& db, const Lease& lease);
[[nodiscard]] Result<std::optional<Lease>> find(Queries& db, const std::string& name);

}  // namespace leases
}  // namespace control
