// What the store erases, and when. Every table that grows with use is listed here.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

namespace control {

struct Retention {
    std::chrono::days executions{90};
    std::chrono::days threads{30};  // that have ended for good, with their steps and waits
    std::chrono::days events{7};    // handled ones: for this long a second delivery is recognised
    std::chrono::days workers{7};   // that were removed
    std::chrono::days conversations{90};
    std::chrono::days tokens{30};       // after they ended; keys without an end that people created
                                        // stay
    std::chrono::days daemons{30};      // that were not seen since
    std::chrono::days commands{90};     // of people to flows, workers and settings
    std::chrono::days health{7};        // checks of deployments and servers, by the hour
    std::chrono::days transcripts{30};  // of workers, since their end
    std::chrono::days audit{365};       // the audit log
    int at_once = 500;                  // rows in one transaction
};

// One pass: erases at most `at_once` rows of each table, each table in a transaction of its own, so
// that nobody waits long. Returns how many rows were erased (a thread counts as one); unless it is
// 0, there may be more. Answers remembered for a day are erased when the day is over.
[[nodiscard]] Result<std::int64_t> forget_old_rows(Database& db, const Retention& keep,
                                                   contracts::Timestamp now);

}  // namespace control
