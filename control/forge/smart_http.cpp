#include "control/forge/smart_http.h"

#include "control/forge/git.h"

#include <charconv>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

bool is_allowed(const GitAccess& access, const HttpRequest& request) {
    const std::string base = '/' + access.repository + ".git/";
    const auto service = request.query.find("service");
    const bool known_service =
        service != request.query.end() &&
        (service->second == "git-upload-pack" || service->second == "git-receive-pack");
    const bool writes = request.path == base + "git-receive-pack" ||
                        (known_service && service->second == "git-receive-pack");
    if (writes && access.branch.empty()) return false;
    if (request.method == "GET") return request.path == base + "info/refs" && known_service;
    return request.method == "POST" &&
           (request.path == base + "git-upload-pack" || request.path == base + "git-receive-pack");
}

// The branch exists before its worker does and cannot be deleted, so no ref can be created below
// it.
GitSettings settings_for(const GitAccess& access) {
    return {{"receive.hideRefs", "refs/"},
            {"receive.hideRefs", "!refs/heads/" + access.branch},
            {"receive.hideRefs", "!refs/keep/" + access.keep},
            {"receive.denyDeletes", "true"},
            {"receive.denyNonFastForwards", "true"},
            {"receive.fsckObjects", "true"},
            {"receive.maxInputSize", std::to_string(kMaxPack)},
            {"receive.autogc", "false"},
            {"core.hooksPath", "/dev/null"},
            {"http.receivepack", "true"},
            {"safe.directory", "*"}};
}

SubprocessSpec backend(const std::string& directory, const GitAccess& access,
                       const HttpRequest& request) {
    SubprocessSpec spec;
    spec.argv = {"git", "http-backend"};
    const auto service = request.query.find("service");
    spec.environment = {
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_CONFIG_GLOBAL=/dev/null",
        "GIT_HTTP_EXPORT_ALL=1",
        "GIT_PROJECT_ROOT=" + directory,
        "PATH_INFO=" + request.path,
        "REQUEST_METHOD=" + request.method,
        "REMOTE_USER=worker",
        "REMOTE_ADDR=worker",
        "QUERY_STRING=" +
            (service == request.query.end() ? std::string() : "service=" + service->second),
        "CONTENT_TYPE=" + std::string(request.header("Content-Type")),
        "CONTENT_LENGTH=" + std::to_string(request.body.size()),
        "HTTP_CONTENT_ENCODING=" + std::string(request.header("Content-Encoding")),
        "GIT_PROTOCOL=" + std::string(request.header("Git-Protocol")),
        "HOME=/"};
    add_git_settings(spec.environment, settings_for(access));
    spec.input = request.body;
    spec.deadline = kGitDeadline;
    spec.max_output = 2 * kMaxPack;  // the runner keeps half of it at each end
    return spec;
}

// Parses CGI's answer: header lines, an empty line, the body.
Result<HttpResponse> from_cgi(std::string output) {
    HttpResponse response;
    std::size_t begin = 0;
    for (;;) {
        const std::size_t end = output.find("\r\n", begin);
        if (end == std::string::npos)
            return fail(ErrorKind::transient, "git's answer was incomplete");
        const std::string_view line(output.data() + begin, end - begin);
        begin = end + 2;
        if (line.empty()) break;
        const std::size_t colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        const std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
        if (name == "Status")
            std::from_chars(value.data(), value.data() + value.size(), response.status);
        else
            response.headers.push_back({std::string(name), std::string(value)});
    }
    response.body = output.substr(begin);
    return response;
}

}  // namespace

Result<GitAnswer> serve_smart_http(const std::string& directory, const GitAccess& access,
                                   const HttpRequest& request, std::stop_token stop) {
    if (!is_allowed(access, request))
        return fail(ErrorKind::permission, "this door serves " + access.repository + " alone");
    Result<SubprocessEnd> end =
        run_subprocess(backend(directory, access, request), std::move(stop));
    if (!end) return end.fault();
    if (!end->output_complete)
        return fail(ErrorKind::invalid, "the repository is too large to fetch");
    Result<HttpResponse> response = from_cgi(std::move(end->output));
    if (!response) return response.fault();
    return GitAnswer{.response = std::move(*response), .words = std::move(end->error_output)};
}

}  // namespace control
