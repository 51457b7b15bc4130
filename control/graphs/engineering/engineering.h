// The engineering graph: a developer writes, a tester runs the project's own tests in a fresh
// worker, and work that passes becomes the default branch. Work that does not pass goes back to the
// developer for a bounded number of rounds, and then to a person.
//
// Events it waits for: "response:<request_id>" (the answer to a create), "output:<request_id>" (a
// worker's), "called:<key>" (the forge's).
#pragma once

#include "control/graphs/engineering/settings.h"
#include "control/graphs/module.h"

namespace control::graphs {

inline constexpr std::string_view kEngineering = "engineering";

[[nodiscard]] Graph engineering_graph(EngineeringSettings settings);

// The graph with the stream that opens its threads, and the writers that it needs. `forge_calls`:
// those of kit/forge_calls.h.
[[nodiscard]] Module engineering_module(EngineeringSettings settings, CallHandlers forge_calls);

}  // namespace control::graphs
