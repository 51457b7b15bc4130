// How the forge runs git: with our configuration only, without hooks, and without prompts.
//
// Failure: if git cannot be started or takes longer than `kGitDeadline`, the runner's error; a git
// that failed is a SubprocessEnd, or `transient` with the end of its output if the output is
// needed. Thread: from any thread.
#pragma once

#include "control/forge/forge.h"
#include "control/subprocess/subprocess.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace control {

inline constexpr std::chrono::minutes kGitDeadline{5};

[[nodiscard]] std::vector<std::string> git_environment();
// Adds settings to an environment, where nothing in a repository or on this machine can change
// them. Call it once per environment; a name may occur several times.
using GitSettings = std::vector<std::pair<std::string, std::string>>;
void add_git_settings(std::vector<std::string>& environment, const GitSettings& settings);
[[nodiscard]] std::string without_line_end(std::string text);
[[nodiscard]] contracts::Error git_error(const SubprocessEnd& end, std::string_view what);

[[nodiscard]] contracts::Result<SubprocessEnd> git(std::vector<std::string> arguments,
                                                   std::string input = {},
                                                   std::size_t max_output = 1 << 20);
// The output of a git that must succeed, without the last line end.
[[nodiscard]] contracts::Result<std::string> git_output(std::vector<std::string> arguments,
                                                        std::string_view what,
                                                        std::string input = {});

// Commits the files of a directory as their own user, on top of `parent`, which the bundle `base`
// contains. Leaves a bundle with the new commit at `<directory>.git/work.bundle` and returns the
// commit.
[[nodiscard]] contracts::Result<std::string> commit_as_user(const DirectoryCommit& commit,
                                                            const std::string& base);

}  // namespace control
