#include "cli/direct_destination.h"

#include "cli/api_answer.h"
#include "contracts/fields/read.h"
#include "contracts/streams/answer.h"
#include "contracts/streams/cluster.h"
#include "contracts/streams/names.h"

namespace cli {

namespace {

using contracts::Connection;
using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::RedisAddress;
using contracts::Reply;
using contracts::ReplyView;
using contracts::Result;

constexpr std::string_view kBatch = "100";

Error no_redis() {
    return Error{ErrorKind::fatal, "is not set", "REDIS_URL",
                 "write redis://[:password@]host:port or unix:///path"};
}

// If a socket should exist but does not, the log of the worker says why.
Error no_agent_socket(const Settings& settings) {
    return Error{ErrorKind::fatal, "the worker has no socket at " + settings.socket_path,
                 "ORCHESTRATOR_SOCKET",
                 "the worker's log has the reason; it may also have stopped"};
}

// Connecting without a password succeeds, but the first command is refused: explain that.
Error told_of_password(Error error) {
    if (error.code != contracts::ErrorCode::needs_password) return error;
    error.field = "REDIS_URL";
    error.next_step = "put the password there: redis://:password@host or unix://:password@/path";
    return error;
}

// An answer that is not from our API may come from the proxy.
Error came_through(const std::string& proxy, Error error) {
    return proxy.empty() ? error : std::move(error).context(proxy);
}

std::string data_of(ReplyView fields) {
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
        if (fields[i].text() == "data") return std::string(fields[i + 1].text());
    return {};
}

}  // namespace

Result<std::unique_ptr<Destination>> DirectDestination::make(const Settings& settings,
                                                             Reach reach) {
    std::optional<HttpClient> http;
    const bool nowhere = settings.api_url.empty() && settings.redis_url.empty();
    if (settings.inside_worker && (reach == Reach::user || nowhere))
        return fail(no_agent_socket(settings));
    if (reach == Reach::user)
        return std::make_unique<DirectDestination>(std::nullopt, std::nullopt);
    if (reach != Reach::bus) {
        Result<HttpEndpoint> endpoint = HttpEndpoint::parse(settings.api_url);
        if (!endpoint) return endpoint.fault();
        http.emplace(std::move(*endpoint), settings.api_token, settings.ca_file, kApiTimeout);
    }
    if (settings.redis_url.empty() && reach != Reach::api) return fail(no_redis());
    std::optional<RedisAddress> redis;
    if (!settings.redis_url.empty()) {
        Result<RedisAddress> parsed = RedisAddress::parse(settings.redis_url);
        // Commands that need only the API work without Redis; progress is then polled.
        if (!parsed && reach != Reach::api) {
            parsed.error().kind = ErrorKind::fatal;
            parsed.error().field = "REDIS_URL";
            return parsed.fault();
        }
        if (parsed) redis = std::move(*parsed);
    }
    return std::make_unique<DirectDestination>(std::move(http), std::move(redis));
}

Result<ApiAnswer> DirectDestination::api(const ApiRequest& request) {
    if (!http_) return fail(HttpEndpoint::parse({}).error());
    const std::string body = request.body ? contracts::dump_json(*request.body) : std::string();
    Result<HttpAnswer> answer =
        http_->send({request.method, request.path, body, request.idempotency_key});
    if (!answer) return answer.fault();
    Json document;
    if (!answer->body.empty()) {
        Result<Json> parsed = contracts::parse_json(answer->body);
        // A proxy's error page is not JSON; its status is sufficient.
        if (parsed)
            document = std::move(*parsed);
        else if (answer->status < 400)
            return fail(came_through(
                answer->proxy,
                Error{ErrorKind::fatal, "the API's answer is " + parsed.error().message}));
    }
    const bool is_ours = !document.is_null();
    Result<ApiAnswer> read = read_answer(answer->status, std::move(document), answer->link);
    if (!read && !is_ours) return fail(came_through(answer->proxy, std::move(read.error())));
    return read;
}

Result<Connection*> DirectDestination::bus() {
    if (!redis_) return fail(no_redis());
    if (!connection_ || connection_->broken()) {
        connection_.reset();
        Result<Connection> dialed = Connection::dial(*redis_);
        if (!dialed) return dialed.fault();
        if (Result<void> single = contracts::refuse_cluster(*dialed); !single)
            return single.fault();
        connection_ = std::move(*dialed);
    }
    return &*connection_;
}

Result<void> DirectDestination::publish(std::string_view stream, const Json& message) {
    Result<Connection*> connection = bus();
    if (!connection) return connection.fault();
    Result<contracts::AnswerOutcome> outcome =
        contracts::answer_once(**connection,
                               contracts::sent_once(stream, message.value("task_id", std::string()),
                                                    message.value("request_id", std::string()),
                                                    contracts::dump_json(message)),
                               nullptr);
    if (!outcome)
        return fail(told_of_password(std::move(outcome.error()))
                        .context("publish to " + std::string(stream)));
    return {};
}

Result<std::vector<Progress>> DirectDestination::follow(const std::string& task_id,
                                                        std::string& after,
                                                        std::chrono::milliseconds wait) {
    Result<Connection*> connection = bus();
    if (!connection) return connection.fault();
    // BLOCK 0 would wait forever.
    const std::string block = std::to_string(std::max<std::int64_t>(wait.count(), 1));
    const std::string stream = contracts::names::task_progress(task_id);
    Result<Reply> reply =
        (*connection)
            ->command({"XREAD", "COUNT", kBatch, "BLOCK", block, "STREAMS", stream, after},
                      wait + contracts::kCommandTimeout);
    if (!reply) return fail(told_of_password(std::move(reply.error())));
    std::vector<Progress> told;
    const ReplyView entries = reply->view()[0][1];
    for (std::size_t i = 0; i < entries.size(); ++i) {
        after = std::string(entries[i][0].text());
        auto event = contracts::parse_message<contracts::ProgressEvent>(data_of(entries[i][1]));
        if (event) told.push_back(Progress{after, std::move(*event)});
    }
    return told;
}

Result<void> DirectDestination::respond(const std::string&, const std::string&) {
    return fail(ErrorKind::permission, "only a worker can send messages to its user", {},
                "run it inside the worker of a product owner");
}

Result<void> DirectDestination::ping_bus() {
    Result<Connection*> connection = bus();
    if (!connection) return connection.fault();
    Result<Reply> reply = (*connection)->command({"PING"});
    if (!reply) return fail(told_of_password(std::move(reply.error())));
    return {};
}

}  // namespace cli
