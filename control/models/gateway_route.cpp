#include "control/models/gateway_route.h"

#include "contracts/base/text.h"
#include "control/http/body_source.h"
#include "control/models/refusal.h"
#include "control/store/tokens.h"
#include "control/store/workers.h"

#include <deque>

namespace control {

using contracts::ErrorKind;

namespace {

constexpr int kLookUpThreads = 2;
constexpr std::size_t kMostUnsent = 1 << 20;  // beyond it the provider has to wait for the worker

// An answer in progress: the gateway adds pieces, the server takes them.
class Pieces {
public:
    void belongs_to(std::shared_ptr<GatewayCall> call) {
        const std::scoped_lock lock(guard_);
        if (!is_over_) call_ = std::move(call);
    }
    void put(std::string piece) {
        const std::scoped_lock lock(guard_);
        unsent_ += piece.size();
        pieces_.push_back(std::move(piece));
        if (unsent_ > kMostUnsent && !is_held_ && call_) {
            is_held_ = true;
            call_->hold();
        }
        if (wake_) wake_();
    }
    // No more pieces will come or be taken. Returns the call that was in progress.
    std::shared_ptr<GatewayCall> end(bool is_whole) {
        const std::scoped_lock lock(guard_);
        is_over_ = true;
        is_broken_ = !is_whole;
        if (wake_) wake_();
        return std::exchange(call_, nullptr);
    }
    void begin(std::function<void()> wake) {
        const std::scoped_lock lock(guard_);
        wake_ = std::move(wake);
    }
    std::optional<std::string> next() {
        const std::scoped_lock lock(guard_);
        if (pieces_.empty()) return is_over_ ? std::optional(std::string()) : std::nullopt;
        std::string piece = std::move(pieces_.front());
        pieces_.pop_front();
        unsent_ -= piece.size();
        if (is_held_ && unsent_ < kMostUnsent / 2 && call_) {
            is_held_ = false;
            call_->release();
        }
        return piece;
    }
    // Asked when all pieces have been taken.
    bool is_broken() const {
        const std::scoped_lock lock(guard_);
        return is_broken_ && pieces_.empty();
    }

private:
    mutable std::mutex guard_;
    std::deque<std::string> pieces_;
    std::size_t unsent_ = 0;
    bool is_held_ = false;
    bool is_over_ = false;
    bool is_broken_ = false;
    std::function<void()> wake_;
    std::shared_ptr<GatewayCall> call_;
};

// The server's end of it. If the server drops it early, the worker has hung up.
class GatewayBody final : public BodySource {
public:
    explicit GatewayBody(std::shared_ptr<Pieces> pieces) : pieces_(std::move(pieces)) {}
    ~GatewayBody() override {
        if (const std::shared_ptr<GatewayCall> call = pieces_->end(false)) call->cancel();
    }
    void begin(std::function<void()> wake) override { pieces_->begin(std::move(wake)); }
    std::optional<std::string> next() override { return pieces_->next(); }
    bool is_broken() const override { return pieces_->is_broken(); }

private:
    std::shared_ptr<Pieces> pieces_;
};

// The server adds its own framing to the answer.
bool is_of_the_connection(std::string_view name) {
    const std::string lower = contracts::lower_case(name);
    for (const std::string_view dropped :
         {"connection", "content-length", "transfer-encoding", "keep-alive", "trailer", "upgrade",
          "proxy-connection", "proxy-authenticate", "set-cookie", "alt-svc"})
        if (lower == dropped) return true;
    return false;
}

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

std::string target_of(std::string path, const std::map<std::string, std::string>& query) {
    char mark = '?';
    for (const auto& [name, value] : query)
        path.append(1, std::exchange(mark, '&'))
            .append(encode_percent(name))
            .append("=")
            .append(encode_percent(value));
    return path;
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

GatewayAnswer answer_to(const HttpReply& reply, const std::shared_ptr<Pieces>& pieces) {
    return {.refused =
                [reply, pieces](HttpResponse response) {
                    (void)pieces->end(true);
                    reply(std::move(response));
                },
            .head =
                [reply, pieces](int status, const std::vector<HttpHeader>& headers) {
                    HttpResponse response{.status = status, .headers = {}, .body = {}};
                    for (const HttpHeader& header : headers)
                        if (!is_of_the_connection(header.name)) response.headers.push_back(header);
                    response.stream = std::make_shared<GatewayBody>(pieces);
                    reply(std::move(response));
                },
            .piece = [pieces](std::string bytes) { pieces->put(std::move(bytes)); },
            .end =
                [pieces](bool is_whole) {
                    (void)pieces->end(is_whole);
                }};
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
        const auto pieces = std::make_shared<Pieces>();
        pieces->belongs_to(gateway_->start({.caller = *std::move(caller),
                                            .method = whole->method,
                                            .target = target_of(wanted.path, whole->query),
                                            .headers = std::move(whole->headers),
                                            .body = std::move(whole->body),
                                            .provider = wanted.provider},
                                           answer_to(reply, pieces)));
    };
    if (!threads_.submit(std::to_string(++jobs_), std::move(work)))
        reply(refusal(wanted.provider, RefusalKind::unavailable, "the daemon stops"));
}

}  // namespace control
