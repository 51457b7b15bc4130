// For the row gateway: a model provider that answers every call with the same message, and our
// gateway on a port with the store, the meter and a cap as a daemon has them. Both print the port
// and what to show as a key, and run until they are ended.
//
//   gateway provider
//   gateway serve UPSTREAM DIRECTORY
#include "control/http/server.h"
#include "control/models/gateway_route.h"
#include "control/store/tokens.h"
#include "control/store/workers.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace control;

// As long as a short answer from Anthropic.
constexpr std::string_view kAnswer =
    R"({"id":"msg_1","type":"message","role":"assistant","model":"claude-bench","content":)"
    R"([{"type":"text","text":"Hello! How can I help you today?"}],"stop_reason":"end_turn",)"
    R"("stop_sequence":null,"usage":{"input_tokens":11,"cache_creation_input_tokens":0,)"
    R"("cache_read_input_tokens":0,"output_tokens":12}})";

class NoLines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

[[noreturn]] void die(const contracts::Error& error) {
    std::fprintf(stderr, "gateway: %s\n", error.describe().c_str());
    std::exit(1);
}

template <class T>
T must(contracts::Result<T> result) {
    if (!result) die(result.error());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

int serve(HttpServer& server, HttpHandler handler, const std::string& key) {
    const auto door = must(server.listen_tcp("127.0.0.1", 0, std::move(handler)));
    std::printf("%d %s\n", static_cast<int>(door->port()), key.c_str());
    std::fflush(stdout);
    server.run();
    return 0;
}

int provide() {
    HttpServer server;
    return serve(
        server,
        [](const HttpRequest&, const HttpReply& reply) {
            reply(json_text_response(200, std::string(kAnswer)));
        },
        "key");
}

// A worker with a token, a price for the model, and a cap that is never reached.
std::string furnish(Database& db, const contracts::Clock& clock) {
    std::string token;
    must(db.transaction([&](Transaction& tx) -> Result<void> {
        WorkerRow worker;
        worker.id = worker.request_id = "bench";
        worker.config.name = "bench";
        worker.phase = WorkerPhase::running;
        worker.created_at = clock.now();
        if (auto put = workers::insert(tx, worker); !put) return fail(put.error());
        auto made = tokens::create(tx,
                                   {.name = "bench",
                                    .role = TokenRole::worker,
                                    .user_id = "user",
                                    .worker_id = "bench",
                                    .task_id = "task",
                                    .project_id = "project"},
                                   clock.now());
        if (!made) return fail(made.error());
        token = *made;
        return budgets::set(tx, {.scope = SpendingScope::task,
                                 .subject = "task",
                                 .cap = 1'000'000 * kNanodollarsInDollar,
                                 .set_by = "bench"});
    }));
    return token;
}

int serve_gateway(const std::string& upstream, const std::string& directory) {
    const contracts::Log log(std::make_shared<NoLines>(), contracts::LogLevel::error,
                             contracts::LogFormat::json, "bench");
    const contracts::SystemClock clock;
    const std::unique_ptr<Database> db = must(open_sqlite(directory + "/bench.db"));
    const std::string token = furnish(*db, clock);
    HttpClient client;
    HttpServer server;
    const auto gateway = std::make_shared<ModelGateway>(
        GatewayNeeds{.client = client,
                     .clock = clock,
                     .upstreams = {.anthropic = {{upstream, "key"}}},
                     .meter = std::make_shared<Meter>(MeterNeeds{*db, clock, "bench", log}),
                     .log = log});
    GatewayRoute route(gateway, *db, clock);
    return serve(
        server,
        [&route](HttpRequest request, const HttpReply& reply) {
            route.handle(std::move(request), reply);
        },
        token);
}

}  // namespace

int main(int count, char** words) {
    if (count == 2 && std::strcmp(words[1], "provider") == 0) return provide();
    if (count == 4 && std::strcmp(words[1], "serve") == 0) return serve_gateway(words[2], words[3]);
    std::fprintf(stderr, "gateway: say provider, or serve UPSTREAM DIRECTORY\n");
    return 2;
}
