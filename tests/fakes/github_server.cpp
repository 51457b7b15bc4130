#include "tests/fakes/github_server.h"

#include "tests/support/eventually.h"
#include "tests/support/http_request.h"

#include <charconv>
#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace tests {

namespace {

constexpr std::string_view kFakeListens = "listening on ";

}  // namespace

GithubServer::GithubServer() {
    run_successfully({.argv = {"openssl", "genrsa", "-traditional", "-out", key_file(), "2048"}});
    std::filesystem::permissions(key_file(), std::filesystem::perms(0600));
    ChildOptions child{.argv = {ORCH_SOURCE_DIR "/build/tools/fake_github/bin/python", "-B",
                                ORCH_SOURCE_DIR "/tests/fakes/github/server.py", "--directory",
                                directory_ / "repositories", "--key", key_file(), "--app-id",
                                kAppId}};
    for (const char* owner : {"acme", "else", "user-ann"})
        child.argv.insert(child.argv.end(), {"--owner", owner});
    process_.emplace(std::move(child));
    eventually("the fake GitHub listening", [this] {
        if (process_->running()) return process_->output().ends_with('\n');
        throw std::runtime_error("the fake GitHub ended: " + process_->error_output());
    });
    const std::string said = process_->output();
    std::from_chars(said.data() + kFakeListens.size(), said.data() + said.size(), port_);
}

GithubServer& GithubServer::fresh() {
    static GithubServer server;
    server.change({{"do", "begin"}});
    return server;
}

void GithubServer::change(const contracts::Json& order) const {
    const HttpResponse done =
        http(url(), {.method = "POST", .target = "/fake", .body = contracts::dump_json(order)});
    if (done.status != 200)
        throw std::runtime_error("the fake GitHub refused " + contracts::dump_json(order) + ": " +
                                 contracts::dump_json(state()["violations"]));
}

void GithubServer::misbehave(const std::string& path, int status, const std::string& body,
                             contracts::Json headers, int times) const {
    change({{"do", "misbehave"},
            {"path", path},
            {"status", status},
            {"body", body},
            {"headers", std::move(headers)},
            {"times", times}});
}

contracts::Json GithubServer::state() const {
    auto state = contracts::parse_json(http(url(), {.target = "/fake"}).body);
    if (!state) throw std::runtime_error(state.error().describe());
    return *std::move(state);
}

std::vector<std::string> GithubServer::violations() const {
    return state()["violations"].get<std::vector<std::string>>();
}

int GithubServer::count(const std::string& method, const std::string& end) const {
    int count = 0;
    const contracts::Json now = state();
    for (const contracts::Json& request : now["requests"])
        if (request["method"] == method && request["path"].get<std::string>().ends_with(end))
            ++count;
    return count;
}

}  // namespace tests
