// Each row of the table of bad inputs in wrapper/README.md: what is logged, what the lifecycle
// event says, and how the worker ends or answers.
#include "tests/service/wrapper/worker_house.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

using contracts::Json;
using namespace tests;
using std::chrono::seconds;

namespace {

constexpr int kConfiguration = 78;

// The worker does not start; its log names the field and the reason, and nothing is published.
void check_does_not_start(const WorkerHouse& house, const std::string& field,
                          const std::string& reason) {
    const Finished worker = house.run_to_end();
    CAPTURE(field, worker.error_output);
    CHECK(worker.end.exit_code == kConfiguration);
    const Json line = Json::parse(worker.error_output.substr(0, worker.error_output.find('\n')));
    CHECK(line["level"] == "ERROR");
    const std::string said = line.dump();
    CHECK(said.find(field) != std::string::npos);
    CHECK(said.find(reason) != std::string::npos);
    CHECK(house.lifecycle().empty());
}

// The message is in the dead letters with the reason, log and lifecycle event give the same reason,
// and the worker processes the next message.
void check_refused(const std::string& data, const std::string& reason) {
    WorkerHouse house;
    house.agent("cat >/dev/null; " + kSucceeds);
    house.give_raw(data);
    house.give("next");
    const Finished worker = house.run_to_end();
    CAPTURE(reason, worker.error_output);
    CHECK(worker.end.exit_code == 0);
    const std::vector<Json> letters = house.read(house.input_stream() + ":dlq");
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].dump().find(reason) != std::string::npos);
    CHECK(worker.error_output.find(reason) != std::string::npos);
    const std::vector<Json> told = house.lifecycle();
    REQUIRE(told.size() == 3);
    CHECK(told[1]["event"] == "failed");
    CHECK(told[1]["error"].get<std::string>().find(reason) != std::string::npos);
    CHECK(told[1]["result"]["dead_letters"] == house.input_stream() + ":dlq");
    REQUIRE(house.outputs().size() == 1);
    CHECK(house.outputs()[0]["request_id"] == "next");
    CHECK(house.pending() == 0);
}

// The run did not take place; output, lifecycle event and log give the reason.
void check_not_started(const WorkerHouse& house, const std::string& reason) {
    const Finished worker = house.run_to_end();
    CAPTURE(reason, worker.error_output);
    CHECK(worker.end.exit_code == 0);
    REQUIRE(house.outputs().size() == 1);
    CHECK(house.outputs()[0]["status"] == "error");
    CHECK(house.outputs()[0]["error"].get<std::string>().find(reason) != std::string::npos);
    const Json ended = house.lifecycle().back();
    CHECK(ended["event"] == "failed");
    CHECK(ended["result"]["ending"] == "not_started");
    CHECK(ended["error"].get<std::string>().find(reason) != std::string::npos);
    CHECK(worker.error_output.find(reason) != std::string::npos);
}

Json message_with(const char* field, const Json& value) {
    Json message = {{"version", "1"},
                    {"request_id", "r-1"},
                    {"task_id", "t-1"},
                    {"project_id", "p-1"},
                    {"prompt", "do it"},
                    {"timeout", 60},
                    {"timestamp", "2026-01-10T12:00:00Z"}};
    message[field] = value;
    return message;
}

}  // namespace

TEST_CASE("an agent type that nobody knows stops the start") {
    WorkerHouse house;
    house.agent("true").set("AGENT_TYPE", "gpt");
    check_does_not_start(house, "AGENT_TYPE", "must be one of: claude, ");
}

TEST_CASE("a uid that cannot be the agent's stops the start") {
    for (const char* uid : {"worker", "-1", "4294967295", "1.5"}) {
        WorkerHouse house;
        house.agent("true").set("AGENT_UID", uid);
        check_does_not_start(house, "AGENT_UID", "must be a whole number");
    }
    if (::geteuid() != 0) SKIP("the rest needs root");
    WorkerHouse root;
    root.agent("true").set("AGENT_UID", "0");
    check_does_not_start(root, "AGENT_UID", "must not be root's");
}

