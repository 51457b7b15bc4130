// model.sock: the models' APIs, Anthropic's and OpenAI's, through the model gateway as this
// worker's calls.
#include "control/gate/doors.h"
#include "control/models/http_call.h"

#include <mutex>

namespace control {

namespace {

constexpr std::size_t kMaxRequest = 32 << 20;   // the most that the upstream accepts
constexpr std::size_t kMaxRequests = 64 << 20;  // of one worker at a time, in memory
constexpr std::size_t kMaxModelConnections = 64;

// Bytes of requests that the calls of one worker may hold at once. Thread: any.
class CallRoom : public std::enable_shared_from_this<CallRoom> {
public:
    // The bytes are released with the last copy of the result. Null if too many are taken.
    std::shared_ptr<void> take(std::size_t bytes) {
        const std::scoped_lock lock(guard_);
        if (taken_ + bytes > kMaxRequests) return nullptr;
        taken_ += bytes;
        return {this, [self = shared_from_this(), bytes](void*) {
                    self->give_back(bytes);
                }};
    }

private:
    void give_back(std::size_t bytes) {
        const std::scoped_lock lock(guard_);
        taken_ -= bytes;
    }

    std::mutex guard_;
    std::size_t taken_ = 0;
};

}  // namespace

DoorResult open_model_door(const GateSetting& setting, const WorkerIdentity& worker,
                           const std::string& path) {
    auto handler = [models = setting.models, room = std::make_shared<CallRoom>(),
                    caller = ModelCaller{.worker_id = worker.worker_id,
                                         .task_id = worker.task_id,
                                         .project_id = worker.project_id,
                                         .user_id = worker.user_id}](HttpRequest request,
                                                                     HttpReply reply) {
        std::shared_ptr<void> held = room->take(request.body.size());
        if (!held)
            return reply(problem(
                429, {contracts::ErrorKind::upstream, "too many large model calls at once"}));
        start_http_call(*models,
                        {.request = {.caller = caller,
                                     .method = std::move(request.method),
                                     .target = target_of(std::move(request.path), request.query),
                                     .headers = std::move(request.headers),
                                     .body = std::move(request.body)},
                         .reply = std::move(reply),
                         .cancelled = std::move(request.cancelled),
                         .held = std::move(held)});
    };
    return open_http_door(
        setting.server, path, std::move(handler),
        {.max_body = kMaxRequest, .max_connections = kMaxModelConnections, .cancels = true});
}

}  // namespace control
