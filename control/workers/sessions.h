// The agent's session of a Product Owner, kept after the end of its worker for the same user's next
// one.
//
//   <sessions>/<user>/   ours, 0700; below it one session's files, 0600, at their places in a home
//
// Nothing else of a home is kept: only regular files that the worker's user owns, in the directory
// where its kind of agent keeps sessions, and with the session's id in their names. At most 16
// files and 32 MiB; the session of a user without a new worker within 30 days is removed. Thread:
// any, for different workers at once.
#pragma once

#include "control/workers/setting.h"

namespace control {

// Call it when the worker's processes have ended. If there is nothing to keep, an earlier kept
// session stays. Failure: the errno's; `invalid` for a session that is too large. Nothing has
// changed then.
[[nodiscard]] Result<void> keep_session(const WorkersSetting& setting, const WorkerRow& worker,
                                        const std::string& session_id);

// Copies the session that the worker should continue into its home, which is empty so far. It is
// also a success if none is kept: the agent then reports that it does not know the session.
// Failure: the errno's; `invalid` if others could have written the kept session.
[[nodiscard]] Result<void> hand_over_session(const WorkersSetting& setting,
                                             const WorkerRow& worker);

}  // namespace control
