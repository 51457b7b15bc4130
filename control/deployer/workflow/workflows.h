// Deploying by the project's own workflow at GitHub: stores the secrets that it reads there, starts
// it for exactly one commit, and checks on it until it has ended. Nothing here waits.
//
// Failure: as of the GitHub client (forge/github/fault.h). A repository that is not at GitHub:
// `invalid`. Thread: any.
#pragma once

#include "control/forge/forge.h"
#include "control/forge/github/client.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace control::deployer {

struct WorkflowSettings {
    std::string git_url = "https://github.com";  // GITHUB_URL
    std::string deploy = "deploy.yml";           // a file in .github/workflows
    std::string build = "ci.yml";                // builds what is deployed, after a push
};

enum class RunState { absent, waiting, passed, failed, cancelled };

struct RunLook {
    RunState state = RunState::absent;
    std::int64_t run = 0;
    std::string status{};  // in GitHub's words
    std::string conclusion{};
    std::string url{};
    std::string commit{};
};

// Why a run failed, found by rules: the last failed step of each failed job, and the end of the
// last such job's log.
struct RunFailure {
    std::string summary;
    std::string log;  // masked
};

class Workflows {
public:
    // `forge` knows where a repository lies. Both are borrowed.
    Workflows(github::Client& client, const Forge& forge, WorkflowSettings settings)
        : client_(client), forge_(forge), settings_(std::move(settings)) {}

    [[nodiscard]] const WorkflowSettings& settings() const { return settings_; }
    // Sets all of them; a failure names the secret. Repeating the call changes nothing.
    [[nodiscard]] contracts::Result<void> put_secrets(
        const std::string& repository, const std::map<std::string, std::string>& secrets);
    // Secrets that do not exist are skipped.
    [[nodiscard]] contracts::Result<void> delete_secrets(const std::string& repository,
                                                         const std::vector<std::string>& names);
    // The build of exactly this commit.
    [[nodiscard]] contracts::Result<RunLook> build(const std::string& repository,
                                                   const std::string& commit);
    // Starts one run for each marker, however often it is called.
    [[nodiscard]] contracts::Result<github::Dispatch> start(const std::string& repository,
                                                            const std::string& commit,
                                                            const std::string& marker);
    // The state of the run, or of the tag's if `run` is 0. Deletes the tag of an ended run.
    [[nodiscard]] contracts::Result<RunLook> look(const std::string& repository, std::int64_t run,
                                                  const std::string& tag);
    // `secrets`: values that are masked.
    [[nodiscard]] contracts::Result<RunFailure> failure(const std::string& repository,
                                                        std::int64_t run,
                                                        const std::vector<std::string>& secrets);
    // Cancels the run, or that of the tag if `run` is 0; one that has ended is left alone.
    [[nodiscard]] contracts::Result<void> cancel(const std::string& repository, std::int64_t run,
                                                 const std::string& tag);

private:
    [[nodiscard]] contracts::Result<github::RepositoryName> name_of(
        const std::string& repository) const;

    github::Client& client_;
    const Forge& forge_;
    const WorkflowSettings settings_;
};

}  // namespace control::deployer
