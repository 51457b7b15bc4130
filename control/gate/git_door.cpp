// git.sock: git's smart HTTP protocol for one repository. All of it can be read. Pushes may go to
// one branch, and to the worker's own folder below refs/keep/ for commits that the branch does not
// accept; git itself refuses a push to any other ref, because this door hides all others.
#include "control/gate/doors.h"
#include "control/subprocess/subprocess.h"

#include <atomic>
#include <charconv>

namespace control {

using contracts::ErrorKind;
using contracts::fail;

namespace {

// The largest push or fetch through this door.
constexpr std::size_t kMaxPack = 64 << 20;
// Concurrent requests of one worker: each holds its body and its answer in memory, and a thread.
constexpr std::size_t kMaxGitConnections = 3;
constexpr std::chrono::minutes kGitDeadline{5};

class GitDoor final : public OpenDoor {
public:
    explicit GitDoor(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

private:
    std::unique_ptr<Listener> listener_;
};

struct Rule {
    std::string repositories;
    std::string repository;
    std::string branch;  // empty: nothing may be written
    std::string keep;    // the worker's folder below refs/keep/
};

bool is_allowed(const Rule& rule, const HttpRequest& request) {
    const std::string base = '/' + rule.repository + ".git/";
    const auto service = request.query.find("service");
    const bool known_service =
        service != request.query.end() &&
        (service->second == "git-upload-pack" || service->second == "git-receive-pack");
    const bool writes = request.path == base + "git-receive-pack" ||
                        (known_service && service->second == "git-receive-pack");
    if (writes && rule.branch.empty()) return false;
    if (request.method == "GET") return request.path == base + "info/refs" && known_service;
    return request.method == "POST" &&
           (request.path == base + "git-upload-pack" || request.path == base + "git-receive-pack");
}

// Passes git's configuration in its environment, where nothing in a repository or on this machine
// can change it. The branch exists before its worker does and cannot be deleted, so no ref can be
// created below it.
void add_settings(std::vector<std::string>& environment, const Rule& rule) {
    const std::pair<std::string, std::string> settings[] = {
        {"receive.hideRefs", "refs/"},
        {"receive.hideRefs", "!refs/heads/" + rule.branch},
        {"receive.hideRefs", "!refs/keep/" + rule.keep},
        {"receive.denyDeletes", "true"},
        {"receive.denyNonFastForwards", "true"},
        {"receive.fsckObjects", "true"},
        {"receive.maxInputSize", std::to_string(kMaxPack)},
        {"receive.autogc", "false"},
        {"core.hooksPath", "/dev/null"},
        {"http.receivepack", "true"},
        {"safe.directory", "*"},
    };
    int count = 0;
    for (const auto& [name, value] : settings) {
        environment.push_back("GIT_CONFIG_KEY_" + std::to_string(count) + '=' + name);
        environment.push_back("GIT_CONFIG_VALUE_" + std::to_string(count) + '=' + value);
        ++count;
    }
    environment.push_back("GIT_CONFIG_COUNT=" + std::to_string(count));
}

SubprocessSpec backend(const Rule& rule, const HttpRequest& request) {
    SubprocessSpec spec;
    spec.argv = {"git", "http-backend"};
    const auto service = request.query.find("service");
    spec.environment = {
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_CONFIG_GLOBAL=/dev/null",
        "GIT_HTTP_EXPORT_ALL=1",
        "GIT_PROJECT_ROOT=" + rule.repositories,
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
    add_settings(spec.environment, rule);
    spec.input = request.body;
    spec.deadline = kGitDeadline;
    spec.max_output = 2 * kMaxPack;  // the runner keeps half of it at each end
    return spec;
}

// Parses CGI's answer: header lines, an empty line, the body.
HttpResponse from_cgi(std::string output) {
    HttpResponse response;
    std::size_t begin = 0;
    for (;;) {
        const std::size_t end = output.find("\r\n", begin);
        if (end == std::string::npos)
            return problem(contracts::Error{ErrorKind::transient, "git's answer was incomplete"});
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

HttpResponse serve(const Rule& rule, const HttpRequest& request, const contracts::Log& log,
                   std::stop_token stop) {
    Result<SubprocessEnd> end = run_subprocess(backend(rule, request), std::move(stop));
    if (!end) return problem(end.error());
    if (!end->error_output.empty())
        log.info("git says", {{"repository", rule.repository}, {"words", end->error_output}});
    if (!end->output_complete)
        return problem(
            contracts::Error{ErrorKind::invalid, "the repository is too large to fetch"});
    return from_cgi(std::move(end->output));
}

}  // namespace

DoorResult open_git_door(const GateSetting& setting, const std::shared_ptr<JobPool>& pool,
                         const WorkerIdentity& worker, const std::string& path) {
    const Rule rule{.repositories = setting.repositories,
                    .repository = worker.repository,
                    .branch = worker.branch,
                    .keep = worker.worker_id};
    auto handler = [rule, pool, log = setting.log](HttpRequest request, HttpReply reply) {
        if (!is_allowed(rule, request))
            return reply(problem(contracts::Error{
                ErrorKind::permission, "this door serves " + rule.repository + " alone"}));
        static std::atomic<std::uint64_t> requests = 0;
        pool->submit("git " + std::to_string(requests.fetch_add(1)),
                     [rule, request = std::move(request), reply = std::move(reply), log](
                         const std::stop_token& stop) { reply(serve(rule, request, log, stop)); });
    };
    Result<std::unique_ptr<Listener>> listener =
        setting.server.listen_unix(path, std::move(handler), kMaxPack, kMaxGitConnections);
    if (!listener) return listener.fault();
    return std::make_unique<GitDoor>(std::move(*listener));
}

}  // namespace control
