// The files that the engine gets for a build: only those that the recipe copies.
#pragma once

#include "control/images/recipe.h"
#include "control/images/tar.h"

#include <string>
#include <vector>

namespace control::images {

// The agent's pinned files, named `into` + file; none for an agent without a binary. Failure: as of
// `build_context`.
[[nodiscard]] contracts::Result<std::vector<TarEntry>> agent_files(
    contracts::AgentType agent, const AgentPin& pin, const std::string& agents_directory,
    const std::string& into);

// The agent's files are in <agents_directory>/<agent>/, together with the stamp that
// ci/agent-binary wrote. If they are not those of the pinned package, it fails with `not_found` or
// `invalid`, and the error contains the command that fixes it. Each file is checked against the
// stamp while it is sent.
[[nodiscard]] contracts::Result<std::vector<TarEntry>> build_context(
    const ImageRequest& request, const std::string& dockerfile, const AgentPin& pin,
    const std::string& agents_directory);

}  // namespace control::images
