// Calls about one container that all users of the engine share. Ids and names come from outside:
// they are percent-encoded here.
#pragma once

#include "control/runtime/docker/engine.h"

#include <string>
#include <string_view>

namespace control::docker {

// "/containers/<id or name>"
[[nodiscard]] std::string container_path(const std::string& id);
// Returns the id. A name that exists: `conflict`.
[[nodiscard]] contracts::Result<std::string> create_container(const Engine& engine,
                                                              const std::string& name,
                                                              const contracts::Json& body);
// If it is already running, this is a success.
[[nodiscard]] contracts::Result<void> start_container(const Engine& engine, const std::string& id);
// The last `bytes` of its output, both streams in order of arrival; with `since` (a
// timestamp of the engine's), only its output from then on.
[[nodiscard]] contracts::Result<std::string> container_tail(const Engine& engine,
                                                            const std::string& id,
                                                            std::size_t bytes,
                                                            std::string_view since = {});

}  // namespace control::docker
