#include "control/forge/forge.h"

#include "contracts/base/id.h"
#include "contracts/base/unique_fd.h"
#include "control/forge/directory_list.h"
#include "control/forge/git.h"
#include "control/forge/names.h"
#include "control/forge/smart_http.h"
#include "control/forge/tree_extent.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;

namespace {

constexpr std::size_t kMaxListedFiles = 1000;
// Records, for a branch of the same name, the head that was merged into the default branch.
constexpr std::string_view kMergedRefs = "refs/merged/";

std::vector<std::string> split_at_nul(std::string_view text, std::size_t most) {
    std::vector<std::string> parts;
    while (!text.empty() && parts.size() < most) {
        const std::size_t end = std::min(text.find('\0'), text.size());
        if (end != 0) parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

// Removes a file or directory that only we have written to.
void remove_tree(const std::string& path) {
    (void)run_subprocess(SubprocessSpec{.argv = {"rm", "-rf", "--", path}});
}

class LocalForge final : public Forge {
public:
    explicit LocalForge(std::string directory) : directory_(std::move(directory)) {}

    Result<void> ensure_repository(const std::string& repository,
                                   const std::string& description) override;
    Result<void> adopt_repository(const std::string& repository, const std::string& url) override;
    std::string location(const std::string& repository) const override { return path(repository); }
    Result<void> ensure_branch(const std::string& repository, const std::string& branch) override;
    Result<BranchHead> head(const std::string& repository, const std::string& branch) override;
    Result<std::string> tip(const std::string& repository, const std::string& branch) override {
        return resolve(repository, branch);
    }
    Result<bool> contains(const std::string& repository, const std::string& branch,
                          const std::string& commit) override;
    Result<std::string> set_aside(const std::string& repository, const std::string& branch,
                                  const std::string& good) override;
    Result<std::string> read_file(const std::string& repository, const std::string& commit,
                                  const std::string& file, std::size_t most) override;
    Result<void> archive(const std::string& repository, const std::string& commit,
                         const std::string& prefix, const std::string& path) override;
    Result<void> materialise(const std::string& repository, const std::string& branch,
                             const std::string& commit, const std::string& directory,
                             std::uint32_t uid) override;
    Result<void> advance_default_branch(const std::string& repository, const std::string& branch,
                                        const std::string& commit) override;
    Result<std::string> merged_head(const std::string& repository,
                                    const std::string& branch) override;
    Result<std::vector<std::string>> list_files(const std::string& repository,
                                                const std::string& commit,
                                                std::size_t most) override;
    Result<std::vector<DirectoryEntry>> list_directory(const std::string& repository,
                                                       const std::string& commit,
                                                       const std::string& path) override;
    Result<DirectoryEntry> find_entry(const std::string& repository, const std::string& commit,
                                      const std::string& path) override;
    Result<std::string> commit_directory(const DirectoryCommit& commit) override;
    Result<GitAnswer> serve_git(const GitAccess& access, const HttpRequest& request,
                                std::stop_token stop) override {
        return serve_smart_http(directory_, access, request, std::move(stop));
    }
    Result<void> delete_repository(const std::string& repository) override;

private:
    std::string path(const std::string& repository) const {
        return directory_ + '/' + repository + ".git";
    }
    std::string git_dir(const std::string& repository) const {
        return "--git-dir=" + path(repository);
    }
    Result<void> make_repository(const std::string& path, const std::string& description);
    // Fails unless this repository exists and `commit` is a full id.
    Result<void> check_place(const std::string& repository, const std::string& commit) const;
    // The commit that a branch, or another kind of ref with a branch's name, points to.
    Result<std::string> resolve(const std::string& repository, const std::string& branch,
                                const std::string& kind = "refs/heads/");
    // Writes a bundle with the branch and the default branch to `path`; returns the branch's commit
    // in it.
    Result<std::string> bundle(const std::string& repository, const std::string& branch,
                               const std::string& path);
    // The links to other repositories in a commit that the default branch does not have.
    Result<std::vector<std::string>> new_links(const std::string& repository, TreeExtent extent);
    // Whether `ancestor` is in `descendant`'s history; false if the commit does not exist.
    Result<bool> is_ancestor(const std::string& repository, const std::string& ancestor,
                             const std::string& descendant);

    std::string directory_;
};

Result<void> LocalForge::make_repository(const std::string& path, const std::string& description) {
    const std::string dir = "--git-dir=" + path;
    const std::string what = "create repository";
    Result<std::string> made = git_output(
        {"init", "--quiet", "--bare", "--initial-branch=" + std::string(kDefaultBranch), path},
        what);
    if (!made) return made.fault();
    constexpr const char* kSettings[][2] = {
        {"transfer.fsckObjects", "true"},
        {"receive.denyDeletes", "true"},
        {"receive.denyNonFastForwards", "true"},
        {"core.hooksPath", "/dev/null"},
        {"http.receivepack", "true"},
        {"gc.auto", "0"},
    };
    for (const auto& [name, value] : kSettings)
        if (Result<std::string> set = git_output({dir, "config", name, value}, what); !set)
            return set.fault();
    Result<std::string> blob =
        git_output({dir, "hash-object", "-w", "--stdin"}, what, description + '\n');
    if (!blob) return blob.fault();
    Result<std::string> tree =
        git_output({dir, "mktree"}, what, "100644 blob " + *blob + "\tREADME.md\n");
    if (!tree) return tree.fault();
    Result<std::string> commit =
        git_output({dir, "commit-tree", "-m", "Begin the project", *tree}, what);
    if (!commit) return commit.fault();
    Result<std::string> updated =
        git_output({dir, "update-ref", "refs/heads/" + std::string(kDefaultBranch), *commit}, what);
    if (!updated) return updated.fault();
    return {};
}

Result<void> LocalForge::ensure_repository(const std::string& repository,
                                           const std::string& description) {
    if (Result<void> good = check_repository(repository); !good) return good;
    const std::string final_path = path(repository);
    if (::access(final_path.c_str(), F_OK) == 0) return {};
    // Created next to its place and then renamed: a kill in the middle leaves no incomplete
    // repository under its name.
    const std::string aside = directory_ + "/.new-" + contracts::random_hex(8);
    Result<void> made = make_repository(aside, description);
    if (made && ::rename(aside.c_str(), final_path.c_str()) == 0) return {};
    const int reason = errno;
    remove_tree(aside);
    if (!made) return made;
    if (reason == EEXIST || reason == ENOTEMPTY) return {};  // another call was faster
    return fail(system_error(reason, "create " + final_path));
}

Result<void> LocalForge::adopt_repository(const std::string&, const std::string& url) {
    return fail(
        ErrorKind::invalid,
        "the project has a repository of its own (" + url +
            "), and this forge supports repositories on this machine only",
        "repository_url",
        "set FORGE=github, or create a project without repository_url: it gets a repository");
}

Result<std::string> LocalForge::resolve(const std::string& repository, const std::string& branch,
                                        const std::string& kind) {
    if (Result<void> good = check_repository(repository); !good) return good.fault();
    if (Result<void> good = check_branch(branch); !good) return good.fault();
    if (::access(path(repository).c_str(), F_OK) != 0)
        return fail(ErrorKind::not_found, "no repository " + repository);
    Result<SubprocessEnd> end =
        git({git_dir(repository), "rev-parse", "--verify", "--quiet", kind + branch + "^{commit}"});
    if (!end) return end.fault();
    if (!end->success())
        return fail(ErrorKind::not_found, "no branch " + branch + " in " + repository);
    return without_line_end(std::move(end->output));
}

Result<std::vector<std::string>> LocalForge::new_links(const std::string& repository,
                                                       TreeExtent extent) {
    if (extent.links.empty()) return std::move(extent.links);
    Result<TreeExtent> known =
        measure_tree(path(repository), "refs/heads/" + std::string(kDefaultBranch));
    if (!known) return known.fault();
    std::erase_if(extent.links, [&](const std::string& path) {
        return std::ranges::find(known->links, path) != known->links.end();
    });
    return std::move(extent.links);
}

Result<void> LocalForge::ensure_branch(const std::string& repository, const std::string& branch) {
    if (Result<std::string> there = resolve(repository, branch);
        there || there.error().kind != ErrorKind::not_found)
        return there ? Result<void>{} : Result<void>(there.fault());
    Result<std::string> start = resolve(repository, std::string(kDefaultBranch));
    if (!start) return start.fault();
    // An old value of zeros: create the ref only if it still does not exist.
    Result<std::string> made =
        git_output({git_dir(repository), "update-ref", "refs/heads/" + branch, *start,
                    std::string(start->size(), '0')},
                   "create branch " + branch);
    if (made || resolve(repository, branch)) return {};
    return made.fault();
}

Result<BranchHead> LocalForge::head(const std::string& repository, const std::string& branch) {
    Result<std::string> commit = resolve(repository, branch);
    if (!commit) return commit.fault();
    Result<TreeExtent> extent = measure_tree(path(repository), *commit);
    if (!extent) return extent.fault();
    BranchHead result;
    Result<std::vector<std::string>> links = new_links(repository, *std::move(extent));
    if (!links) return links.fault();
    result.links = *std::move(links);
    const std::string base = "refs/heads/" + std::string(kDefaultBranch);
    Result<std::string> count = git_output(
        {git_dir(repository), "rev-list", "--count", base + ".." + *commit}, "count commits");
    if (!count) return count.fault();
    std::from_chars(count->data(), count->data() + count->size(), result.commits);
    Result<std::string> files = git_output(
        {git_dir(repository), "diff", "--name-only", "-z", "--no-renames", base + "..." + *commit},
        "list changed files");
    if (!files) return files.fault();
    result.files_changed = split_at_nul(*files, kMaxListedFiles);
    result.commit = *std::move(commit);
    return result;
}

Result<bool> LocalForge::is_ancestor(const std::string& repository, const std::string& ancestor,
                                     const std::string& descendant) {
    Result<SubprocessEnd> known =
        git({git_dir(repository), "cat-file", "-e", ancestor + "^{commit}"});
    if (!known) return known.fault();
    if (!known->success()) return false;
    Result<SubprocessEnd> end =
        git({git_dir(repository), "merge-base", "--is-ancestor", ancestor, descendant});
    if (!end) return end.fault();
    if (end->exit_code > 1) return fail(git_error(*end, "compare commits"));
    return end->success();
}

Result<bool> LocalForge::contains(const std::string& repository, const std::string& branch,
                                  const std::string& commit) {
    if (Result<void> good = check_short_commit(commit); !good) return good.fault();
    Result<std::string> tip = resolve(repository, branch);
    if (!tip) return tip.fault();
    return is_ancestor(repository, commit, *tip);
}

Result<std::string> LocalForge::set_aside(const std::string& repository, const std::string& branch,
                                          const std::string& good) {
    Result<std::string> bad = resolve(repository, branch);
    if (!bad) return bad;
    const std::string kept = "refs/keep/" + branch + '/' + bad->substr(0, 12);
    std::string target = good;
    if (target.empty()) {
        Result<std::string> base = git_output(
            {git_dir(repository), "merge-base", "refs/heads/" + std::string(kDefaultBranch), *bad},
            "find where " + branch + " began");
        if (!base) return base;
        target = *std::move(base);
    } else if (Result<void> full = check_commit(target); !full) {
        return full.fault();
    }
    if (target == *bad) return kept;
    Result<std::string> moved =
        git_output({git_dir(repository), "update-ref", "--stdin"}, "set aside " + *bad,
                   "update " + kept + ' ' + *bad + "\nupdate refs/heads/" + branch + ' ' + target +
                       ' ' + *bad + '\n');
    if (!moved) return moved;
    return kept;
}

Result<std::string> LocalForge::read_file(const std::string& repository, const std::string& commit,
                                          const std::string& file, std::size_t most) {
    if (Result<void> good = check_repository(repository); !good) return good.fault();
    if (Result<void> good = check_commit(commit); !good) return good.fault();
    if (!stays_inside(file)) return fail(ErrorKind::not_found, "no file " + file + " in a commit");
    // "100644 blob <id> <size>\t<path>"
    Result<std::string> row = git_output(
        {git_dir(repository), "--literal-pathspecs", "ls-tree", "-l", commit, "--", file},
        "find " + file);
    if (!row) {
        const Result<SubprocessEnd> known =
            git({git_dir(repository), "cat-file", "-e", commit + "^{commit}"});
        if (known && !known->success())
            return fail(ErrorKind::not_found, "no commit " + commit + " in " + repository);
        return row.fault();
    }
    if (row->empty()) return fail(ErrorKind::not_found, "no file " + file + " in " + commit);
    if (!row->starts_with("100644 blob ") && !row->starts_with("100755 blob "))
        return fail(ErrorKind::invalid, "must be a regular file, and not a link or a folder", file);
    const std::string id = row->substr(12, row->find(' ', 12) - 12);
    Result<SubprocessEnd> end = git({git_dir(repository), "cat-file", "blob", id}, {}, most);
    if (!end) return end.fault();
    if (!end->success()) return fail(git_error(*end, "read " + file));
    if (end->output.size() > most)
        return fail(ErrorKind::invalid, "must have at most " + std::to_string(most) + " bytes",
                    file);
    return std::move(end->output);
}

// Only the commit's own attributes apply (export-ignore, export-subst).
Result<void> LocalForge::archive(const std::string& repository, const std::string& commit,
                                 const std::string& prefix, const std::string& path) {
    if (Result<void> good = check_repository(repository); !good) return good;
    if (Result<void> good = check_commit(commit); !good) return good;
    if (::access(this->path(repository).c_str(), F_OK) != 0)
        return fail(ErrorKind::not_found, "no repository " + repository);
    Result<SubprocessEnd> known =
        git({git_dir(repository), "cat-file", "-e", commit + "^{commit}"});
    if (!known) return known.fault();
    if (!known->success())
        return fail(ErrorKind::not_found, "no commit " + commit + " in " + repository);
    if (Result<TreeExtent> fits = measure_tree(this->path(repository), commit); !fits)
        return fits.fault();
    Result<SubprocessEnd> end = git({git_dir(repository), "archive", "--format=tar",
                                     "--prefix=" + prefix, "--output=" + path, commit});
    if (end && end->success()) return {};
    ::unlink(path.c_str());
    if (!end) return end.fault();
    return fail(git_error(*end, "archive " + commit));
}

// A git that runs as the worker's own user writes the workspace from a bundle: the content of the
// branch is never checked out with our permissions.
Result<std::string> LocalForge::bundle(const std::string& repository, const std::string& branch,
                                       const std::string& path) {
    const std::string ref = "refs/heads/" + branch;
    if (Result<std::string> known = resolve(repository, branch); !known) return known;
    Result<std::string> packed =
        git_output({git_dir(repository), "bundle", "create", "--quiet", path, ref,
                    "refs/heads/" + std::string(kDefaultBranch)},
                   "bundle " + repository);
    if (!packed) return packed;
    Result<std::string> heads =
        git_output({git_dir(repository), "bundle", "list-heads", path, ref}, "read the bundle");
    if (!heads) return heads;
    return heads->substr(0, heads->find(' '));
}

Result<void> LocalForge::materialise(const std::string& repository, const std::string& branch,
                                     const std::string& commit, const std::string& directory,
                                     std::uint32_t uid) {
    const std::string bundle = directory + ".bundle-" + contracts::random_hex(8);
    struct Removal {
        const std::string& path;
        ~Removal() { ::unlink(path.c_str()); }
    } const removal{bundle};
    // The commit in the bundle is checked, because the branch may move in the meantime.
    Result<std::string> tip = this->bundle(repository, branch, bundle);
    if (!tip) return tip.fault();
    if (!commit.empty() && *tip != commit)
        return fail(ErrorKind::conflict, branch + " points to " + *tip + " and not to " + commit,
                    "commit", "look up the branch again");
    if (Result<TreeExtent> fits = measure_tree(path(repository), *tip); !fits) return fits.fault();
    SubprocessSpec clone{.argv = {"git", "-c", "core.hooksPath=/dev/null", "-c",
                                  "init.templateDir=", "clone", "--quiet", "--branch", branch, "--",
                                  bundle, directory}};
    clone.environment = git_environment();
    clone.deadline = kGitDeadline;
    SubprocessSpec point{.argv = {"git", "-C", directory, "remote", "set-url", "origin",
                                  "http://forge.worker/" + repository + ".git"}};
    point.environment = git_environment();
    if (::geteuid() == 0) {
        clone.uid = point.uid = uid;
        ::chmod(bundle.c_str(), 0644);
    }
    Result<SubprocessEnd> cloned = run_subprocess(clone);
    if (!cloned) return cloned.fault();
    if (!cloned->success()) return fail(git_error(*cloned, "clone into " + directory));
    Result<SubprocessEnd> pointed = run_subprocess(point);
    if (!pointed) return pointed.fault();
    if (!pointed->success()) return fail(git_error(*pointed, "point origin at the worker's door"));
    return {};
}

Result<void> LocalForge::advance_default_branch(const std::string& repository,
                                                const std::string& branch,
                                                const std::string& commit) {
    if (Result<void> good = check_commit(commit); !good) return good;
    if (Result<void> good = branch.empty() ? Result<void>() : check_branch(branch); !good)
        return good;
    Result<std::string> tip = resolve(repository, std::string(kDefaultBranch));
    if (!tip) return tip.fault();
    Result<bool> merged = is_ancestor(repository, commit, *tip);
    if (!merged) return merged.fault();
    Result<bool> forward = *merged ? true : is_ancestor(repository, *tip, commit);
    if (!forward) return forward.fault();
    if (!*forward)
        return fail(ErrorKind::conflict, "the default branch has moved on since the work began", {},
                    "merge it into the branch");
    // Both refs move in one transaction, so that a branch is recorded as merged if and only if it
    // is.
    std::string updates;
    if (!branch.empty())
        updates = "update " + std::string(kMergedRefs) + branch + ' ' + commit + '\n';
    if (!*merged)
        updates +=
            "update refs/heads/" + std::string(kDefaultBranch) + ' ' + commit + ' ' + *tip + '\n';
    Result<std::string> moved = git_output({git_dir(repository), "update-ref", "--stdin"},
                                           "advance the default branch", updates);
    if (!moved) return moved.fault();
    return {};
}

Result<std::vector<std::string>> LocalForge::list_files(const std::string& repository,
                                                        const std::string& commit,
                                                        std::size_t most) {
    if (Result<void> good = check_repository(repository); !good) return good.fault();
    if (Result<void> good = check_commit(commit); !good) return good.fault();
    if (Result<TreeExtent> fits = measure_tree(path(repository), commit); !fits)
        return fits.fault();
    Result<std::string> names = git_output(
        {git_dir(repository), "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit},
        "list the files of " + commit);
    if (!names) return names.fault();
    return split_at_nul(*names, most);
}

Result<void> LocalForge::check_place(const std::string& repository,
                                     const std::string& commit) const {
    if (Result<void> good = check_repository(repository); !good) return good;
    if (::access(path(repository).c_str(), F_OK) != 0)
        return fail(ErrorKind::not_found, "no repository " + repository);
    return check_commit(commit);
}

Result<std::vector<DirectoryEntry>> LocalForge::list_directory(const std::string& repository,
                                                               const std::string& commit,
                                                               const std::string& path) {
    if (Result<void> good = check_place(repository, commit); !good) return good.fault();
    return list_in_tree(git_dir(repository), commit, path);
}

Result<DirectoryEntry> LocalForge::find_entry(const std::string& repository,
                                              const std::string& commit, const std::string& path) {
    if (Result<void> good = check_place(repository, commit); !good) return good.fault();
    return find_in_tree(git_dir(repository), commit, path);
}

// A git that runs as the files' own user creates the commit, in a repository next to them, and we
// receive it as a bundle: our git never reads the directory.
Result<std::string> LocalForge::commit_directory(const DirectoryCommit& commit) {
    const std::string main = "refs/heads/" + std::string(kDefaultBranch);
    if (Result<std::string> tip = resolve(commit.repository, std::string(kDefaultBranch)); !tip)
        return tip;
    else if (*tip != commit.parent)
        return fail(ErrorKind::conflict, "the default branch points to " + *tip, "parent",
                    "look up the repository again");
    const std::string bundle = commit.directory + ".base";
    Result<std::string> packed =
        this->bundle(commit.repository, std::string(kDefaultBranch), bundle);
    if (!packed) return packed;
    ::chmod(bundle.c_str(), 0644);
    Result<std::string> made = commit_as_user(commit, bundle);
    if (!made) return made;
    Result<std::string> fetched =
        git_output({git_dir(commit.repository), "fetch", "--quiet", "--no-tags",
                    commit.directory + ".git/work.bundle", main},
                   "take over the commit");
    if (!fetched) return fetched;
    if (Result<TreeExtent> fits = measure_tree(path(commit.repository), *made); !fits)
        return fits.fault();
    if (Result<void> advanced = advance_default_branch(commit.repository, {}, *made); !advanced)
        return advanced.fault();
    return made;
}

Result<std::string> LocalForge::merged_head(const std::string& repository,
                                            const std::string& branch) {
    Result<std::string> head = resolve(repository, branch);
    if (!head) return head;
    Result<std::string> merged = resolve(repository, branch, std::string(kMergedRefs));
    if (!merged && merged.error().kind != ErrorKind::not_found) return merged;
    return merged && *merged == *head ? *head : std::string();
}

// Renamed first: a kill in the middle leaves no incomplete repository under its name.
Result<void> LocalForge::delete_repository(const std::string& repository) {
    if (Result<void> good = check_repository(repository); !good) return good;
    const std::string aside = directory_ + "/.gone-" + contracts::random_hex(8);
    if (::rename(path(repository).c_str(), aside.c_str()) != 0) {
        if (errno == ENOENT) return {};
        return fail(system_error(errno, "delete " + path(repository)));
    }
    remove_tree(aside);
    return {};
}

}  // namespace

Result<std::unique_ptr<Forge>> make_local_forge(const std::string& directory) {
    Result<SubprocessEnd> version = git({"--version"});
    if (!version) return fail(ErrorKind::fatal, version.error().message, {}, "install git");
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(system_error(errno, "create " + directory));
    return std::unique_ptr<Forge>(std::make_unique<LocalForge>(directory));
}

}  // namespace control
