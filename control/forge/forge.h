// The forge's port: where repositories live. The body `local`, which needs no account, has bare
// repositories in the data directory. The body `github` (github/github_forge.h) keeps the same
// repositories synchronised with an organisation at GitHub. Our git only touches these repositories
// (object checks on, hooks off, protocol local); `materialise` writes a workspace before an agent
// starts in it, and never again.
//
// Failure: an unknown repository, branch or commit is `not_found`; a fault of the content, such as
// a tree too large to unpack, is `invalid`; git's own failure is `transient` with the end of its
// output. Thread: from any thread; two calls on one repository wait for each other if git needs it.
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace control {

// control/forge/smart_http.h
struct GitAccess;
struct GitAnswer;
struct HttpRequest;

inline constexpr std::string_view kDefaultBranch = "main";

struct BranchHead {
    std::string commit;
    std::vector<std::string>
        files_changed;         // since the branch left the default branch; at most 1000
    std::int64_t commits = 0;  // commits on the branch since then
    // Paths with a link to another repository's commit (mode 160000) instead of files, except those
    // that the default branch also has; at most 20.
    std::vector<std::string> links;
};

enum class EntryKind { file, directory, link, repository };  // repository: another one's commit

// One entry of a directory of a commit.
struct DirectoryEntry {
    std::string name;  // as committed: any bytes except NUL and '/'
    EntryKind kind = EntryKind::file;
    std::int64_t bytes = 0;  // of a file or link
};

// The files of a directory, as the next commit of a default branch.
struct DirectoryCommit {
    std::string repository;
    std::string directory;  // created by the daemon; <directory>.git and <directory>.base are
                            // created next to it
    std::uint32_t uid = 0;  // the owner of the files: if we are root, git runs as this user
    std::string parent;     // what the default branch must point to
    std::string message;
};

class Forge {
public:
    virtual ~Forge() = default;
    // Creates the repository with a first commit on the default branch unless it exists. Safe to
    // repeat.
    [[nodiscard]] virtual contracts::Result<void> ensure_repository(
        const std::string& repository, const std::string& description) = 0;
    // Connects the repository with the one at `url`, which belongs to the project: work starts from
    // its default branch, and finished work goes there. Safe to repeat. A URL that this body does
    // not support is `invalid`.
    [[nodiscard]] virtual contracts::Result<void> adopt_repository(const std::string& repository,
                                                                   const std::string& url) = 0;
    // The address for people to clone: a path or URL without credentials.
    [[nodiscard]] virtual std::string location(const std::string& repository) const = 0;
    // Creates `branch` at the default branch's head unless it exists.
    [[nodiscard]] virtual contracts::Result<void> ensure_branch(const std::string& repository,
                                                                const std::string& branch) = 0;
    [[nodiscard]] virtual contracts::Result<BranchHead> head(const std::string& repository,
                                                             const std::string& branch) = 0;
    // The commit that `branch` points to.
    [[nodiscard]] virtual contracts::Result<std::string> tip(const std::string& repository,
                                                             const std::string& branch) = 0;
    // Whether `commit`, which may be shortened, is reachable from `branch`.
    [[nodiscard]] virtual contracts::Result<bool> contains(const std::string& repository,
                                                           const std::string& branch,
                                                           const std::string& commit) = 0;
    // Moves `branch` back to `good` (empty: to where it left the default branch), because its head
    // is unusable. The old head is kept under the ref that is returned. Safe to repeat.
    [[nodiscard]] virtual contracts::Result<std::string> set_aside(const std::string& repository,
                                                                   const std::string& branch,
                                                                   const std::string& good) = 0;
    // A file of a commit, at most `most` bytes. No such file: `not_found`; larger, a link or a
    // directory: `invalid`.
    [[nodiscard]] virtual contracts::Result<std::string> read_file(const std::string& repository,
                                                                   const std::string& commit,
                                                                   const std::string& path,
                                                                   std::size_t most) = 0;
    // The files of a commit as a tar archive in the new file `path`, each name below `prefix`
    // ("app/", or empty). The commit's own .gitattributes apply. A tree too large to unpack:
    // `invalid`; on failure the file does not exist.
    [[nodiscard]] virtual contracts::Result<void> archive(const std::string& repository,
                                                          const std::string& commit,
                                                          const std::string& prefix,
                                                          const std::string& path) = 0;
    // A new clone of `branch` in the empty `directory`, owned by `uid`, with `origin` set to the
    // worker's git door. `commit`: what the branch must point to, else `conflict`; empty: any
    // commit.
    [[nodiscard]] virtual contracts::Result<void> materialise(const std::string& repository,
                                                              const std::string& branch,
                                                              const std::string& commit,
                                                              const std::string& directory,
                                                              std::uint32_t uid) = 0;
    // Makes `commit`, the tested work of `branch`, the default branch's head if that is a
    // fast-forward, and records that the branch is merged (`branch` empty: records nothing). A
    // commit that is already in the default branch is merged. Otherwise `conflict`. If the default
    // branch does not accept pushes: `timed_out`, code checks_running, while its checks run;
    // `invalid` with the end of a check's log if one failed.
    [[nodiscard]] virtual contracts::Result<void> advance_default_branch(
        const std::string& repository, const std::string& branch, const std::string& commit) = 0;
    // The head of `branch` if advance_default_branch has merged it for any caller; otherwise empty.
    // The repository knows this, so it survives a store that was restored from a backup.
    [[nodiscard]] virtual contracts::Result<std::string> merged_head(const std::string& repository,
                                                                     const std::string& branch) = 0;
    // The paths of a commit's files, at most `most` of them.
    [[nodiscard]] virtual contracts::Result<std::vector<std::string>> list_files(
        const std::string& repository, const std::string& commit, std::size_t most) = 0;
    // The entries of a directory of a commit (`path` empty: of its root), in git's order; of one
    // that is larger than 4 MiB, the beginning.
    [[nodiscard]] virtual contracts::Result<std::vector<DirectoryEntry>> list_directory(
        const std::string& repository, const std::string& commit, const std::string& path) = 0;
    // What `path` is in a commit. The entry's name is the whole path.
    [[nodiscard]] virtual contracts::Result<DirectoryEntry> find_entry(
        const std::string& repository, const std::string& commit, const std::string& path) = 0;
    // Commits the files of a directory and advances the default branch to it; returns the commit.
    // Files that match .gitignore are left out. `conflict` if the default branch has moved,
    // `invalid` if nothing differs.
    [[nodiscard]] virtual contracts::Result<std::string> commit_directory(
        const DirectoryCommit& commit) = 0;
    // Answers a request of a worker's git. Unlike the other calls it waits for no other one; git
    // itself keeps the refs consistent.
    [[nodiscard]] virtual contracts::Result<GitAnswer> serve_git(const GitAccess& access,
                                                                 const HttpRequest& request,
                                                                 std::stop_token stop) = 0;
    // Deletes the repository and everything in it. Safe to repeat: one that does not exist counts
    // as deleted. `permission`, with the reason: it is somebody else's, or the forge does not let
    // us; then it stays.
    [[nodiscard]] virtual contracts::Result<void> delete_repository(
        const std::string& repository) = 0;
};

// `directory` is created if it is missing. If git is not installed: `fatal`.
[[nodiscard]] contracts::Result<std::unique_ptr<Forge>> make_local_forge(
    const std::string& directory);

}  // namespace control
