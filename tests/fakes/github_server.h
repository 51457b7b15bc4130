// tests/fakes/github/server.py as a child of the test: a GitHub with an App, its organisations and
// real git behind it, which holds every request and answer against GitHub's published description.
//
// Throws std::runtime_error when it does not start or an exchange with it fails.
#pragma once

#include "contracts/base/json.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <optional>
#include <string>
#include <vector>

namespace tests {

class GithubServer {
public:
    // The organisations acme and else, and the user user-ann, have the App installed.
    GithubServer();
    // One for the whole program, as after its start: nothing is there, and nothing was asked.
    [[nodiscard]] static GithubServer& fresh();

    static constexpr const char* kAppId = "4711";
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string api_url() const { return url() + "/api"; }
    [[nodiscard]] std::string git_url() const { return url() + "/git"; }
    // The App's private key.
    [[nodiscard]] std::string key_file() const { return directory_ / "app.pem"; }
    // A repository's bare directory, for what people do there.
    [[nodiscard]] std::string repository(const std::string& full_name) const {
        return directory_ / ("repositories/" + full_name + ".git");
    }

    // {"do": …}, as github.py has it.
    void change(const contracts::Json& order) const;
    // The next answers to paths that the regular expression fits.
    void misbehave(const std::string& path, int status, const std::string& body,
                   contracts::Json headers = contracts::Json::object(), int times = 1) const;
    [[nodiscard]] contracts::Json state() const;
    // Requests and answers that were not as GitHub describes them.
    [[nodiscard]] std::vector<std::string> violations() const;
    // How many requests of this method had a path that ends so.
    [[nodiscard]] int count(const std::string& method, const std::string& end) const;

private:
    TemporaryDirectory directory_;
    std::optional<ChildProcess> process_;
    int port_ = 0;
};

}  // namespace tests
