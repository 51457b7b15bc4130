// The calls of a removal, made by daemons with the role `deployer`. Each may be made twice.
//
// deploy.withdraw {project_id, task_id} → {open}: archives the project, cancels all other work on
//   it, and says what of that has not ended yet; empty: nothing is open
// deploy.forget {project_id, repository, with_repository} → {secrets_erased, repository_deleted,
//   left}: erases the values that users gave and that were generated, deletes the repository if
//   that was asked for and the forge lets us, and says what stays
#pragma once

#include "control/graphs/deploy/calls.h"

namespace control::graphs {

[[nodiscard]] CallHandlers removal_calls(DeployPorts ports);

// The same names without functions.
[[nodiscard]] CallHandlers removal_call_names();

}  // namespace control::graphs
