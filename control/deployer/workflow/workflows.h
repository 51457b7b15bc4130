// Deploying by a workflow of the project's own at GitHub: what it reads is put there as secrets,
// it is started on exactly one commit, and looked at until it has ended. Nothing here waits.
//
// Failure: as the client of GitHub has it (forge/github/fault.h). A repository that is not at
// GitHub: `invalid`. Thread: any.
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
    std::string deploy = "deploy.yml";           // of .github/workflows
    std::string build = "ci.yml";                // makes what is deployed, after a push
};

enum class RunState { absent, waiting, passed, failed, cancelled };

struct RunLook {
    RunState state = RunState::absent;
    std::int64_t run = 0;
    std::string status{};  // GitHub's words
    std::string conclusion{};
    std::string url{};
    std::string commit{};
};

// Why a run failed, by rule: the last failing step of each failed job, and the end of the last
// one's log.
struct RunFailure {
    std::string summary;
    std::string log;  // masked
};

class Workflows {
public:
    // `forge` tells where a repository lies. Both are borrowed.
    Workflows(github::Client& client, const Forge& forge, WorkflowSettings settings)
        : client_(client), forge_(forge), settings_(std::move(settings)) {}

    [[nodiscard]] const WorkflowSettings& settings() const { return settings_; }
    // All of them or a failure that names the one; done again it changes nothing.
    [[nodiscard]] contracts::Result<void> put_secrets(
        const std::string& repository, const std::map<std::string, std::string>& secrets);
    // Those that are not there are gone already.
    [[nodiscard]] contracts::Result<void> delete_secrets(const std::string& repository,
                                                         const std::vector<std::string>& names);
    // The build of exactly this commit.
    [[nodiscard]] contracts::Result<RunLook> build(const std::string& repository,
                                                   const std::string& commit);
    // Once for each marker.
    [[nodiscard]] contracts::Result<github::Dispatch> start(const std::string& repository,
                                                            const std::string& commit,
                                                            const std::string& marker);
    // Of the run, or of the tag where the run is not known. Its tag goes when it has ended.
    [[nodiscard]] contracts::Result<RunLook> look(const std::string& repository, std::int64_t run,
                                                  const std::string& tag);
    // `secrets`: values that must not be told.
    [[nodiscard]] contracts::Result<RunFailure> failure(const std::string& repository,
                                                        std::int64_t run,
                                                        const std::vector<std::string>& secrets);
    // The run, or that of the tag where the run is not known; one that has ended is left alone.
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
