// git.sock: git's smart HTTP protocol for the worker's repository, served by the forge.
#include "control/forge/forge.h"
#include "control/forge/smart_http.h"
#include "control/gate/doors.h"

#include <atomic>

namespace control {

namespace {

// Concurrent requests of one worker: each holds its body and its answer in memory, and a thread.
constexpr std::size_t kMaxGitConnections = 3;

}  // namespace

DoorResult open_git_door(const GateSetting& setting, const std::shared_ptr<JobPool>& pool,
                         const WorkerIdentity& worker, const std::string& path) {
    const GitAccess access{
        .repository = worker.repository, .branch = worker.branch, .keep = worker.worker_id};
    auto serve = [&forge = *setting.forge, access, log = setting.log](
                     const HttpRequest& request, std::stop_token stop) -> HttpResponse {
        Result<GitAnswer> answer = forge.serve_git(access, request, std::move(stop));
        if (!answer) return problem(answer.error());
        if (!answer->words.empty())
            log.info("git says", {{"repository", access.repository}, {"words", answer->words}});
        return std::move(answer->response);
    };
    auto handler = [serve, pool](HttpRequest request, HttpReply reply) {
        static std::atomic<std::uint64_t> requests = 0;
        pool->submit("git " + std::to_string(requests.fetch_add(1)),
                     [serve, request = std::move(request), reply = std::move(reply)](
                         const std::stop_token& stop) { reply(serve(request, stop)); });
    };
    return open_http_door(setting.server, path, std::move(handler),
                          {.max_body = kMaxPack, .max_connections = kMaxGitConnections});
}

}  // namespace control
