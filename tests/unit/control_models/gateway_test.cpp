// The gateway between a caller and providers that are servers of this process: what is sent, what
// comes back, and what is counted of it.
#include "control/models/gateway.h"

#include "control/http/compression.h"
#include "control/http/server.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <future>
#include <thread>

using namespace control;
using namespace std::chrono_literals;
using contracts::Json;

namespace {

class Quiet final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

contracts::Log quiet_log() {
    return {std::make_shared<Quiet>(), contracts::LogLevel::error, contracts::LogFormat::json,
            "test"};
}

// A provider: what it was asked, and what it answers next.
struct Provider {
    std::mutex guard{};
    std::vector<HttpRequest> asked{};
    std::vector<HttpResponse> answers{};  // the last one again and again
    std::unique_ptr<Listener> listener{};
    std::string url{};

    void listen(HttpServer& server) {
        auto door =
            server.listen_tcp("127.0.0.1", 0, [this](HttpRequest request, const HttpReply& reply) {
                const std::scoped_lock lock(guard);
                asked.push_back(std::move(request));
                HttpResponse answer = answers.front();
                if (answers.size() > 1) answers.erase(answers.begin());
                reply(std::move(answer));
            });
        if (!door) FAIL(door.error().describe());
        listener = std::move(*door);
        url = "http://127.0.0.1:" + std::to_string(listener->port());
    }
    [[nodiscard]] std::size_t count() {
        const std::scoped_lock lock(guard);
        return asked.size();
    }
};

struct Told {
    int status = 0;
    std::vector<HttpHeader> headers{};
    std::string body{};
    bool refused = false;
    bool whole = true;

    [[nodiscard]] std::string_view header(std::string_view name) const {
        for (const HttpHeader& header : headers)
            if (lower_case(header.name) == name) return header.value;
        return {};
    }
};

const HttpResponse kMessage = json_text_response(
    200, R"({"type":"message","model":"m","usage":{"input_tokens":11,"output_tokens":7}})");

struct Town {
    tests::TemporaryDirectory directory{};
    contracts::SystemClock clock{};
    std::unique_ptr<Database> db = [this] {
        auto opened = open_sqlite(directory / "orchestrator.db");
        if (!opened) FAIL(opened.error().describe());
        return std::move(*opened);
    }();
    HttpServer server{};
    Provider first{}, second{};
    std::thread loop{};
    HttpClient client{};
    std::shared_ptr<Meter> meter =
        std::make_shared<Meter>(MeterNeeds{*db, clock, "here", quiet_log()});
    std::optional<ModelGateway> gateway{};

    explicit Town(bool has_second = false) {
        first.answers = second.answers = {kMessage};
        first.listen(server);
        second.listen(server);
        loop = std::thread([this] { server.run(); });
        ModelUpstreams upstreams{.anthropic = {{first.url, "key-1"}},
                                 .openai = {{first.url, "key-o"}}};
        if (has_second) upstreams.anthropic.push_back({second.url, "key-2"});
        gateway.emplace(GatewayNeeds{client, clock, std::move(upstreams), meter, quiet_log()});
    }
    ~Town() {
        server.stop();
        loop.join();
    }

    Told ask(std::string body = R"({"model":"m","max_tokens":9})",
             std::string target = "/v1/messages", std::vector<HttpHeader> headers = {}) {
        auto told = std::make_shared<Told>();
        auto over = std::make_shared<std::promise<void>>();
        (void)gateway->start({{"w-1", "t-1", "p-1", "u-1"},
                              "POST",
                              std::move(target),
                              std::move(headers),
                              std::move(body)},
                             {.refused =
                                  [told, over](HttpResponse response) {
                                      told->refused = true;
                                      told->status = response.status;
                                      told->headers = std::move(response.headers);
                                      told->body = std::move(response.body);
                                      over->set_value();
                                  },
                              .head =
                                  [told](int status, std::vector<HttpHeader> headers) {
                                      told->status = status;
                                      told->headers = std::move(headers);
                                  },
                              .piece = [told](std::string bytes) { told->body.append(bytes); },
                              .end =
                                  [told, over](bool is_whole) {
                                      told->whole = is_whole;
                                      over->set_value();
                                  }});
        over->get_future().get();
        return *told;
    }
    SpendingRow task() {
        REQUIRE(meter->wait_until_written(10s));
        auto rows = model_spending::list(*db, {.scope = SpendingScope::task});
        REQUIRE(rows);
        return rows->empty() ? SpendingRow{} : rows->front();
    }
    void cap(Nanodollars most) {
        REQUIRE(db->transaction([&](Transaction& tx) {
            return budgets::set(
                tx, {.scope = SpendingScope::task, .subject = "t-1", .cap = most, .set_by = "t"});
        }));
    }
};

}  // namespace

TEST_CASE("a call gets the key and loses the caller's, and its usage is counted") {
    Town town;
    const Told told = town.ask(R"({"model":"m"})", "/v1/messages?beta=true",
                               {{"x-api-key", "worker"}, {"anthropic-version", "2023-06-01"}});
    CHECK(told.status == 200);
    CHECK(told.body == kMessage.body);
    REQUIRE(town.first.count() == 1);
    CHECK(town.first.asked[0].header("x-api-key") == "key-1");
    CHECK(town.first.asked[0].header("anthropic-version") == "2023-06-01");
    const SpendingRow row = town.task();
    CHECK(row.calls == 1);
    CHECK(row.tokens == TokenCounts{.input = 11, .output = 7});
    CHECK(row.spent == Spent{11 * 15'000 + 7 * 75'000, 0});
    CHECK(row.estimated == 0);
}

