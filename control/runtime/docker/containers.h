// The calls about one container that every user of the engine makes in the same way. Ids and names
// come from outside: they are percent-encoded here.
#pragma once

#include "control/runtime/docker/engine.h"

#include <string>
#include <string_view>

namespace control::docker {

// "/containers/<id or name>"
[[nodiscard]] std::string container_path(const std::string& id);
// The id. A name that is taken: `conflict`.
[[nodiscard]] contracts::Result<std::string> create_container(const Engine& engine,
                                                              const std::string& name,
                                                              const contracts::Json& body);
// Running already is success.
[[nodiscard]] contracts::Result<void> start_container(const Engine& engine, const std::string& id);
// The last `bytes` of its output, both streams in the order they came; with `since` (a
// timestamp of the engine's) only what it has printed from then on.
[[nodiscard]] contracts::Result<std::string> container_tail(const Engine& engine,
                                                            const std::string& id,
                                                            std::size_t bytes,
                                                            std::string_view since = {});

}  // namespace control::docker
