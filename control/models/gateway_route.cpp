#include "control/models/gateway_route.h"

#include "contracts/base/text.h"
#include "control/models/http_call.h"
#include "control/models/refusal.h"
#include "control/store/tokens.h"
#include "control/store/workers.h"

namespace control {

using contracts::ErrorKind;

namespace {

constexpr int kLookUpThreads = 2;
// "/gateway/openai/v1/responses" is OpenAI's "/v1/responses".
struct Wanted {
    ModelProvider provider = ModelProvider::anthropic;
    std::string path;  // empty: not one of our paths
};

Wanted wanted_of(std::string_view path) {
    path.remove_prefix(std::min(kGatewayPath.size(), path.size()));
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    if (name == "anthropic") return {ModelProvider::anthropic, std::string(path)};
    if (name == "openai") return {ModelProvider::openai, std::string(path)};
    return {};
}

std::string token_in(const HttpRequest& request) {
    constexpr std::string_view kBearer = "bearer ";
    const std::string_view header = request.header("Authorization");
    if (contracts::lower_case(header.substr(0, kBearer.size())) == kBearer)
        return std::string(header.substr(kBearer.size()));
    return std::string(request.header("x-api-key"));
}

Result<ModelCaller> caller_of(Database& database, const std::string& text,
                              contracts::Timestamp now) {
    Result<Token> token = tokens::authenticate(database, text, now);
    if (!token) return token.fault();
    if (!token->worker_id)
        return fail(ErrorKind::permission, "only a worker's token calls models", {},
                    "use the token that the worker was given");
    Result<std::optional<WorkerRow>> worker = workers::find(database, *token->worker_id);
    if (!worker) return worker.fault();
    if (!*worker || (*worker)->phase == WorkerPhase::ended ||
        (*worker)->phase == WorkerPhase::removed)
        return fail(ErrorKind::permission, "the token's worker has ended");
    const auto about = [&](const std::optional<std::string>& told, const char* key) {
        return told ? *told : (*worker)->about(key);
    };
    return ModelCaller{.worker_id = *token->worker_id,
                       .task_id = about(token->task_id, "task_id"),
                       .project_id = about(token->project_id, "project_id"),
                       .user_id = about(token->user_id, "user_id")};
}

}  // namespace

GatewayRoute::GatewayRoute(std::shared_ptr<ModelGateway> gateway, Database& database,
                           const contracts::Clock& clock)
    : gateway_(std::move(gateway)), database_(database), clock_(clock), threads_(kLookUpThreads) {}

void GatewayRoute::handle(HttpRequest request, const HttpReply& reply) {
    const Wanted wanted = wanted_of(request.path);
    if (wanted.path.empty())
        return reply(problem({ErrorKind::not_found,
                              "the gateway has no such provider",
                              {},
                              "ask /gateway/anthropic/… or /gateway/openai/…"}));
    const std::string token = token_in(request);
    if (!tokens::has_form(token)) {
        HttpResponse refused = refusal(wanted.provider, RefusalKind::not_allowed,
                                       "a worker's token is required in place of a key");
        refused.status = 401;
        return reply(std::move(refused));
    }
    auto work = [this, wanted, token, reply,
                 whole = std::make_shared<HttpRequest>(std::move(request))](std::stop_token) {
        Result<ModelCaller> caller = caller_of(database_, token, clock_.now());
        if (!caller) {
            const bool known = caller.error().kind == ErrorKind::permission;
            HttpResponse refused = refusal(
                wanted.provider, known ? RefusalKind::not_allowed : RefusalKind::unavailable,
                known ? caller.error().message : "the store does not answer");
            if (known) refused.status = 401;
            return reply(std::move(refused));
        }
        start_http_call(*gateway_, {.request = {.caller = *std::move(caller),
                                                .method = whole->method,
                                                .target = target_of(wanted.path, whole->query),
                                                .headers = std::move(whole->headers),
                                                .body = std::move(whole->body),
                                                .provider = wanted.provider},
                                    .reply = reply,
                                    .cancelled = whole->cancelled});
    };
    if (!threads_.submit(std::to_string(++jobs_), std::move(work)))
        reply(refusal(wanted.provider, RefusalKind::unavailable, "the daemon stops"));
}

}  // namespace control
