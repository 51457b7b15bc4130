// The calls about repositories, answered by the forge. Each may be made twice.
#pragma once

#include "control/forge/forge.h"
#include "control/graphs/engine/handlers.h"

namespace control::graphs {

// forge.prepare {repository, branch} → {location}; forge.inspect_branch {repository, branch} →
// {commit, commits, files}; forge.read_file {repository, commit, path} → {content};
// forge.advance_default_branch {repository, commit} → {}. Borrows the forge.
[[nodiscard]] CallHandlers forge_calls(Forge& forge);

}  // namespace control::graphs
