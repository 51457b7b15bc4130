// The nodes of the engineering graph, in the order of the road.
#pragma once

#include "control/graphs/engineering/move.h"

namespace control::graphs {

// Repository and branch are there.
[[nodiscard]] Next scaffold(Move& move);
Next prepare(Move& move);
[[nodiscard]] Next hire_developer(Move& move);
[[nodiscard]] Next develop(Move& move);
// Only the commits on the branch count.
[[nodiscard]] Next inspect(Move& move);
// An unusable commit is removed from the branch, and its author gets the reason.
[[nodiscard]] Next set_aside(Move& move);
// Which command tests it.
[[nodiscard]] Next plan_test(Move& move);
[[nodiscard]] Next hire_tester(Move& move);
[[nodiscard]] Next test(Move& move);
// The tested commit becomes the default branch's, where that is a fast-forward.
[[nodiscard]] Next deliver(Move& move);

[[nodiscard]] Next back_off(Move& move);
[[nodiscard]] Next ask_person(Move& move);

void when_cancelled(Move& move);
void when_retried(Move& move);
void when_late(Move& move);

}  // namespace control::graphs
