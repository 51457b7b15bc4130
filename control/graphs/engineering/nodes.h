// The nodes of the engineering graph, in the order in which a task passes them.
#pragma once

#include "control/graphs/engineering/move.h"

namespace control::graphs {

// The first two make sure that the repository and the branch exist.
[[nodiscard]] Next scaffold(Move& move);
Next prepare(Move& move);
[[nodiscard]] Next hire_developer(Move& move);
[[nodiscard]] Next develop(Move& move);
// Reads what the developer did from the branch: only its commits count.
[[nodiscard]] Next inspect(Move& move);
// Removes an unusable commit from the branch, and gives the developer the reason.
[[nodiscard]] Next set_aside(Move& move);
// Determines the command that tests the commit.
[[nodiscard]] Next plan_test(Move& move);
[[nodiscard]] Next hire_tester(Move& move);
[[nodiscard]] Next test(Move& move);
// Advances the default branch to the tested commit, if that is a fast-forward.
[[nodiscard]] Next deliver(Move& move);

[[nodiscard]] Next back_off(Move& move);
[[nodiscard]] Next ask_person(Move& move);

void when_cancelled(Move& move);
void when_retried(Move& move);
void when_late(Move& move);

}  // namespace control::graphs
