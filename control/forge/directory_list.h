// The entries of one directory of a commit, as git's ls-tree prints them. What an agent committed
// decides their number and names: a name may be any bytes except NUL and '/', and not UTF-8.
//
// Failure: a path that is not in the commit is `not_found`; one that is not a directory, or would
// leave the tree, is `invalid`; git's own failures as in git.h. Thread: from any thread.
#pragma once

#include "control/forge/forge.h"

#include <string>
#include <string_view>
#include <vector>

namespace control {

// The entries in the output of `ls-tree -z --long`, their paths without the first `below` bytes. An
// incomplete last entry is left out.
[[nodiscard]] std::vector<DirectoryEntry> parse_tree(std::string_view output, std::size_t below);

// `git_directory`: "--git-dir=…" of a bare repository. `commit` was checked by the caller.
[[nodiscard]] contracts::Result<DirectoryEntry> find_in_tree(const std::string& git_directory,
                                                             const std::string& commit,
                                                             const std::string& path);
[[nodiscard]] contracts::Result<std::vector<DirectoryEntry>> list_in_tree(
    const std::string& git_directory, const std::string& commit, const std::string& path);

}  // namespace control
