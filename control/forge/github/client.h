// GitHub's REST API for a GitHub App, one function per call.
//
// The App's installation is looked up once per owner, and its token is kept in memory until five
// minutes before it expires. If GitHub no longer accepts them (revoked, suspended), both are
// dropped and the call fails with `permission`. Thread: any.
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

// Whether it can be a name at GitHub: anything that could leave a URL's path is refused with
// `invalid`.
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
    std::string content;     // plain text; sent as base64
    std::string replaces{};  // the blob to replace; empty: the file is new
};

struct Dispatch {
    std::int64_t run = 0;  // 0: GitHub did not report it (older Enterprise Servers); find_run finds
                           // it
    std::string tag;
};

class Client {
public:
    // Borrows `http` and `clock`.
    Client(HttpClient& http, const contracts::Clock& clock, AppKey key, ClientSettings settings);

    // For git over HTTPS; the caller wipes it. Never put it into a URL, argv or a file.
    [[nodiscard]] Answer<std::string> token(const std::string& owner);

    // Repositories.
    [[nodiscard]] Answer<Repository> repository(const RepositoryName& name);
    // Creates a private, empty repository in an organisation. If the name exists: `conflict`.
    [[nodiscard]] Answer<Repository> create_repository(const RepositoryName& name,
                                                       const std::string& description);
    // One that does not exist counts as deleted.
    [[nodiscard]] Answer<void> delete_repository(const RepositoryName& name);
    // All repositories of the organisation that the App can see; more than 10,000: `invalid`.
    [[nodiscard]] Answer<std::vector<Repository>> repositories(const std::string& owner);

    // Contents and refs. `ref` is "heads/main", "tags/x".
    [[nodiscard]] Answer<std::string> read_file(const RepositoryName& name, const std::string& path,
                                                const std::string& ref, std::size_t most);
    [[nodiscard]] Answer<void> write_file(const RepositoryName& name, const FileChange& change);
    [[nodiscard]] Answer<std::string> ref_commit(const RepositoryName& name,
                                                 const std::string& ref);
    [[nodiscard]] Answer<void> create_ref(const RepositoryName& name, const std::string& ref,
                                          const std::string& commit);
    // A ref that does not exist counts as deleted.
    [[nodiscard]] Answer<void> delete_ref(const RepositoryName& name, const std::string& ref);

    // The requirements for pushes to the branch. A branch that does not exist has none.
    [[nodiscard]] Answer<BranchRules> branch_rules(const RepositoryName& name,
                                                   const std::string& branch);
    // Check runs and statuses of a commit, the newest of each name.
    [[nodiscard]] Answer<std::vector<Check>> checks(const RepositoryName& name,
                                                    const std::string& commit);

    // Pull requests.
    [[nodiscard]] Answer<PullRequest> open_pull_request(const RepositoryName& name,
                                                        const PullDraft& draft);
    // The newest one from `head` into `base`, open or closed; empty if there is none.
    [[nodiscard]] Answer<std::optional<PullRequest>> find_pull_request(const RepositoryName& name,
                                                                       const std::string& head,
                                                                       const std::string& base);
    // GitHub's value for whether it can be merged: "clean", "dirty", "behind", "blocked",
    // "unknown", …
    [[nodiscard]] Answer<std::string> mergeable_state(const RepositoryName& name,
                                                      std::int64_t number);
    // Reviews and comments on it, the newest 100, in order of their age, oldest first.
    [[nodiscard]] Answer<std::vector<Review>> reviews(const RepositoryName& name,
                                                      std::int64_t number);
    [[nodiscard]] Answer<std::vector<ReviewComment>> review_comments(const RepositoryName& name,
                                                                     std::int64_t number);
    // Merges with a merge commit, and only if its head is `commit`. `conflict`: GitHub does not
    // merge it.
    [[nodiscard]] Answer<void> merge_pull_request(const RepositoryName& name, std::int64_t number,
                                                  const std::string& commit);

    // Secrets of Actions. A name that GitHub does not support: `invalid`, and nothing is sent.
    [[nodiscard]] Answer<void> put_secret(const RepositoryName& name, const std::string& secret,
                                          std::string_view value);
    [[nodiscard]] Answer<void> delete_secret(const RepositoryName& name, const std::string& secret);

    // Starts a workflow on exactly `commit`, using a tag that is created for it: delete "tags/" +
    // tag when the run has ended. `marker` identifies the start: with the marker of an earlier
    // start nothing is started, and its tag is returned without a run. No such workflow file:
    // `not_found`, field "workflow". On failure the tag does not exist.
    [[nodiscard]] Answer<Dispatch> dispatch(const RepositoryName& name, const std::string& workflow,
                                            const std::string& commit,
                                            const contracts::Json& inputs,
                                            const std::string& marker);
    // The run of a tag, for a dispatch without a run id; empty: it does not exist yet.
    [[nodiscard]] Answer<std::optional<WorkflowRun>> find_run(const RepositoryName& name,
                                                              const std::string& workflow,
                                                              const std::string& tag);
    // The newest run of a workflow that a push of exactly this commit started; empty if there is
    // none.
    [[nodiscard]] Answer<std::optional<WorkflowRun>> run_of_commit(const RepositoryName& name,
                                                                   const std::string& workflow,
                                                                   const std::string& commit);
    [[nodiscard]] Answer<WorkflowRun> run(const RepositoryName& name, std::int64_t id);
    [[nodiscard]] Answer<std::vector<Job>> jobs(const RepositoryName& name, std::int64_t run);
    // The end of a job's log, at most `most` bytes.
    [[nodiscard]] Answer<std::string> log_tail(const RepositoryName& name, std::int64_t job,
                                               std::size_t most);
    // A run that has ended counts as cancelled.
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
    // Call with the owner's lock held.
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
