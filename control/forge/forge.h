// The forge's port: where repositories live. The body `local`, which needs no account, has bare
// repositories in the data directory. The body `github` (github/github_forge.h) keeps the same ones
// in step with an organisation at GitHub. Our git only touches these repositories (object checks
// on, hooks off, protocol local); `materialise` writes a workspace before an agent has been near
// it, and never again.
//
// Failure: an unknown repository, branch or commit is `not_found`; a fault of the content, such as
// a tree too large to unpack, is `invalid`; git's own trouble is `transient` with the end of its
// output. Thread: from any thread; two calls on one repository wait for each other where git needs
// it.
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace control {

inline constexpr std::string_view kDefaultBranch = "main";

struct BranchHead {
    std::string commit;
    std::vector<std::string>
        files_changed;         // against where the branch left the default branch; at most 1000
    std::int64_t commits = 0;  // on the branch since then
    // Paths with a link to another repository's commit (mode 160000) where files are meant, beyond
    // those that the default branch has; at most 20.
    std::vector<std::string> links;
};

// The files of a directory, as the next commit of a default branch.
struct DirectoryCommit {
    std::string repository;
    std::string directory;  // the daemon's; <directory>.git and <directory>.base are made beside it
    std::uint32_t uid = 0;  // whose files they are: git runs as this user where we are root
    std::string parent;     // what the default branch must point to
    std::string message;
};

class Forge {
public:
    virtual ~Forge() = default;
    // Makes the repository with a first commit on the default branch unless it is there. Twice is
    // once.
    [[nodiscard]] virtual contracts::Result<void> ensure_repository(
        const std::string& repository, const std::string& description) = 0;
    // Connects the repository with the one at `url`, which belongs to the project: work begins from
    // its default branch, and finished work goes there. May be repeated. A URL that this body
    // cannot work with is `invalid`.
    [[nodiscard]] virtual contracts::Result<void> adopt_repository(const std::string& repository,
                                                                   const std::string& url) = 0;
    // The address for people to clone: a path or URL without credentials.
    [[nodiscard]] virtual std::string location(const std::string& repository) const = 0;
    // Makes `branch` from the default branch's head unless it is there.
    [[nodiscard]] virtual contracts::Result<void> ensure_branch(const std::string& repository,
                                                                const std::string& branch) = 0;
    [[nodiscard]] virtual contracts::Result<BranchHead> head(const std::string& repository,
                                                             const std::string& branch) = 0;
    // Whether `commit`, which may be shortened, is reachable from `branch`.
    [[nodiscard]] virtual contracts::Result<bool> contains(const std::string& repository,
                                                           const std::string& branch,
                                                           const std::string& commit) = 0;
    // Moves `branch` back to `good` (empty: to where it left the default branch), because its head
    // is unusable. The old head is kept under the ref that is returned. May be repeated.
    [[nodiscard]] virtual contracts::Result<std::string> set_aside(const std::string& repository,
                                                                   const std::string& branch,
                                                                   const std::string& good) = 0;
    // A file of a commit, at most `most` bytes. Not there: `not_found`; larger, a link or a
    // directory: `invalid`.
    [[nodiscard]] virtual contracts::Result<std::string> read_file(const std::string& repository,
                                                                   const std::string& commit,
                                                                   const std::string& path,
                                                                   std::size_t most) = 0;
    // The files of a commit as a tar archive in the new file `path`, each name below `prefix`
    // ("app/", or empty). The commit's own .gitattributes count. A tree too large to unpack:
    // `invalid`; on failure there is no file.
    [[nodiscard]] virtual contracts::Result<void> archive(const std::string& repository,
                                                          const std::string& commit,
                                                          const std::string& prefix,
                                                          const std::string& path) = 0;
    // A fresh clone of `branch` in the empty `directory`, owned by `uid`, with `origin` set to the
    // worker's git door. `commit`: what the branch must point to, else `conflict`; empty: whatever
    // it points to.
    [[nodiscard]] virtual contracts::Result<void> materialise(const std::string& repository,
                                                              const std::string& branch,
                                                              const std::string& commit,
                                                              const std::string& directory,
                                                              std::uint32_t uid) = 0;
    // Makes `commit`, the tested work of `branch`, the default branch's head where that is a
    // fast-forward, and notes that the branch is merged (`branch` empty: notes nothing). A commit
    // that is in the default branch already is merged. Else `conflict`. Where the default branch
    // takes no pushes: `timed_out`, field "checks", while its checks run; `invalid` with the end of
    // a check's log when one failed.
    [[nodiscard]] virtual contracts::Result<void> advance_default_branch(
        const std::string& repository, const std::string& branch, const std::string& commit) = 0;
    // The head of `branch` if advance_default_branch has merged it for any caller; otherwise empty.
    // The repository knows this, so it survives a store that was restored from a backup.
    [[nodiscard]] virtual contracts::Result<std::string> merged_head(const std::string& repository,
                                                                     const std::string& branch) = 0;
    // The paths of a commit's files, at most `most` of them.
    [[nodiscard]] virtual contracts::Result<std::vector<std::string>> list_files(
        const std::string& repository, const std::string& commit, std::size_t most) = 0;
    // Commits the files of a directory and advances the default branch to it; returns the commit.
    // Files that .gitignore names are left out. `conflict` when the default branch has moved,
    // `invalid` when nothing differs.
    [[nodiscard]] virtual contracts::Result<std::string> commit_directory(
        const DirectoryCommit& commit) = 0;
};

// `directory` is made when missing. git not installed: `fatal`.
[[nodiscard]] contracts::Result<std::unique_ptr<Forge>> make_local_forge(
    const std::string& directory);

}  // namespace control
