#include "control/forge/github/github_forge.h"

#include "contracts/base/text.h"
#include "control/forge/git.h"
#include "control/forge/github/binding.h"
#include "control/forge/github/pull_request.h"
#include "control/forge/github/remote_git.h"
#include "control/forge/smart_http.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using github::Answer;
using github::Binding;
using github::BranchRules;
using github::Fault;
using github::RemoteGit;
using github::RepositoryName;

namespace {

// Marks a repository at GitHub as created by us.
constexpr const char* kMarkerRef = "refs/orchestrator/project";
// The last known state of GitHub's default branch.
constexpr const char* kSeenRef = "refs/github/default";
// The prefix of branches with work that waits to be merged at GitHub; nobody else uses it.
constexpr std::string_view kWorkBranches = "orchestrator/";

const std::string& local_default() {
    static const std::string ref = "refs/heads/" + std::string(kDefaultBranch);
    return ref;
}

class GithubForge final : public Forge {
public:
    GithubForge(std::unique_ptr<Forge> local, github::Client& client, GithubForgeSettings settings,
                contracts::Log log)
        : local_(std::move(local)),
          client_(client),
          settings_(std::move(settings)),
          log_(std::move(log)) {}

    Result<void> ensure_repository(const std::string& repository,
                                   const std::string& description) override;
    Result<void> adopt_repository(const std::string& repository, const std::string& url) override;
    std::string location(const std::string& repository) const override;
    Result<void> ensure_branch(const std::string& repository, const std::string& branch) override;
    Result<void> advance_default_branch(const std::string& repository, const std::string& branch,
                                        const std::string& commit) override;
    Result<std::string> commit_directory(const DirectoryCommit& commit) override;
    Result<GitAnswer> serve_git(const GitAccess& access, const HttpRequest& request,
                                std::stop_token stop) override {
        return local_->serve_git(access, request, std::move(stop));
    }
    Result<void> delete_repository(const std::string& repository) override;

    // Answers from the local repository.
    Result<BranchHead> head(const std::string& repository, const std::string& branch) override {
        return local_->head(repository, branch);
    }
    Result<std::string> tip(const std::string& repository, const std::string& branch) override {
        return local_->tip(repository, branch);
    }
    Result<bool> contains(const std::string& repository, const std::string& branch,
                          const std::string& commit) override {
        return local_->contains(repository, branch, commit);
    }
    Result<std::string> set_aside(const std::string& repository, const std::string& branch,
                                  const std::string& good) override {
        return local_->set_aside(repository, branch, good);
    }
    Result<std::string> read_file(const std::string& repository, const std::string& commit,
                                  const std::string& path, std::size_t most) override {
        return local_->read_file(repository, commit, path, most);
    }
    Result<void> archive(const std::string& repository, const std::string& commit,
                         const std::string& prefix, const std::string& path) override {
        return local_->archive(repository, commit, prefix, path);
    }
    Result<void> materialise(const std::string& repository, const std::string& branch,
                             const std::string& commit, const std::string& directory,
                             std::uint32_t uid) override {
        return local_->materialise(repository, branch, commit, directory, uid);
    }
    Result<std::string> merged_head(const std::string& repository,
                                    const std::string& branch) override {
        return local_->merged_head(repository, branch);
    }
    Result<std::vector<std::string>> list_files(const std::string& repository,
                                                const std::string& commit,
                                                std::size_t most) override {
        return local_->list_files(repository, commit, most);
    }
    Result<std::vector<DirectoryEntry>> list_directory(const std::string& repository,
                                                       const std::string& commit,
                                                       const std::string& path) override {
        return local_->list_directory(repository, commit, path);
    }
    Result<DirectoryEntry> find_entry(const std::string& repository, const std::string& commit,
                                      const std::string& path) override {
        return local_->find_entry(repository, commit, path);
    }

private:
    // A writable repository at GitHub, in its current state.
    struct Place {
        RepositoryName name;
        std::string default_ref;  // refs/heads/…
        std::string directory;    // the local bare repository
        std::unique_ptr<RemoteGit> git;
    };

    std::mutex& mutex_of(const std::string& repository);
    Result<Place> place(const std::string& repository, const github::Repository& facts);
    Result<Place> bound_place(const std::string& repository);
    Result<void> begin(const std::string& repository, const std::string& description,
                       const RepositoryName& name, bool owned_by_project);
    Result<void> take_over(const std::string& repository, const Place& place);
    Result<void> align(const std::string& repository, const Place& place);
    Result<void> yield(const std::string& repository, const Place& place, const std::string& here,
                       const std::string& there);
    Result<void> move_local(const Place& place, const std::string& to, const std::string& from);
    Result<void> publish(const Place& place, const std::string& branch, const std::string& commit);
    Result<void> merge(const Place& place, const std::string& branch, const std::string& commit,
                       const BranchRules& rules);

