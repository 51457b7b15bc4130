// tests/fakes/github/server.py as a child of the test: a GitHub with an App, its organisations and
// real git, which checks every request and answer against GitHub's published description.
//
// Throws std::runtime_error if it does not start or a request to it fails.
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
    // The App is installed for the organisations acme and else, and for the user user-ann.
    GithubServer();
    // The server of the whole program, reset: no repositories, no recorded requests.
    [[nodiscard]] static GithubServer& fresh();

    static constexpr const char* kAppId = "4711";
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string api_url() const { return url() + "/api"; }
    [[nodiscard]] std::string git_url() const { return url() + "/git"; }
    // The file of the App's private key.
    [[nodiscard]] std::string key_file() const { return directory_ / "app.pem"; }
    // The directory of a bare repository, for changes that people make.
    [[nodiscard]] std::string repository(const std::string& full_name) const {
        return directory_ / ("repositories/" + full_name + ".git");
    }

    // Sends {"do": …}; github.py has the possible changes.
    void change(const contracts::Json& order) const;
    // Sets the next answers for paths that match the regular expression.
    void misbehave(const std::string& path, int status, const std::string& body,
                   contracts::Json headers = contracts::Json::object(), int times = 1) const;
    [[nodiscard]] contracts::Json state() const;
    // Requests and answers that did not conform to GitHub's description.
    [[nodiscard]] std::vector<std::string> violations() const;
    // The number of requests with this method and a path that ends like this.
    [[nodiscard]] int count(const std::string& method, const std::string& end) const;

private:
    TemporaryDirectory directory_;
    std::optional<ChildProcess> process_;
    int port_ = 0;
};

}  // namespace tests
