// The work that still goes on for a project, and the end of all of it. `remover` is the task that
// takes the project out of service: it does not count, nor does a removal that was asked for after
// it, so that of two the later one goes on.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <string>

namespace control::project_work {

struct OpenWork {
    std::int64_t tasks = 0;    // queued or running
    std::int64_t flows = 0;    // that have not ended, and are not ended by themselves
    std::int64_t calls = 0;    // that flows have asked for and nobody has finished
    std::int64_t workers = 0;  // queued, being created or running

    [[nodiscard]] std::int64_t all() const { return tasks + flows + calls + workers; }
    // "1 task, 2 workers"
    [[nodiscard]] std::string in_words() const;
};
[[nodiscard]] Result<OpenWork> count(Queries& db, const std::string& project_id,
                                     const std::string& remover);

// Cancels a task that nobody has picked up, and asks for the cancellation of every flow, once; the
// role graphs carries that out within seconds. May be repeated.
[[nodiscard]] Result<void> cancel(Queries& db, const std::string& project_id,
                                  const std::string& remover, contracts::Timestamp now);

}  // namespace control::project_work
