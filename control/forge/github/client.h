// GitHub's REST API as a GitHub App sees it, one function a call.
//
// The App's installation is looked up once for each owner, and its token is kept in memory until
// five minutes before it expires. When GitHub no longer accepts them (revoked, suspended), both are
// forgotten and the call fails with `permission`. Thread: any.
#pragma once

#include "control/forge/github/answers.h"
#include "control/forge/github/app_key.h"
#include "control/forge/github/transport.h"

namespace control::github {

struct ClientSettings {
    std::string app_id;                              // GITHUB_APP_ID
    std::string api_url = "https://api.github.com";  // GITHUB_API_URL
};

struct RepositoryName {
    std::string owner;
    std::string name;
    [[nodiscard]] std::string text() const { return owner + '/' + name; }
};

// Whether it can be a name at GitHub: what could leave a URL's path is refused with `invalid`.
[[nodiscard]] contracts::Result<void> check_name(const RepositoryName& name);

struct PullDraft {
    std::string head;  // branch of the same repository
    std::string base;
    std::string title;
    std::string body;
};

struct FileChange {
    std::string path;
    std::string branch;
    std::string message;
    std::string content;     // plain; sent as base64
    std::string replaces{};  // the blob that is replaced; empty: the file is new
};

struct Dispatch {
    std::int64_t run = 0;  // 0: GitHub told none (older Enterprise Servers); find_run finds it
    std::string tag;
};

class Client {
public:
    // Borrows `http` and `clock`.
    Client(HttpClient& http, const contracts::Clock& clock, AppKey key, ClientSettings settings);

    // For git over HTTPS; the caller wipes it. Never to be put into a URL, argv or a file.
    [[nodiscard]] Answer<std::string> token(const std::string& owner);

    // Repositories.
    [[nodiscard]] Answer<Repository> repository(const RepositoryName& name);
    // A private, empty one, in an organisation. One of that name is there: `conflict`.
    [[nodiscard]] Answer<Repository> create_repository(const RepositoryName& name,
                                                       const std::string& description);
    // All that the organisation shows to the App; more than 10,000: `invalid`.
    [[nodiscard]] Answer<std::vector<Repository>> repositories(const std::string& owner);

    // Contents and refs. `ref` is "heads/main", "tags/x".
    [[nodiscard]] Answer<std::string> read_file(const RepositoryName& name, const std::string& path,
                                                const std::string& ref, std::size_t most);
    [[nodiscard]] Answer<void> write_file(const RepositoryName& name, const FileChange& change);
    [[nodiscard]] Answer<std::string> ref_commit(const RepositoryName& name,
                                                 const std::string& ref);
    [[nodiscard]] Answer<void> create_ref(const RepositoryName& name, const std::string& ref,
                                          const std::string& commit);
    // One that is not there is deleted already.
    [[nodiscard]] Answer<void> delete_ref(const RepositoryName& name, const std::string& ref);

    // What pushes to the branch must keep to. A branch that is not there asks nothing.
    [[nodiscard]] Answer<BranchRules> branch_rules(const RepositoryName& name,
                                                   const std::string& branch);
    // Check runs and statuses of a commit, the newest of each name.
    [[nodiscard]] Answer<std::vector<Check>> checks(const RepositoryName& name,
                                                    const std::string& commit);

    // Pull requests.
    [[nodiscard]] Answer<PullRequest> open_pull_request(const RepositoryName& name,
                                                        const PullDraft& draft);
    // The newest one from `head` into `base`, open or not; empty: there is none.
    [[nodiscard]] Answer<std::optional<PullRequest>> find_pull_request(const RepositoryName& name,
                                                                       const std::string& head,
                                                                       const std::string& base);
    // GitHub's word for whether it can be merged: "clean", "dirty", "behind", "blocked", "unknown",
    // …
    [[nodiscard]] Answer<std::string> mergeable_state(const RepositoryName& name,
                                                      std::int64_t number);
    // What is said of it, the newest 100; the oldest of them first.
    [[nodiscard]] Answer<std::vector<Review>> reviews(const RepositoryName& name,
                                                      std::int64_t number);
    [[nodiscard]] Answer<std::vector<ReviewComment>> review_comments(const RepositoryName& name,
                                                                     std::int64_t number);
    // With a merge commit, and only if its head is `commit`. `conflict`: GitHub does not merge it.
    [[nodiscard]] Answer<void> merge_pull_request(const RepositoryName& name, std::int64_t number,
                                                  const std::string& commit);

