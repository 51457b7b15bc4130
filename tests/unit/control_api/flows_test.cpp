// Flows and workers, as administrators see them.
#include "control/store/flows.h"

#include "control/store/egress_refusals.h"
#include "control/store/flow_graphs.h"
#include "control/store/transcripts.h"
#include "control/store/workers.h"
#include "served.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

using contracts::Json;

namespace {

Result<void> done(const Result<bool>& written) {
    return written ? Result<void>() : Result<void>(fail(written.error()));
}

Thread a_thread(const Served& served, const std::string& id, const std::string& subject) {
    Thread thread;
    thread.id = id;
    thread.graph = "engineering";
    thread.subject = subject;
    thread.node = "develop";
    thread.status = ThreadStatus::waiting;
    thread.step = 2;
    thread.state = R"({"round":1})";
    thread.fencing = 3;
    thread.created_at = thread.updated_at = served.clock.now();
    thread.deadline = served.clock.now() + std::chrono::hours(1);
    return thread;
}

// A flow that waits for a worker, after two steps and with a message still to be sent.
void put_flow(const Served& served, const std::string& id, const std::string& subject) {
    served.write([&](Transaction& tx) -> Result<void> {
        if (Result<void> put = done(threads::insert(tx, a_thread(served, id, subject))); !put)
            return put;
        for (const std::int64_t step : {0, 1}) {
            const ThreadStep one{step, served.clock.now(), "develop", "enter", "wait"};
            if (Result<void> put = threads::add_step(tx, id, one); !put) return put;
        }
        const std::string key = "output:" + id;
        if (Result<void> put = threads::set_waits(tx, id, {{key}}); !put) return put;
        OutboxEffect effect;
        effect.key = id + ":1:0";
        effect.thread_id = id;
        effect.kind = "publish";
        effect.target = "worker:commands";
        effect.body = "{}";
        return threads::add_effect(tx, effect);
    });
}

void put_graph(const Served& served) {
    served.write([&](Transaction& tx) {
        return flow_graphs::put(tx, {.name = "engineering",
                                     .start = "prepare",
                                     .nodes = {"prepare", "develop"},
                                     .edges = {"prepare -> develop", "develop -> prepare"},
                                     .updated_at = served.clock.now()});
    });
}

}  // namespace

TEST_CASE("flows are listed by pages, the newest first, and by what they are about") {
    Served served;
    served.add_project("p", "");
    served.add_task("t", "p");
    put_flow(served, "f1", "t");
    served.clock.advance(std::chrono::seconds(1));
    put_flow(served, "f2", "elsewhere");
    const HttpResponse first = served.ask({"GET", "/api/flows?limit=1"});
    const Json page = json_of(first);
    REQUIRE(page.size() == 1);
    CHECK(page[0].at("id") == "f2");
    CHECK_FALSE(page[0].contains("task_id"));
    std::string link(first.header("Link"));
    link = link.substr(1, link.find('>') - 1);
    const Json second = json_of(served.ask({"GET", link}));
    REQUIRE(second.size() == 1);
    CHECK(second[0].at("id") == "f1");
    CHECK(second[0].at("task_id") == "t");
    CHECK(second[0].at("project_id") == "p");
    CHECK(second[0].at("status") == "waiting");
    const auto ids = [&](const char* query) {
        std::string found;
        for (const Json& flow : json_of(served.ask({"GET", std::string("/api/flows") + query})))
            found += flow.at("id").get<std::string>() + " ";
        return found;
    };
    CHECK(ids("?task_id=t") == "f1 ");
    CHECK(ids("?project_id=p") == "f1 ");
    CHECK(ids("?subject=elsewhere") == "f2 ");
    CHECK(ids("?status=waiting&graph=engineering") == "f2 f1 ");
    CHECK(ids("?status=blocked").empty());
    CHECK(served.ask({"GET", "/api/flows?status=odd"}).status == 422);
}

