// `orchestratord demo`: the whole way to a running project, live, in about 15 seconds. A sentence
// is written in the chat, a Product Owner turns it into a project, a developer commits the work, a
// tester runs its tests, a deployment makes it available at a URL, and the page is fetched. A
// separate daemon does all of this in a directory of its own; both agents are scripts, and no model
// is called.
//
// Failure: what it needs is missing (`not_found`, with the packages), the daemon's own, or
// `timed_out`. However it ends, nothing is left behind. Thread: one; `stop` from any.
#pragma once

#include "control/daemon/role_entry.h"

#include <span>
#include <stop_token>
#include <string>

namespace control::demo {

// `program_directory`: contains worker-wrapper and orchestrator, which the daemon's workers run. A
// stop request ends the demo early and is a success.
[[nodiscard]] contracts::Result<void> run_demo(const std::string& program_directory,
                                               std::span<const RoleEntry> roles,
                                               const std::stop_token& stop);

}  // namespace control::demo
