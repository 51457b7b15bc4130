#include "control/forge/github/remote_git.h"

#include "control/forge/git.h"
#include "control/vault/sealed_box.h"
#include "control/vault/vault.h"

#include <cstdlib>

namespace control::github {

using contracts::fail;
using contracts::Result;

namespace {

// The only variables of the machine's environment that git gets, the same that the daemon's own
// clients read.
constexpr const char* kPassedOn[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                     "ALL_PROXY",  "no_proxy",    "NO_PROXY",    "SSL_CERT_FILE"};

Result<SubprocessEnd> run_remote(std::vector<std::string> arguments, const std::string& git_url,
                                 const std::string& header) {
    SubprocessSpec spec{.argv = {"git", "-c", "core.hooksPath=/dev/null"}};
    spec.argv.insert(spec.argv.end(), std::make_move_iterator(arguments.begin()),
                     std::make_move_iterator(arguments.end()));
    spec.environment = git_environment();
    // The header is the first one: its variable is wiped below.
    add_git_settings(spec.environment, {{"http." + git_url + "/.extraHeader", header},
                                        {"http.followRedirects", "false"},
                                        {"credential.helper", ""},
                                        {"http.lowSpeedLimit", "1"},
                                        {"http.lowSpeedTime", "60"}});
    spec.environment.emplace_back("GIT_ALLOW_PROTOCOL=http:https");
    for (const char* name : kPassedOn)
        if (const char* value = std::getenv(name))
            spec.environment.push_back(std::string(name) + '=' + value);
    spec.deadline = kGitDeadline;
    spec.max_output = 16 << 20;
    Result<SubprocessEnd> end = run_subprocess(spec);
    for (std::string& variable : spec.environment)
        if (variable.starts_with("GIT_CONFIG_VALUE_0=")) wipe(variable);
    return end;
}

}  // namespace

RemoteGit::RemoteGit(std::string git_url, const std::string& path, std::string token)
    : git_url_(std::move(git_url)), url_(git_url_ + '/' + path + ".git") {
    std::string user = "x-access-token:" + token;
    header_ = "Authorization: Basic " + base64_of(user);
    wipe(user);
    wipe(token);
}

RemoteGit::~RemoteGit() {
    wipe(header_);
}

Result<std::vector<std::pair<std::string, std::string>>> RemoteGit::refs() const {
    Result<SubprocessEnd> end = run_remote({"ls-remote", "--refs", url_}, git_url_, header_);
    if (!end) return fail(std::move(end.error()));
    if (!end->success()) return fail(git_error(*end, "look at " + url_));
    std::vector<std::pair<std::string, std::string>> refs;
    std::string_view rest = end->output;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (const std::size_t tab = line.find('\t'); tab != std::string_view::npos)
            refs.emplace_back(line.substr(tab + 1), line.substr(0, tab));
    }
    return refs;
}

Result<void> RemoteGit::fetch(const std::string& directory, const std::string& ref,
                              const std::string& into) const {
    Result<SubprocessEnd> end =
        run_remote({"--git-dir=" + directory, "fetch", "--quiet", "--no-tags",
                    "--no-write-fetch-head", "--no-auto-gc", url_, '+' + ref + ':' + into},
                   git_url_, header_);
    if (!end) return fail(std::move(end.error()));
    if (!end->success()) return fail(git_error(*end, "fetch from " + url_));
    return {};
}

Result<bool> RemoteGit::push(const std::string& directory,
                             const std::vector<std::string>& refspecs) const {
    std::vector<std::string> arguments{"--git-dir=" + directory, "push", "--porcelain", "--atomic",
                                       url_};
    arguments.insert(arguments.end(), refspecs.begin(), refspecs.end());
    Result<SubprocessEnd> end = run_remote(std::move(arguments), git_url_, header_);
    if (!end) return fail(std::move(end.error()));
    if (end->success()) return true;
    // A refused ref has a line that begins with "!"; without one git did not get that far.
    if (end->output.starts_with("!\t") || end->output.find("\n!\t") != std::string::npos)
        return false;
    return fail(git_error(*end, "push to " + url_));
}

}  // namespace control::github