TEST_CASE("a flow is shown with its checkpoint, its waits, its graph, its steps and its effects") {
    Served served;
    put_graph(served);
    put_flow(served, "f1", "t");
    const HttpResponse answer = served.ask({"GET", "/api/flows/f1"});
    const Json flow = json_of(answer);
    CHECK(flow.at("state") == Json{{"round", 1}});
    CHECK(flow.at("waits_for") == Json{"output:f1"});
    CHECK(flow.at("drawing").get<std::string>().find("develop --> prepare") != std::string::npos);
    CHECK(flow.at("drawing").get<std::string>().find("class develop current") != std::string::npos);
    const HttpResponse again = served.ask(
        {"GET", "/api/flows/f1", {}, {{"If-None-Match", std::string(answer.header("ETag"))}}});
    CHECK(again.status == 304);
    const Json steps = json_of(served.ask({"GET", "/api/flows/f1/steps?limit=1"}));
    REQUIRE(steps.size() == 1);
    CHECK(steps[0].at("step") == 1);
    CHECK(steps[0].at("outcome") == "wait");
    const Json effects = json_of(served.ask({"GET", "/api/flows/f1/effects"}));
    REQUIRE(effects.size() == 1);
    CHECK(effects[0].at("target") == "worker:commands");
    for (const char* path : {"/api/flows/f9", "/api/flows/f9/steps", "/api/flows/f9/effects"})
        CHECK(served.ask({"GET", path}).status == 404);
    CHECK(json_of(served.ask({"GET", "/api/graphs"}))[0].at("name") == "engineering");
}

TEST_CASE("workers are shown with their task and their end, and without what may be secret") {
    Served served;
    WorkerRow worker;
    worker.id = "w1";
    worker.request_id = "r1";
    worker.config.name = "dev";
    worker.config.instructions = "the plan";
    worker.config.env_vars = {{"TOKEN", "hidden"}};
    worker.context = {{"task_id", "t"}, {"branch", "task/t"}};
    worker.created_at = served.clock.now();
    served.write([&](Transaction& tx) { return done(workers::insert(tx, worker)); });
    worker.phase = WorkerPhase::ended;
    worker.cause = EndCause::out_of_memory;
    worker.owner = "d1";
    served.write([&](Transaction& tx) -> Result<void> {
        if (Result<void> put = workers::update(tx, worker); !put) return put;
        for (const std::int64_t port : {443, 80})
            if (Result<bool> added = egress_refusals::add(tx, {.id = "e" + std::to_string(port),
                                                               .worker_id = "w1",
                                                               .host = "evil.example",
                                                               .port = port,
                                                               .reason = "is not allowed",
                                                               .count = 2,
                                                               .created_at = worker.created_at,
                                                               .last_at = worker.created_at});
                !added)
                return added.fault();
        return workers::keep_output(tx, "w1", "the last line");
    });
    const HttpResponse answer = served.ask({"GET", "/api/workers/w1"});
    CHECK(answer.body.find("hidden") == std::string::npos);
    const Json shown = json_of(answer);
    CHECK(shown.at("state") == "ended");
    CHECK(shown.at("cause") == "out_of_memory");
    CHECK(shown.at("task_id") == "t");
    CHECK(shown.at("owner") == "d1");
    CHECK(shown.at("last_output") == "the last line");
    REQUIRE(shown.at("egress_refused").size() == 2);
    CHECK(shown.at("egress_refused")[0].at("host") == "evil.example");
    CHECK(shown.at("egress_refused")[0].at("count") == 2);
    const Json refused = json_of(served.ask({"GET", "/api/egress/refusals?worker_id=w1&host=x"}));
    CHECK(refused.empty());
    CHECK(json_of(served.ask({"GET", "/api/egress/refusals?task_id=t"})).size() == 2);
    const Json listed = json_of(served.ask({"GET", "/api/workers?state=ended&task_id=t"}));
    REQUIRE(listed.size() == 1);
    CHECK_FALSE(listed[0].contains("last_output"));
    CHECK(json_of(served.ask({"GET", "/api/workers?state=running"})).empty());
    CHECK(served.ask({"GET", "/api/workers/w9"}).status == 404);
}

TEST_CASE("a worker's transcript is shown from its end on, also without the worker's row") {
    const Served served;
    const char* const path = "/api/workers/w1/transcript";
    CHECK(served.ask({"GET", path}).status == 404);
    served.write([&](Transaction& tx) {
        return transcripts::keep(
            tx, "w1",
            {{.at = served.clock.now(), .who = TranscriptSpeaker::prompt, .text = "build it"},
             {.at = {}, .who = TranscriptSpeaker::tool, .text = "Bash ls"},
             {.at = {}, .who = TranscriptSpeaker::agent, .text = "Done."}},
            served.clock.now());
    });
    const Json lines = json_of(served.ask({"GET", path}));
    REQUIRE(lines.size() == 3);
    CHECK(lines[0]["who"] == "prompt");
    CHECK(lines[0]["at"] == contracts::format_timestamp(served.clock.now()));
    CHECK(lines[1] == Json{{"who", "tool"}, {"text", "Bash ls"}});
    const Json last = json_of(served.ask({"GET", std::string(path) + "?limit=1"}));
    CHECK(last == Json::array({{{"who", "agent"}, {"text", "Done."}}}));
}

}  // namespace control
