// The gate and the services behind its doors: a real Redis, bare repositories, an upstream.
#pragma once

#include "contracts/base/id.h"
#include "contracts/streams/connection.h"
#include "control/forge/forge.h"
#include "control/gate/gate.h"
#include "control/gate/setting.h"
#include "control/redis/worker_logins.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <sys/stat.h>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <thread>

namespace gate_tests {

using namespace contracts;
using namespace control;
using namespace std::chrono_literals;

// The value; the test fails with the error if there is none.
template <class T>
T must(Result<T> result) {
    if (!result) FAIL(result.error().describe());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class NoLines final : public LogSink {
public:
    void write(LogLevel, std::string_view) override {}
};

inline Log silent_log() {
    return {std::make_shared<NoLines>(), LogLevel::error, LogFormat::json, "test"};
}

struct Doors {
    tests::TemporaryDirectory directory{};
    tests::RedisServer redis{};
    RedisAddress admin{};
    std::unique_ptr<WorkerLogins> logins{};
    std::unique_ptr<Forge> forge{};
    HttpServer server{};
    HttpClient client{};
    std::thread loop{};
    std::string model_upstream = "http://127.0.0.1:9";
    std::string openai_upstream{};
    EgressUpstream egress{};
    std::atomic<int> api_calls = 0;
    std::chrono::milliseconds api_answers_within{0};
    std::function<void(bool is_done)> on_dial{};       // before and after a worker's login is made
    std::function<void(HttpReply)> keep_unanswered{};  // requests for /never; empty: answered
    SystemClock clock{};
    std::shared_ptr<Meter> meter{};  // null: nothing is counted
    std::shared_ptr<ModelGateway> models{};
    std::unique_ptr<Gate> gate{};

    Doors() {
        Connection first = must(Connection::dial(must(RedisAddress::parse(redis.url()))));
        must(first.command({"CONFIG", "SET", "requirepass", "admin-password"}));
        admin = must(RedisAddress::parse("unix://:admin-password@" + redis.socket()));
        logins = std::make_unique<WorkerLogins>(admin);
        forge = must(make_local_forge(directory / "forge"));
        must(forge->ensure_repository("shop", "a shop"));
        must(forge->ensure_branch("shop", "task/t-1"));
        must(forge->ensure_repository("other", "another"));
        loop = std::thread([this] { server.run(); });
    }
    ~Doors() {
        gate.reset();
        server.stop();
        loop.join();
    }

    // As after a restart of the daemon: a new gate.
    void make() {
        gate.reset();
        models = std::make_shared<ModelGateway>(
            GatewayNeeds{.client = client,
                         .clock = clock,
                         .upstreams = {.anthropic = {{model_upstream, "the-real-key"}},
                                       .openai = {{openai_upstream, "the-other-key"}}},
                         .meter = meter,
                         .log = silent_log()});
        gate = make_gate(
            {.server = server,
             .dial_bus =
                 [this](const WorkerIdentity& worker) {
                     if (on_dial) on_dial(false);
                     auto fd =
                         logins->dial_as_worker({.worker_id = worker.worker_id,
                                                 .type = worker.type,
                                                 .task_id = worker.task_id,
                                                 .allowed_commands = worker.allowed_commands});
                     if (on_dial) on_dial(true);
                     return fd;
                 },
             .leave_bus = [this](const std::string& id) { return logins->remove(id); },
             .api_for =
                 [this](const WorkerIdentity& worker) {
                     return [this, id = worker.worker_id](const HttpRequest& request,
                                                          const HttpReply& reply) {
                         ++api_calls;
                         if (keep_unanswered && request.path == "/never")
                             return keep_unanswered(reply);
                         reply(json_response(
                             200, Json{{"worker", id},
                                       {"token", std::string(request.header("Authorization"))}}));
                     };
                 },
             .answer_within = api_answers_within,
             .forge = forge.get(),
             .models = models,
             .egress = egress,
             .log = silent_log()});
    }

    static WorkerIdentity worker(const std::string& id = "w-1") {
        return {.worker_id = id,
                .type = WorkerType::developer,
                .user_id = "u-1",
                .task_id = "t-1",
                .project_id = "p-1",
                .repository = "shop",
                .branch = "task/t-1",
                .allowed_commands = {"project.get"},
                .model = true};
    }
    // The worker's control directory.
    std::string open(const WorkerIdentity& worker = Doors::worker()) {
        if (!gate) make();
        const std::string place = directory / worker.worker_id;
        std::filesystem::create_directory(place);
        must(gate->open(worker, place));
        return place;
    }
};

}  // namespace gate_tests
