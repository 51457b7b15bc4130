// The way into a default branch that does not accept pushes: a pull request, its required checks,
// the merge. Each call goes as far as it can at the moment and may be made again.
//
// Failure: checks that are still running, or a review that is missing, `timed_out` (look again
// later); a check that failed, `invalid` with its name and the end of its log; a branch that does
// not merge, `conflict`; GitHub's own, as in fault.h. Thread: any.
#pragma once

#include "control/forge/github/client.h"

namespace control::github {

// Opens the pull request unless it is there, and merges it once nothing is in the way. `commit` is
// what its head must be.
[[nodiscard]] contracts::Result<void> merge_by_pull_request(Client& client,
                                                            const RepositoryName& name,
                                                            const PullDraft& draft,
                                                            const std::string& commit,
                                                            const BranchRules& rules);

}  // namespace control::github