    // Secrets of Actions. A name that GitHub does not take: `invalid`, and nothing is sent.
    [[nodiscard]] Answer<void> put_secret(const RepositoryName& name, const std::string& secret,
                                          std::string_view value);
    [[nodiscard]] Answer<void> delete_secret(const RepositoryName& name, const std::string& secret);

    // Starts a workflow on exactly `commit`, by way of a tag that is made for it: delete "tags/" +
    // tag when the run has ended. `marker` tells one start from another: with the marker of one
    // that was begun nothing is started, and its tag comes back without a run. A workflow file that
    // is not there: `not_found`, field "workflow". On failure the tag is gone.
    [[nodiscard]] Answer<Dispatch> dispatch(const RepositoryName& name, const std::string& workflow,
                                            const std::string& commit,
                                            const contracts::Json& inputs,
                                            const std::string& marker);
    // The run of a tag, for a dispatch that told no id; empty: not there yet.
    [[nodiscard]] Answer<std::optional<WorkflowRun>> find_run(const RepositoryName& name,
                                                              const std::string& workflow,
                                                              const std::string& tag);
    // The newest run of a workflow that a push of exactly this commit began; empty: there is none.
    [[nodiscard]] Answer<std::optional<WorkflowRun>> run_of_commit(const RepositoryName& name,
                                                                   const std::string& workflow,
                                                                   const std::string& commit);
    [[nodiscard]] Answer<WorkflowRun> run(const RepositoryName& name, std::int64_t id);
    [[nodiscard]] Answer<std::vector<Job>> jobs(const RepositoryName& name, std::int64_t run);
    // The end of a job's log, at most `most` bytes.
    [[nodiscard]] Answer<std::string> log_tail(const RepositoryName& name, std::int64_t job,
                                               std::size_t most);
    // One that has ended is cancelled already.
    [[nodiscard]] Answer<void> cancel_run(const RepositoryName& name, std::int64_t id);
    [[nodiscard]] Answer<void> rerun_failed_jobs(const RepositoryName& name, std::int64_t id);

private:
    struct Owner {
        std::mutex mutex;
        std::int64_t installation = 0;  // 0: not looked up
        InstallationToken token{};
        std::unique_ptr<Budget> budget;
    };

    [[nodiscard]] Owner& owner(const std::string& name);
    [[nodiscard]] Answer<Installation> find_installation(const std::string& owner,
                                                         const std::string& jwt);
    // With the owner's lock held.
    [[nodiscard]] Answer<void> renew(const std::string& name, Owner& owner);
    [[nodiscard]] Answer<Reply> send(const std::string& owner, const Call& call);
    [[nodiscard]] Answer<contracts::Json> ask(const std::string& owner, const Call& call);
    [[nodiscard]] Answer<std::optional<WorkflowRun>> newest_run(const RepositoryName& name,
                                                                const std::string& workflow,
                                                                const std::string& query);
    [[nodiscard]] Answer<std::int64_t> start_workflow(const RepositoryName& name,
                                                      const std::string& workflow,
                                                      const std::string& tag,
                                                      const contracts::Json& inputs);

    const contracts::Clock& clock_;
    AppKey key_;
    ClientSettings settings_;
    Transport transport_;
    Budget app_budget_;
    std::mutex mutex_;
    std::map<std::string, Owner, std::less<>> owners_;
};

}  // namespace control::github
