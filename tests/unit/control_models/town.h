// The gateway between a caller and providers that run as servers in this process.
#pragma once

#include "contracts/base/text.h"
#include "control/http/server.h"
#include "control/models/gateway.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <future>
#include <thread>

namespace gateway_tests {

using namespace control;
using namespace std::chrono_literals;
using contracts::Json;

class Quiet final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

inline contracts::Log quiet_log() {
    return {std::make_shared<Quiet>(), contracts::LogLevel::error, contracts::LogFormat::json,
            "test"};
}

// A provider: the requests it got, and its next answers.
struct Provider {
    std::mutex guard{};
    std::vector<HttpRequest> asked{};
    std::vector<HttpResponse> answers{};  // the last answer is repeated
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
            if (contracts::lower_case(header.name) == name) return header.value;
        return {};
    }
};

inline const HttpResponse kMessage = json_text_response(
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
    std::shared_ptr<ModelGateway> gateway{};

    explicit Town(bool has_second = false) {
        first.answers = second.answers = {kMessage};
        first.listen(server);
        second.listen(server);
        loop = std::thread([this] { server.run(); });
        ModelUpstreams upstreams{.anthropic = {{first.url, "key-1"}},
                                 .openai = {{first.url, "key-o"}}};
        if (has_second) upstreams.anthropic.push_back({second.url, "key-2"});
        gateway = std::make_shared<ModelGateway>(
            GatewayNeeds{client, clock, std::move(upstreams), meter, quiet_log()});
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

}  // namespace gateway_tests
