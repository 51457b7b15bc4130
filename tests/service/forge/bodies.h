// The forge's implementations that the suite runs against: each with one repository "shop", its
// branch "task/1", and a directory for workspaces that any user may enter.
#pragma once

#include "contracts/base/log.h"
#include "control/forge/forge.h"
#include "control/forge/github/client.h"
#include "tests/fakes/github_server.h"
#include "tests/support/temporary_directory.h"

#include <memory>
#include <string>

namespace forge_tests {

inline constexpr std::uint32_t kWorkerUid = 23457;

// Runs a shell script in a directory, as a person would; it must succeed.
std::string run_in(const std::string& directory, const std::string& script);

struct House {
    tests::TemporaryDirectory root;
    std::unique_ptr<control::Forge> forge;

    House();
    // Creates an empty workspace that belongs to the worker.
    std::string workspace(const std::string& name);
    // The bare repository that workers push to.
    [[nodiscard]] std::string bare(const std::string& repository) const {
        return root.text() + "/forge/" + repository + ".git";
    }
    // A commit on the branch, made in a clone and pushed straight to the bare repository.
    std::string commit(const std::string& branch, const std::string& script,
                       const std::string& repository = "shop");
    [[nodiscard]] std::string main_commit(const std::string& repository = "shop") const;

protected:
    void furnish();
};

// The log lines of a forge.
class LoggedLines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view line) override { text.append(line) += '\n'; }
    std::string text;
};

struct LocalHouse : House {
    LocalHouse();
};

// At destruction the default branch at GitHub must equal the local one, and all requests and
// answers must match GitHub's published description.
struct GithubHouse : House {
    tests::GithubServer& hub = tests::GithubServer::fresh();
    control::HttpClient http;
    contracts::SystemClock clock;
    std::shared_ptr<LoggedLines> logged = std::make_shared<LoggedLines>();
    std::unique_ptr<control::github::Client> client;
    bool compares = true;  // whether to compare the branches at the end

    explicit GithubHouse(bool furnished = true);
    ~GithubHouse();
    // The forge of another daemon, whose state lies in `directory` below the root.
    [[nodiscard]] std::unique_ptr<control::Forge> make_forge(const std::string& directory);
    // Commits to a branch of a repository at GitHub, as a person would.
    std::string commit_there(const std::string& full_name, const std::string& script,
                             const std::string& branch = "main");
    [[nodiscard]] std::string there(const std::string& full_name,
                                    const std::string& ref = "main") const;
};

}  // namespace forge_tests
