// The spans of flows and chat messages: each is sent once, or dropped and counted.
#include "control/scheduler/traces.h"

#include "contracts/base/json.h"
#include "contracts/base/trace_id.h"
#include "control/scheduler/flow_spans.h"
#include "control/store/conversations.h"
#include "control/store/threads.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;
using namespace std::chrono_literals;
using contracts::Json;

namespace {

constexpr contracts::Timestamp kTracedAt{std::chrono::milliseconds(1'768'046'400'000)};

class TraceClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override { return time; }
    [[nodiscard]] contracts::Instant instant() const override { return {}; }
    contracts::Timestamp time = kTracedAt;
};

struct Observatory {
    tests::TemporaryDirectory directory{};
    TraceClock clock{};
    std::unique_ptr<Database> db = std::move(*open_sqlite(directory / "a.db"));
    Lease lease{};
    Metrics metrics{};
    std::vector<Json> requests{};
    Result<void> answer{};  // the collector's answer
    PeriodicTask task = traces_task(
        {.database = *db,
         .clock = clock,
         .log = contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                               contracts::LogLevel::error, contracts::LogFormat::json, "test"),
         .metrics = metrics,
         .send = [this](const std::string& body) -> Result<void> {
             if (!answer) return answer;
             requests.push_back(contracts::parse_json(body).value());
             return {};
         }},
        std::chrono::seconds(5));

    Observatory() {
        write([&](Transaction& tx) -> Result<void> {
            auto held = leases::acquire(tx, "scheduler", "here", kTracedAt, 1000h);
            if (!held) return held.fault();
            lease = **held;
            return {};
        });
        REQUIRE(task.run_once(lease, {}));
    }
    void write(const std::function<Result<void>(Transaction&)>& work) const {
        const Result<void> done = db->transaction(work);
        if (!done) FAIL(done.error().describe());
    }
    void end_flow(const std::string& id, ThreadStatus status, const Json& state) {
        write([&](Transaction& tx) -> Result<void> {
            Thread flow;
            flow.id = flow.subject = id;
            flow.graph = "engineering";
            flow.node = "done";
            flow.status = status;
            flow.step = 2;
            flow.state = contracts::dump_json(state);
            if (status == ThreadStatus::failed) flow.reason = "it did not build";
            flow.created_at = clock.time;
            flow.updated_at = clock.time + 10s;
            if (Result<bool> put = threads::insert(tx, flow); !put) return put.fault();
            for (const int step : {1, 2})
                if (Result<void> put = threads::add_step(
                        tx, id,
                        {step, clock.time + step * 5s, "node" + std::to_string(step), "e", "o"});
                    !put)
                    return put;
            return {};
        });
        clock.time += 1min;
    }
    void say(const std::string& id, contracts::Speaker role) {
        write([&](Transaction& tx) {
            return conversations::insert(tx,
                                         {.id = id,
                                          .user_id = "u1",
                                          .role = role,
                                          .text = "words",
                                          .created_at = clock.time},
                                         "c-1");
        });
        clock.time += 4s;
    }
    // All received spans, in order.
    [[nodiscard]] std::vector<Json> spans() const {
        std::vector<Json> all;
        for (const Json& request : requests)
            for (const Json& span : request["resourceSpans"][0]["scopeSpans"][0]["spans"])
                all.push_back(span);
        return all;
    }
};

}  // namespace

TEST_CASE("a flow is sent once, with its nodes, in the trace of the message that began it") {
    Observatory place;
    place.say("m1", contracts::Speaker::user);
    place.say("a1", contracts::Speaker::owner);
    place.say("a2", contracts::Speaker::owner);
    place.end_flow("f1", ThreadStatus::completed, {{"correlation_id", "c-1"}});
    REQUIRE(place.task.run_once(place.lease, {}));
    REQUIRE(place.task.run_once(place.lease, {}));
    const std::vector<Json> spans = place.spans();
    REQUIRE(spans.size() == 4);
    CHECK(spans[0]["name"] == "chat message");
    CHECK(spans[0]["startTimeUnixNano"] == "1768046400000000000");
    CHECK(spans[0]["endTimeUnixNano"] == "1768046404000000000");
    CHECK_FALSE(spans[0].contains("parentSpanId"));
    CHECK(spans[1]["name"] == "engineering");
    CHECK(spans[1]["parentSpanId"] == spans[0]["spanId"]);
    CHECK(spans[1]["status"]["code"] == 1);
    CHECK(spans[2]["name"] == "node1");
    CHECK(spans[3]["name"] == "node2");
    CHECK(spans[3]["startTimeUnixNano"] == spans[2]["endTimeUnixNano"]);
    for (const Json& span : spans)
        CHECK(span["traceId"] == contracts::trace_id_of("c-1"));
    CHECK(spans[3]["parentSpanId"] == spans[1]["spanId"]);
}

TEST_CASE("a flow that was started with a trace context belongs to that trace") {
    Observatory place;
    const std::string trace(32, 'a'), span(16, 'b');
    place.end_flow(
        "f1", ThreadStatus::failed,
        {{"correlation_id", "c-1"}, {"traceparent", "00-" + trace + "-" + span + "-01"}});
    REQUIRE(place.task.run_once(place.lease, {}));
    REQUIRE(place.spans().size() == 3);
    CHECK(place.spans()[0]["traceId"] == trace);
    CHECK(place.spans()[0]["parentSpanId"] == span);
    CHECK(place.spans()[0]["status"]["code"] == 2);
    CHECK(place.spans()[0]["status"]["message"] == "it did not build");
}

TEST_CASE(
    "spans that the collector refuses are sent again after a rest, and dropped and counted in the "
    "end") {
    Observatory place;
    place.end_flow("f1", ThreadStatus::completed, Json::object());
    place.answer = fail(ErrorKind::transient, "nobody listens");
    CHECK_FALSE(place.task.run_once(place.lease, {}));
    place.answer = {};
    REQUIRE(place.task.run_once(place.lease, {}));
    CHECK(place.spans().empty());
    place.clock.time += kTracesRest;
    REQUIRE(place.task.run_once(place.lease, {}));
    CHECK(place.spans().size() == 3);

    place.end_flow("f2", ThreadStatus::completed, Json::object());
    place.answer = fail(ErrorKind::transient, "nobody listens");
    CHECK_FALSE(place.task.run_once(place.lease, {}));
    place.clock.time += kTracesWait;
    REQUIRE(place.task.run_once(place.lease, {}));
    place.clock.time += kTracesRest;

    place.end_flow("f3", ThreadStatus::completed, Json::object());
    place.answer = fail(ErrorKind::invalid, "refused");
    REQUIRE(place.task.run_once(place.lease, {}));
    place.answer = {};
    REQUIRE(place.task.run_once(place.lease, {}));
    CHECK(place.spans().size() == 3);
    const std::string metrics = place.metrics.text();
    CHECK(metrics.find("orchestrator_trace_spans_total{outcome=\"sent\"} 3") != std::string::npos);
    CHECK(metrics.find("orchestrator_trace_spans_total{outcome=\"dropped\"} 6") !=
          std::string::npos);
}