TEST_CASE("a program that is not there is an answer that names it") {
    WorkerHouse house;
    house.agent(R"(["/no/such/agent"])");
    house.give("r-1");
    check_not_started(house, "execute /no/such/agent: No such file or directory");
}

TEST_CASE("a workspace that the agent cannot enter is an answer that says so") {
    if (::geteuid() != 0) SKIP("needs root");
    WorkerHouse closed;
    closed.agent(kSucceeds);
    closed.give("r-1");
    REQUIRE(::chown(closed.workspace().c_str(), 0, 0) == 0);
    REQUIRE(::chmod(closed.workspace().c_str(), 0700) == 0);
    check_not_started(closed, "step directory: Permission denied");
    WorkerHouse missing;
    missing.agent(kSucceeds).set("WORKSPACE_DIR", "/no/such/workspace");
    missing.give("r-1");
    check_not_started(missing, "step directory: No such file or directory");
}

TEST_CASE("bytes in a message that are no UTF-8 are refused with their place") {
    std::string data = message_with("prompt", "do it").dump();
    data.replace(data.find("do it"), 5, "do \xff it");
    check_refused(data, "UTF-8");
}

TEST_CASE("a timeout that is none is refused with its bounds") {
    for (const Json& timeout : {Json(0), Json(-1), Json(86'401), Json("soon"), Json(1.5)})
        check_refused(message_with("timeout", timeout).dump(), "timeout");
}

TEST_CASE("a version that nobody knows is refused") {
    check_refused(message_with("version", "2").dump(), "version");
}

TEST_CASE("a message that is no JSON, or no object, is refused") {
    check_refused("do it", "JSON");
    check_refused("[]", "object");
}

TEST_CASE("a prompt of ten megabytes arrives whole, one beyond the limit is refused") {
    WorkerHouse house;
    house.agent("test $(wc -c) = 10000000 && " + kSucceeds);
    house.give("r-1", std::string(10'000'000, 'x'));
    CHECK(house.run_to_end().end.exit_code == 0);
    CHECK(house.outputs().at(0)["status"] == "success");
    check_refused(message_with("prompt", std::string((16U << 20) + 1, 'x')).dump(), "prompt");
}

TEST_CASE("two workers with one id give one answer, and each tells of itself") {
    WorkerHouse house("po");
    house.agent("cat >/dev/null; sleep 0.2; echo done");
    ChildProcess one = house.start();
    house.set("STATE_DIR", house.directory() / "other-state");
    ChildProcess other = house.start();
    eventually("both started", [&] { return house.lifecycle().size() == 2; });
    for (int i = 0; i < 4; ++i)
        house.give("r-" + std::to_string(i));
    eventually("all answered", [&] { return house.outputs().size() >= 4 && house.pending() == 0; });
    one.stop();
    other.stop();
    CHECK(house.outputs().size() == 4);
}

TEST_CASE("a node of a Redis Cluster is refused, whatever slots it has") {
    const RedisServer cluster({.cluster = true});
    WorkerHouse house("developer", cluster.url());
    house.agent("echo x >> runs; " + kSucceeds);
    const auto check_refused = [&] {
        const Finished worker = house.run_to_end();
        INFO(worker.error_output);
        CHECK(worker.end.exit_code == kConfiguration);
        CHECK(worker.error_output.find("REDIS_URL: names a node of a Redis Cluster") !=
              std::string::npos);
        CHECK(house.in_workspace("runs").empty());
    };
    SECTION("none") {
        check_refused();
    }
    SECTION("all") {
        contracts::Connection redis = house.connect();
        must(redis.command({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"}));
        eventually("it serves", [&] { return redis.command({"SET", "a", "1"}).has_value(); });
        house.give("r-1");
        check_refused();
        CHECK(house.outputs().empty());
    }
}
