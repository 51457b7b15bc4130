// The gateway over the network: permissions, attribution of costs, and forwarding of answers.
#include "control/models/gateway_route.h"

#include "control/store/tokens.h"
#include "control/store/workers.h"
#include "tests/support/eventually.h"
#include "tests/support/http_request.h"
#include "tests/unit/control_models/town.h"

using namespace gateway_tests;

namespace {

// A setup whose gateway is reachable from the network, and a worker with a token.
struct Road : Town {
    GatewayRoute route{gateway, *db, clock};
    std::unique_ptr<Listener> door{};
    std::string url{}, token{}, users_token{};

    Road() {
        auto listening =
            server.listen_tcp("127.0.0.1", 0, [this](HttpRequest request, const HttpReply& reply) {
                route.handle(std::move(request), reply);
            });
        REQUIRE(listening);
        door = std::move(*listening);
        url = "http://127.0.0.1:" + std::to_string(door->port());
        REQUIRE(db->transaction([&](Transaction& tx) -> Result<void> {
            WorkerRow worker;
            worker.id = "w-far";
            worker.request_id = "r-1";
            worker.config.name = "far";
            worker.phase = WorkerPhase::running;
            worker.config.name = "far";
            worker.context = {{"task_id", "t-far"}, {"project_id", "p-far"}};
            worker.created_at = clock.now();
            if (auto put = workers::insert(tx, worker); !put) return fail(put.error());
            auto made = tokens::create(
                tx,
                {.name = "w", .role = TokenRole::worker, .user_id = "u-far", .worker_id = "w-far"},
                clock.now());
            auto other =
                tokens::create(tx, {.name = "u", .user_id = "u-1", .scopes = {"*"}}, clock.now());
            if (!made || !other) return fail(!made ? made.error() : other.error());
            token = *made;
            users_token = *other;
            return {};
        }));
    }
    ~Road() {
        door.reset();
        route.stop();
    }

    tests::HttpResponse ask(const std::string& path,
                            const std::pair<std::string, std::string>& header,
                            const std::string& body = R"({"model":"m"})") {
        return tests::http(url, {.method = "POST",
                                 .target = path,
                                 .headers = {header, {"Content-Type", "application/json"}},
                                 .body = body});
    }
};

}  // namespace

TEST_CASE("a worker elsewhere calls with its token, and the call counts for its task") {
    Road road;
    const auto answer = road.ask("/gateway/anthropic/v1/messages?beta=true",
                                 {"Authorization", "Bearer " + road.token});
    CHECK(answer.status == 200);
    CHECK(answer.body == kMessage.body);
    REQUIRE(road.first.count() == 1);
    CHECK(road.first.asked[0].header("x-api-key") == "key-1");
    CHECK(road.first.asked[0].header("authorization").empty());
    CHECK(road.first.asked[0].query.at("beta") == "true");
    const SpendingRow row = road.task();
    CHECK(row.key.subject == "t-far");
    CHECK(row.user_id == "u-far");
    CHECK(row.project_id == "p-far");
    CHECK(row.tokens == TokenCounts{.input = 11, .output = 7});
    CHECK(road.ask("/gateway/openai/v1/responses", {"x-api-key", road.token}).status == 200);
    CHECK(road.first.asked[1].header("authorization") == "Bearer key-o");
}

TEST_CASE("without a living worker's token nothing is asked of a provider") {
    Road road;
    const std::string path = "/gateway/anthropic/v1/messages";
    const std::pair<std::string, std::string> headers[] = {
        {"X-Nothing", "1"},
        {"Authorization", "Bearer " + road.users_token},
        {"Authorization", "Bearer " + road.token + "0"},
        {"x-api-key", "key-1"}};
    for (const auto& header : headers) {
        const auto answer = road.ask(path, header);
        CHECK(answer.status == 401);
        CHECK(answer.body.find("permission_error") != std::string::npos);
    }
    REQUIRE(road.db->transaction([&](Transaction& tx) -> Result<void> {
        auto worker = workers::find(tx, "w-far");
        (*worker)->phase = WorkerPhase::ended;
        return workers::update(tx, **worker);
    }));
    CHECK(road.ask(path, {"Authorization", "Bearer " + road.token}).status == 401);
    CHECK(road.first.count() == 0);
}

TEST_CASE("nothing but calls of the provider that is named goes through") {
    Road road;
    const std::pair<std::string, std::string> bearer{"Authorization", "Bearer " + road.token};
    CHECK(road.ask("/gateway/other/v1/messages", bearer).status == 404);
    CHECK(road.ask("/gateway/openai/v1/messages", bearer).status == 403);
    CHECK(road.ask("/gateway/anthropic/v1/files", bearer).status == 403);
    CHECK(road.ask("/gateway/anthropic/v1/messages/../files", bearer).status == 403);
    CHECK(road.first.count() == 0);
}
