// For a default branch that does not accept pushes: a pull request, its required checks, the merge.
// Each call goes as far as it can at the moment and may be repeated.
//
// Failure: if checks are still running or a review is missing, `timed_out` (look again later); if a
// check failed, `invalid` with its name and the end of its log; if the branch cannot be merged,
// `conflict`; GitHub's own, as in fault.h. Thread: any.
#pragma once

#include "control/forge/github/client.h"

namespace control::github {

// Opens the pull request unless it exists, and merges it once nothing is in the way. Its head must
// be `commit`.
[[nodiscard]] contracts::Result<void> merge_by_pull_request(Client& client,
                                                            const RepositoryName& name,
                                                            const PullDraft& draft,
                                                            const std::string& commit,
                                                            const BranchRules& rules);

}  // namespace control::github
