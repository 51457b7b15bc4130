// The bodies of the forge that the suite runs against: each with one repository "shop", its branch
// "task/1", and a place for workspaces that any user may enter.
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

// A script of a person's, in a directory; it must succeed.
std::string run_in(const std::string& directory, const std::string& script);

struct House {
    tests::TemporaryDirectory root;
    std::unique_ptr<control::Forge> forge;

    House();
    // An empty one, the worker's own.
    std::string workspace(const std::string& name);
    // What workers push to.
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

// What a forge has logged.
class LoggedLines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view line) override { text.append(line) += '\n'; }
    std::string text;
};

struct LocalHouse : House {
    LocalHouse();
};

// When it goes, the default branch at GitHub must be the local one, and nothing that was asked or
// answered other than GitHub describes it.
struct GithubHouse : House {
    tests::GithubServer& hub = tests::GithubServer::fresh();
    control::HttpClient http;
    contracts::SystemClock clock;
    std::shared_ptr<LoggedLines> logged = std::make_shared<LoggedLines>();
    std::unique_ptr<control::github::Client> client;
    bool compares = true;  // at the end

    explicit GithubHouse(bool furnished = true);
    ~GithubHouse();
    // Another daemon, which knows what lies in `directory` below the root.
    [[nodiscard]] std::unique_ptr<control::Forge> make_forge(const std::string& directory);
    // A commit of a person's, on the branch of a repository at GitHub.
    std::string commit_there(const std::string& full_name, const std::string& script,
                             const std::string& branch = "main");
    [[nodiscard]] std::string there(const std::string& full_name,
                                    const std::string& ref = "main") const;
};

}  // namespace forge_tests
