// The agent's own session of a Product Owner, kept over the end of its worker for the same user's
// next one.
//
//   <sessions>/<user>/   ours, 0700; below it one session's files, 0600, at their places in a home
//
// Nothing else of a home is kept: only regular files that the worker's user owns, where its kind of
// agent keeps sessions, and with the session's id in their names. At most 16 files and 32 MiB; what
// was kept for a user whose next worker does not come within 30 days is removed. Thread: any, for
// different workers at once.
#pragma once

#include "control/workers/setting.h"

namespace control {

// To be called when the worker's processes are gone. Where there is nothing to keep, what was kept
// before stays. Failure: the errno's; `invalid` for a session that is too large. Nothing has
// changed then.
[[nodiscard]] Result<void> keep_session(const WorkersSetting& setting, const WorkerRow& worker,
                                        const std::string& session_id);

// Puts the session that the worker is to go on with into its home, which is empty so far. Success
// as well where none is kept: the agent then says that it does not know it. Failure: the errno's;
// `invalid` where others could have written what is kept.
[[nodiscard]] Result<void> hand_over_session(const WorkersSetting& setting,
                                             const WorkerRow& worker);

}  // namespace control
