// Words to users from periodic tasks: what a Product Owner asked to be reminded of, and the digest
// of a user who wants one. Each goes out in the transaction that notes it as told.
#pragma once

#include "contracts/base/clock.h"
#include "control/scheduler/periodic.h"
#include "control/store/digests.h"

namespace control {

inline constexpr std::chrono::seconds kRemindersEvery{10};
inline constexpr std::chrono::seconds kDigestsEvery{60};

// The periodic tasks "reminders" and "digest". They borrow both.
[[nodiscard]] PeriodicTask reminders_task(Database& db, const contracts::Clock& clock);
[[nodiscard]] PeriodicTask digest_task(Database& db, const contracts::Clock& clock);

struct Money {
    SpendingRow spent;           // since the last digest
    std::vector<Budget> caps;    // of the user and of his projects and tasks
    std::vector<Spent> against;  // of each, in their order
};
// What the user reads.
[[nodiscard]] std::string digest_text(const DigestRow& row, const Standing& standing,
                                      const Money& money);

}  // namespace control
