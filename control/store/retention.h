// What the store forgets, and when. Everything that grows with use is here.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

namespace control {

struct Retention {
    std::chrono::days executions{90};
    std::chrono::days threads{30};  // that ended for good, with their steps and waits
    std::chrono::days events{7};    // taken in: so long a second delivery is recognised
    std::chrono::days workers{7};   // that were removed
    std::chrono::days conversations{90};
    std::chrono::days tokens{30};    // after they ended; lasting keys that people made stay
    std::chrono::days daemons{30};   // that were not seen since
    std::chrono::days commands{90};  // of people to flows, workers and settings
    std::chrono::days health{7};     // looks at deployments and servers, by the hour
    int at_once = 500;               // rows of one transaction
};

// One pass: from each table at most `at_once` rows, each table in a transaction of its own, so that
// nobody waits long. Returns how many rows (threads counted as one) are gone; as long as it is not
// 0 there may be more. Answers that were remembered for a day go when the day is over.
[[nodiscard]] Result<std::int64_t> forget_old_rows(Database& db, const Retention& keep,
                                                   contracts::Timestamp now);

}  // namespace control
