// The call that creates a project's repository from a template, made by daemons with the role
// `scaffolder`.
#pragma once

#include "control/forge/forge.h"
#include "control/graphs/engine/handlers.h"
#include "control/templates/templates.h"

namespace control::graphs {

inline constexpr const char* kScaffoldCall = "templates.scaffold";

// templates.scaffold {repository, project_name, description, task, modules} → {commit, files,
// location} Creates the repository if it does not exist, and one commit with the template's files
// on its default branch. Called again, it finds its own commit and makes no other. A repository
// with somebody else's content is left as it is: `conflict`. Borrows both.
[[nodiscard]] CallHandlers scaffold_calls(Forge& forge, Templates& templates);

// The same name without a function, for a daemon that does not make the call.
[[nodiscard]] CallHandlers scaffold_call_names();

}  // namespace control::graphs