    std::unique_ptr<Forge> local_;
    github::Client& client_;
    const GithubForgeSettings settings_;
    contracts::Log log_;
    std::mutex mutex_;
    std::map<std::string, std::mutex, std::less<>> mutexes_;  // one per repository, never removed
};

Result<std::string> commit_at(const std::string& directory, const std::string& ref) {
    Result<SubprocessEnd> end =
        git({"--git-dir=" + directory, "rev-parse", "--verify", "--quiet", ref + "^{commit}"});
    if (!end) return fail(std::move(end.error()));
    return end->success() ? without_line_end(std::move(end->output)) : std::string();
}

Result<bool> is_in(const std::string& directory, const std::string& ancestor,
                   const std::string& descendant) {
    Result<SubprocessEnd> end =
        git({"--git-dir=" + directory, "merge-base", "--is-ancestor", ancestor, descendant});
    if (!end) return fail(std::move(end.error()));
    if (end->exit_code > 1) return fail(git_error(*end, "compare commits"));
    return end->success();
}

// Whether it contains only what ensure_repository creates: one commit, on the one branch.
Result<bool> is_untouched(const std::string& directory) {
    Result<std::string> refs =
        git_output({"--git-dir=" + directory, "for-each-ref", "--format=%(refname)", "refs/heads",
                    "refs/keep", "refs/merged"},
                   "list refs");
    if (!refs) return fail(std::move(refs.error()));
    if (*refs != local_default()) return false;
    Result<std::string> count = git_output(
        {"--git-dir=" + directory, "rev-list", "--count", local_default()}, "count commits");
    if (!count) return fail(std::move(count.error()));
    return *count == "1";
}

std::unexpected<Error> foreign_content(const RepositoryName& name) {
    return fail(ErrorKind::invalid,
                name.text() + " has content at GitHub that did not come from here", "repository",
                "remove or rename it there, or create a project with this repository as its "
                "repository_url");
}

Error unusable(const Fault& fault, const RepositoryName& name) {
    if (fault.status != 301 && fault.status != 404) return Error(fault);
    return Error{.kind = ErrorKind::permission,
                 .message = name.text() +
                            (fault.status == 404
                                 ? " no longer exists at GitHub, or the App has no access to it"
                                 : " was renamed or transferred at GitHub"),
                 .field = "repository",
                 .next_step = "restore it there under this name and give the App access to it"};
}

Error uncreated(const Fault& fault, const RepositoryName& name) {
    if (fault.status != 403 && fault.status != 404) return Error(fault);
    if (fault.retry_at) return Error(fault);
    return Error{
        .kind = ErrorKind::permission,
        .message = "the App may not create repositories for " + name.owner,
        .field = "GITHUB_OWNER",
        .next_step =
            "name an organisation, and give the App the permission administration: write there"};
}

Error undeleted(const Fault& fault, const RepositoryName& name) {
    if (fault.status != 403 || fault.retry_at) return Error(fault);
    return Error{.kind = ErrorKind::permission,
                 .message = "the App may not delete " + name.text(),
                 .field = "repository",
                 .next_step =
                     "delete it at GitHub, or give the App the permission administration: "
                     "write there"};
}

std::mutex& GithubForge::mutex_of(const std::string& repository) {
    const std::lock_guard lock(mutex_);
    return mutexes_[repository];
}

std::string GithubForge::location(const std::string& repository) const {
    const auto bound = github::read_binding(local_->location(repository));
    const std::string name =
        bound && *bound ? (*bound)->name.text() : settings_.owner + '/' + repository;
    return settings_.git_url + '/' + name + ".git";
}

Result<GithubForge::Place> GithubForge::place(const std::string& repository,
                                              const github::Repository& facts) {
    const std::size_t slash = facts.full_name.find('/');
    RepositoryName name{facts.full_name.substr(0, slash),
                        slash == std::string::npos ? "" : facts.full_name.substr(slash + 1)};
    if (Result<void> good = github::check_name(name); !good) return fail(std::move(good.error()));
    if (facts.archived)
        return fail(ErrorKind::permission, name.text() + " is archived at GitHub", "repository",
                    "unarchive it there");
    Answer<std::string> token = client_.token(name.owner);
    if (!token) return plain(token.error());
    const std::string branch =
        facts.default_branch.empty() ? std::string(kDefaultBranch) : facts.default_branch;
    auto remote = std::make_unique<RemoteGit>(settings_.git_url, name.text(), *std::move(token));
    return Place{std::move(name), "refs/heads/" + branch, local_->location(repository),
                 std::move(remote)};
}

// The place of a repository that we have created at GitHub; another repository with the same name
// does not count.
Result<GithubForge::Place> GithubForge::bound_place(const std::string& repository) {
    Result<std::optional<Binding>> bound = github::read_binding(local_->location(repository));
    if (!bound) return fail(std::move(bound.error()));
    if (!*bound)
        return fail(ErrorKind::not_found, "the repository " + repository + " is not at GitHub yet");
    const Answer<github::Repository> facts = client_.repository((*bound)->name);
    if (!facts) return fail(unusable(facts.error(), (*bound)->name));
    if (facts->id != (*bound)->id)
        return fail(ErrorKind::permission,
                    (*bound)->name.text() + " is now a different repository at GitHub",
                    "repository", "give the original repository its name back");
    return place(repository, *facts);
}

// Synchronises both default branches.
Result<void> GithubForge::align(const std::string& repository, const Place& place) {
    Result<std::string> seen = commit_at(place.directory, kSeenRef);
    if (!seen) return fail(std::move(seen.error()));
    if (Result<void> fetched = place.git->fetch(place.directory, place.default_ref, kSeenRef);
        !fetched)
        return fetched;
    Result<std::string> there = commit_at(place.directory, kSeenRef);
    if (!there) return fail(std::move(there.error()));
    Result<std::string> here = commit_at(place.directory, local_default());
    if (!here) return fail(std::move(here.error()));
    if (*here == *there) return {};
    Result<bool> behind = is_in(place.directory, *here, *there);
    if (!behind) return fail(std::move(behind.error()));
    if (*behind) return move_local(place, *there, *here);
    Result<bool> ahead = is_in(place.directory, *there, *here);
    if (!ahead) return fail(std::move(ahead.error()));
    // If a commit that was at GitHub is missing now, people have removed it there.
    Result<bool> taken_back =
        *ahead && !seen->empty() ? is_in(place.directory, *here, *seen) : Result<bool>(false);
    if (!taken_back) return fail(std::move(taken_back.error()));
    if (*ahead && !*taken_back) return publish(place, std::string(kDefaultBranch), *here);
    return yield(repository, place, *here, *there);
}

Result<void> GithubForge::yield(const std::string& repository, const Place& place,
                                const std::string& here, const std::string& there) {
    log_.warning("the default branches have diverged: GitHub's is used, ours is kept",
                 {{"repository", repository}, {"kept", here}, {"github", there}});
    Result<std::string> kept = git_output({"--git-dir=" + place.directory, "update-ref",
                                           "refs/keep/main/" + here.substr(0, 12), here},
                                          "keep " + here);
    if (!kept) return fail(std::move(kept.error()));
    return move_local(place, there, here);
}

Result<void> GithubForge::move_local(const Place& place, const std::string& to,
                                     const std::string& from) {
    Result<std::string> moved =
        git_output({"--git-dir=" + place.directory, "update-ref", local_default(), to, from},
                   "take over GitHub's default branch");
    if (!moved) return fail(std::move(moved.error()));
    return {};
}

// Takes over the content at GitHub, if there is no work here yet.
Result<void> GithubForge::take_over(const std::string& repository, const Place& place) {
    if (Result<void> fetched = place.git->fetch(place.directory, place.default_ref, kSeenRef);
        !fetched)
        return fetched;
    Result<std::string> there = commit_at(place.directory, kSeenRef);
    if (!there) return fail(std::move(there.error()));
    Result<std::string> here = commit_at(place.directory, local_default());
    if (!here) return fail(std::move(here.error()));
    Result<bool> ours = is_in(place.directory, *here, *there);
    if (!ours) return fail(std::move(ours.error()));
    if (*ours) return align(repository, place);
    Result<bool> untouched = is_untouched(place.directory);
    if (!untouched) return fail(std::move(untouched.error()));
    if (!*untouched)
        return fail(
            ErrorKind::invalid,
            "the work of " + repository + " here does not go together with " + place.name.text(),
            "repository", "create another project for that repository");
    return move_local(place, *there, *here);
}

// The first request for a repository on this machine, or a repetition after an interrupted one.
Result<void> GithubForge::begin(const std::string& repository, const std::string& description,
                                const RepositoryName& name, bool owned_by_project) {
    Answer<github::Repository> facts = client_.repository(name);
    if (!facts && facts.error().status == 404 && !owned_by_project) {
        facts = client_.create_repository(name, description);
        if (!facts && facts.error().kind == ErrorKind::conflict) facts = client_.repository(name);
        if (!facts) return fail(uncreated(facts.error(), name));
    }
    if (!facts) return fail(unusable(facts.error(), name));
    Result<Place> place = this->place(repository, *facts);
    if (!place) return fail(std::move(place.error()));
    const auto refs = place->git->refs();
    if (!refs) return fail(Error(refs.error()));
    const auto at = [&](const std::string& ref) {
        const auto found = std::ranges::find(*refs, ref, [](const auto& one) { return one.first; });
        return found == refs->end() ? std::string() : found->second;
    };
    Result<std::string> here = commit_at(place->directory, local_default());
    if (!here) return fail(std::move(here.error()));
    if (refs->empty()) {
        Result<bool> pushed = place->git->push(
            place->directory, owned_by_project
                                  ? std::vector<std::string>{*here + ':' + place->default_ref}
                                  : std::vector<std::string>{*here + ':' + place->default_ref,
                                                             *here + ':' + kMarkerRef});
        if (!pushed) return fail(std::move(pushed.error()));
        if (!*pushed)
            return fail(ErrorKind::permission, "GitHub refused the first push to " + name.text(),
                        "repository", "let the App bypass the organisation's rule sets");
    } else if (!owned_by_project && at(kMarkerRef).empty()) {
        return foreign_content(name);
    } else if (owned_by_project && !at(kMarkerRef).empty()) {
        return fail(ErrorKind::invalid, name.text() + " belongs to another project of this system",
                    "repository_url", "work on it in that project");
    } else if (Result<void> taken = take_over(repository, *place); !taken) {
        return taken;
    }
    return github::write_binding(place->directory, {place->name, facts->id});
}

Result<void> GithubForge::ensure_repository(const std::string& repository,
                                            const std::string& description) {
    // The name is checked where it becomes a path.
    if (Result<void> made = local_->ensure_repository(repository, description); !made) return made;
    const std::lock_guard lock(mutex_of(repository));
    const Result<std::optional<Binding>> bound = github::read_binding(local_->location(repository));
    if (!bound) return fail(Error(bound.error()));
    if (!*bound) return begin(repository, description, {settings_.owner, repository}, false);
    Result<Place> place = bound_place(repository);
    if (!place) return fail(std::move(place.error()));
    return align(repository, *place);
}

Result<void> GithubForge::adopt_repository(const std::string& repository, const std::string& url) {
    Result<RepositoryName> name = github::name_in_url(url, settings_.git_url);
    if (!name) return fail(std::move(name.error()));
    if (Result<void> made = local_->ensure_repository(repository, repository); !made) return made;
    const std::lock_guard lock(mutex_of(repository));
    const Result<std::optional<Binding>> bound = github::read_binding(local_->location(repository));
    if (!bound) return fail(Error(bound.error()));
    if (!*bound) return begin(repository, repository, *name, true);
    if (contracts::lower_case((*bound)->name.text()) != contracts::lower_case(name->text()))
        return fail(
            ErrorKind::invalid,
            "the project's work is in " + (*bound)->name.text() + " and not in " + name->text(),
            "repository_url", "create another project for the other repository");
    Result<Place> place = bound_place(repository);
    if (!place) return fail(std::move(place.error()));
    return align(repository, *place);
}

Result<void> GithubForge::ensure_branch(const std::string& repository, const std::string& branch) {
    return local_->ensure_branch(repository, branch);
}

// Adds a commit to GitHub's default branch: directly, or by pull request if the branch requires
// that.
Result<void> GithubForge::publish(const Place& place, const std::string& branch,
                                  const std::string& commit) {
    const std::string target = place.default_ref.substr(std::string_view("refs/heads/").size());
    Answer<BranchRules> rules = client_.branch_rules(place.name, target);
    if (!rules) return plain(rules.error());
    if (rules->by_pull_request) return merge(place, branch, commit, *rules);
    Result<bool> pushed = place.git->push(place.directory, {commit + ':' + place.default_ref});
    if (!pushed) return fail(std::move(pushed.error()));
    if (*pushed) return {};
    // Another push was faster, or the branch has just been protected: the next try will show it.
    return fail(ErrorKind::transient, "GitHub refused the push to " + place.name.text());
}

Result<void> GithubForge::merge(const Place& place, const std::string& branch,
                                const std::string& commit, const BranchRules& rules) {
    const std::string head = std::string(kWorkBranches) + branch;
    Result<bool> pushed = place.git->push(place.directory, {'+' + commit + ":refs/heads/" + head});
    if (!pushed) return fail(std::move(pushed.error()));
    if (!*pushed)
        return fail(ErrorKind::permission, "GitHub refused the branch " + head, "repository",
                    "let the App push branches whose names begin with orchestrator/");
    Result<std::string> title = git_output(
        {"--git-dir=" + place.directory, "log", "-1", "--format=%s", commit}, "read " + commit);
    if (!title) return fail(std::move(title.error()));
    Result<std::string> commits =
        git_output({"--git-dir=" + place.directory, "log", "--max-count=50", "--format=- %s",
                    std::string(kSeenRef) + ".." + commit},
                   "list commits");
    if (!commits) return fail(std::move(commits.error()));
    github::PullDraft draft{.head = head,
                            .base = place.default_ref.substr(11),
                            .title = title->empty() ? branch : title->substr(0, 200),
                            .body = "The project's own tests passed on " + commit + ".\n\n" +
                                    commits->substr(0, 20'000) + '\n'};
    return github::merge_by_pull_request(client_, place.name, draft, commit, rules);
}

// Workflows run with the project's secrets, and pushing a branch is enough to run one: files
// written by agents must not get there.
Result<void> refuse_workflows(const std::string& directory, const std::string& commit) {
    Result<std::string> changed =
        git_output({"--git-dir=" + directory, "diff", "--name-only", "--no-renames",
                    local_default() + "..." + commit, "--", ".github"},
                   "look for changed workflows");
    if (!changed) return fail(std::move(changed.error()));
    if (changed->empty()) return {};
    return fail(ErrorKind::invalid,
                "the work changes files that GitHub runs with the project's secrets: " +
                    changed->substr(0, changed->find('\n')).substr(0, 200),
                "commit", "do not change anything below .github/; only a person may");
}

Result<void> GithubForge::advance_default_branch(const std::string& repository,
                                                 const std::string& branch,
                                                 const std::string& commit) {
    const std::lock_guard lock(mutex_of(repository));
    Result<Place> place = bound_place(repository);
    if (!place) return fail(std::move(place.error()));
    if (Result<void> aligned = align(repository, *place); !aligned) return aligned;
    Result<bool> merged = local_->contains(repository, std::string(kDefaultBranch), commit);
    if (!merged) return fail(std::move(merged.error()));
    if (!*merged) {
        Result<bool> forward = is_in(place->directory, local_default(), commit);
        if (!forward) return fail(std::move(forward.error()));
        if (!*forward)
            return fail(ErrorKind::conflict, "the default branch has moved on since the work began",
                        {}, "merge it into the branch");
        if (Result<void> harmless = refuse_workflows(place->directory, commit); !harmless)
            return harmless;
        const std::string label = branch.empty() ? std::string(kDefaultBranch) : branch;
        if (Result<void> there = publish(*place, label, commit); !there) return there;
        if (Result<void> aligned = align(repository, *place); !aligned) return aligned;
    }
    return local_->advance_default_branch(repository, branch, commit);
}

Result<std::string> GithubForge::commit_directory(const DirectoryCommit& commit) {
    const std::lock_guard lock(mutex_of(commit.repository));
    Result<Place> place = bound_place(commit.repository);
    if (!place) return fail(std::move(place.error()));
    Result<std::string> made = local_->commit_directory(commit);
    if (!made) return made;
    // If this fails, the next call for the repository pushes it.
    if (Result<void> aligned = align(commit.repository, *place); !aligned)
        return fail(std::move(aligned.error()));
    return made;
}

// Deletes GitHub's first: the local repository is what records which one that is.
Result<void> GithubForge::delete_repository(const std::string& repository) {
    const std::lock_guard lock(mutex_of(repository));
    const Result<std::optional<Binding>> bound = github::read_binding(local_->location(repository));
    if (!bound) return fail(Error(bound.error()));
    if (!*bound) return local_->delete_repository(repository);
    Result<Place> place = bound_place(repository);
    if (!place) return fail(std::move(place.error()));
    const auto refs = place->git->refs();
    if (!refs) return fail(Error(refs.error()));
    if (std::ranges::none_of(*refs, [](const auto& ref) { return ref.first == kMarkerRef; }))
        return fail(ErrorKind::permission, place->name.text() + " was not created by this system",
                    "repository", "delete it at GitHub");
    if (const Answer<void> gone = client_.delete_repository(place->name); !gone)
        return fail(undeleted(gone.error(), place->name));
    return local_->delete_repository(repository);
}

}  // namespace

std::unique_ptr<Forge> make_github_forge(std::unique_ptr<Forge> local, github::Client& client,
                                         GithubForgeSettings settings, contracts::Log log) {
    return std::make_unique<GithubForge>(std::move(local), client, std::move(settings),
                                         std::move(log));
}

}  // namespace control
