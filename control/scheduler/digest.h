// Messages to users from periodic tasks: the reminders of Product Owners, and the digests of users.
// Each is sent in the transaction that records it as sent.
#pragma once

#include "contracts/base/clock.h"
#include "control/scheduler/periodic.h"
#include "control/store/digests.h"

namespace control {

// The periodic tasks "reminders" and "digest". They borrow both.
[[nodiscard]] PeriodicTask reminders_task(Database& db, const contracts::Clock& clock,
                                          std::chrono::seconds interval);
[[nodiscard]] PeriodicTask digest_task(Database& db, const contracts::Clock& clock,
                                       std::chrono::seconds interval);

struct Money {
    SpendingRow spent;           // since the last digest
    std::vector<Budget> caps;    // those of the user, of the user's projects and tasks
    std::vector<Spent> against;  // the amounts spent against each, in their order
};
// The text for the user.
[[nodiscard]] std::string digest_text(const DigestRow& row, const Standing& standing,
                                      const Money& money);

}  // namespace control
