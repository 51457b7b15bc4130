// The calls about repositories, answered by the forge. Each may be made twice.
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
// `waiting`: for what the call waits, and is to be made again later: checks of a pull request that
// have not ended, a limit of requests.
// `merged`: the branch's head where it is in the default branch already, else empty. `on_branch`:
// whether the commit `reported` is on the branch; not there where nothing was reported. A call that
// fails with the kind `invalid` met a fault of the content. Borrows the forge.
[[nodiscard]] CallHandlers forge_calls(Forge& forge);

}  // namespace control::graphs
