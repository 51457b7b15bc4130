// The calls of a removal, made by daemons with the role `deployer`. Each may be made twice.
//
// deploy.withdraw {project_id, task_id} → {open}: archives the project, cancels all other work on
// it, and returns what has not ended yet; empty: nothing is open
// deploy.forget {project_id, repository, with_repository} → {secrets_erased, repository_deleted,
// left}: erases given and generated values, deletes the repository if that was requested and the
// forge permits it; `left`: what stays
#pragma once

#include "control/graphs/deploy/calls.h"

namespace control::graphs {

[[nodiscard]] CallHandlers removal_calls(DeployPorts ports);

// The same names without functions, for a daemon that does not make these calls.
[[nodiscard]] CallHandlers removal_call_names();

}  // namespace control::graphs