TEST_CASE("a compressed answer goes on as it is, and is counted all the same") {
    Town town;
    const std::string packed = pack(kMessage.body);
    town.first.answers = {
        {200, {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}, packed}};
    const Told told = town.ask();
    CHECK(told.body == packed);
    CHECK(town.task().tokens == TokenCounts{.input = 11, .output = 7});
    // What nobody here can unpack is estimated.
    town.first.answers = {{200, {{"Content-Encoding", "br"}}, "12345678"}};
    CHECK(town.ask().body == "12345678");
    CHECK(town.task().estimated == 1);
}

TEST_CASE("a stream of Chat Completions is asked for its usage") {
    Town town;
    town.first.answers = {{200,
                           {{"Content-Type", "text/event-stream"}},
                           "data: {\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":5,"
                           "\"completion_tokens\":2}}\n\ndata: [DONE]\n\n"}};
    CHECK(town.ask(R"({"model":"m","stream":true})", "/v1/chat/completions").status == 200);
    CHECK(town.first.asked[0].body.find("include_usage") != std::string::npos);
    CHECK(town.first.asked[0].header("authorization") == "Bearer key-o");
    CHECK(town.task().tokens == TokenCounts{.input = 5, .output = 2});
}

TEST_CASE("a cap that is reached is told in the provider's own form, and nothing is sent") {
    Town town;
    town.cap(0);
    Told told = town.ask();
    CHECK(told.refused);
    CHECK(told.status == 402);
    Json body = contracts::parse_json(told.body).value();
    CHECK(body.at("type") == "error");
    CHECK(body.at("error").at("type") == "billing_error");
    CHECK(body.at("error").at("message").get<std::string>().find("budget reached") == 0);
    told = town.ask(R"({"model":"m"})", "/v1/responses");
    CHECK(told.status == 402);
    body = contracts::parse_json(told.body).value();
    CHECK(body.at("error").at("code") == "budget_reached");
    CHECK(town.first.count() == 0);
}

TEST_CASE("an answer says what is left") {
    Town town;
    town.cap(kNanodollarsInDollar);
    const Told told = town.ask();
    REQUIRE(told.status == 200);
    CHECK(std::stod(std::string(told.header("x-budget-left-usd"))) < 1.0);
}

TEST_CASE("a body that nobody can read, or two ways, is refused before it is sent") {
    Town town;
    for (const char* body : {"", "[]", R"({"model":"a","model":"b"})", R"({"max_tokens":1})"}) {
        const Told told = town.ask(body);
        CHECK(told.refused);
        CHECK(told.status == 400);
        CHECK(told.body.find("invalid_request_error") != std::string::npos);
    }
    CHECK(town.first.count() == 0);
    CHECK(town.task().calls == 0);
}

TEST_CASE("a provider's pause is kept for every caller of its key") {
    Town town;
    town.first.answers = {{429, {{"Retry-After", "30"}}, "slower"}, kMessage};
    Told told = town.ask();
    CHECK_FALSE(told.refused);
    CHECK(told.status == 429);
    CHECK(told.body == "slower");
    told = town.ask();
    CHECK(told.refused);
    CHECK(told.status == 429);
    const int seconds = std::stoi(std::string(told.header("retry-after")));
    CHECK(seconds > 25);
    CHECK(seconds <= 30);
    CHECK(told.body.find("rate_limit_error") != std::string::npos);
    CHECK(town.first.count() == 1);
    CHECK(town.task().spent == Spent{});
}

TEST_CASE("another key is tried while nothing has been handed back, and then kept to") {
    for (const int status : {429, 401, 500, 529}) {
        Town town(true);
        town.first.answers = {{status, {{"Retry-After", "30"}}, "not you"}};
        const Told told = town.ask();
        INFO(status);
        CHECK(told.status == 200);
        CHECK(told.body == kMessage.body);
        REQUIRE(town.second.count() == 1);
        CHECK(town.second.asked[0].header("x-api-key") == "key-2");
        CHECK(town.second.asked[0].body == town.first.asked[0].body);
        CHECK(town.task().calls == 1);
        (void)town.ask();
        CHECK(town.second.count() == 2);
        CHECK(town.first.count() == (status == 500 ? 2 : 1));
    }
}

TEST_CASE("a provider that is away costs nothing, and the next one answers") {
    Town town(true);
    town.first.listener.reset();
    CHECK(town.ask().status == 200);
    town.second.listener.reset();
    const Told told = town.ask();
    CHECK(told.refused);
    CHECK(told.status == 502);
    CHECK(town.task().calls == 2);
    CHECK(town.task().spent.cost == 11 * 15'000 + 7 * 75'000);
}

TEST_CASE("a request that the provider finds wrong goes back as it is, and to no other key") {
    Town town(true);
    town.first.answers = {json_text_response(400, R"({"type":"error"})")};
    CHECK(town.ask().body == R"({"type":"error"})");
    CHECK(town.second.count() == 0);
    CHECK(town.task().spent == Spent{});
}
