// The calls about repositories, carried out by the forge. Each may be repeated.
#pragma once

#include "control/forge/forge.h"
#include "control/graphs/engine/handlers.h"

namespace control::graphs {

// forge.prepare {repository, branch, location} → {location, merged} or {waiting}
// forge.inspect_branch {repository, branch, reported} → {commit, commits, files, links, merged,
//     on_branch}
// forge.set_aside {repository, branch, good} → {kept}
// forge.read_file {repository, commit, path} → {content}
// forge.advance_default_branch {repository, branch, commit} → {} or {waiting}
// `waiting`: what the call waits for, such as checks of a pull request or a limit of requests;
// repeat the call later. `merged`: the branch's head if it is already in the default branch, else
// empty. `on_branch`: whether the commit `reported` is on the branch; absent if no commit was
// reported. The kind `invalid` means a fault of the content. Borrows the forge.
[[nodiscard]] CallHandlers forge_calls(Forge& forge);

}  // namespace control::graphs
