// auth_mode=host_session: a worker's agent has the login of a person of this machine. The one file
// that holds the login is copied from the directory of that person's agent into the worker's home,
// and a login that the agent has refreshed is written back.
//
// The agent then holds the login, and could put another one in its place: an administrator who
// lists the directory accepts that. One worker at a time has a directory's login (admission.h).
// What comes back is checked like everything that an agent wrote: a regular file of the worker's
// user, small, a JSON object with everything that the lent one has. It replaces the lent file
// atomically, and only if nobody else has changed that meanwhile. Thread: any; one at a time for
// one worker, except return_host_session.
#pragma once

#include "control/workers/setting.h"

namespace control {

// Sets the directory in `config` if it names none. Failure: `invalid` with the field, if this
// daemon lends no session of that kind or its files are open to others.
[[nodiscard]] Result<void> choose_host_session(const WorkersSetting& setting,
                                               contracts::WorkerConfig& config);

[[nodiscard]] bool has_host_session(const WorkerRow& worker);
// Whether both have the same login.
[[nodiscard]] bool share_host_session(const WorkerRow& one, const WorkerRow& other);
// False if it needs a session that this daemon does not lend; another daemon has accepted it then.
[[nodiscard]] bool can_lend_host_session(const WorkersSetting& setting, const WorkerRow& worker);

// Copies the login into the worker's home, in which its agent has not run yet. Does nothing for
// workers without a session.
[[nodiscard]] Result<void> lend_host_session(const WorkersSetting& setting,
                                             const WorkerRow& worker);

// Writes a refreshed login back. False: there was nothing to write. Failure: `conflict` if the lent
// file has changed meanwhile, `invalid` for what is not a login; the lent file stays unchanged.
[[nodiscard]] Result<bool> return_host_session(const WorkersSetting& setting,
                                               const WorkerRow& worker);
// The same, with the outcome in the log.
void try_return_host_session(const WorkersSetting& setting, const WorkerRow& worker);

}  // namespace control
