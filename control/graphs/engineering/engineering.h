// The engineering graph: a developer writes, a tester runs the project's own tests in a fresh
// worker, and what passes becomes the default branch; what does not goes back to the developer, a
// bounded number of rounds, then to a person.
//
// Effects it needs: streams, the calls of forge_calls.h, the writers of rows.h. Events it waits
// for: "response:<request_id>" (a create's answer), "output:<request_id>" (a worker's),
// "called:<key>".
#pragma once

#include "control/graphs/engine/graph.h"
#include "control/graphs/engineering/settings.h"

namespace control::graphs {

inline constexpr std::string_view kEngineering = "engineering";

[[nodiscard]] Graph engineering_graph(EngineeringSettings settings);

}  // namespace control::graphs
