// The steps of a task that is planned first. An architect divides the work into at most seven
// parts, and each is done as a task of its own, one after another:
//
//     prepare -> hire_architect -> draw_up -> begin_part -> follow_part (part_pause) -> begin_part
//       ... -> plan_done
//
// A plan that cannot be read goes back to the architect with the reason, a bounded number of times;
// then a person is asked. A part that fails asks a person itself, and the plan waits until the part
// has ended.
#pragma once

#include "control/graphs/engineering/move.h"

#include <vector>

namespace control::graphs {

[[nodiscard]] std::vector<Node> plan_nodes(const SettingsOf<Move>& settings);

// The task was cancelled: also cancels the part that is in progress.
void cancel_part(Move& move);
// The titles and tasks of the parts, for the result in the task's row.
[[nodiscard]] Json parts_of_plan(const EngineeringState& state);

}  // namespace control::graphs
