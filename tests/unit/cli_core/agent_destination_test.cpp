#include "cli/agent_destination.h"

#include "cli/retry.h"
#include "tests/fakes/agent_peer.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <deque>

namespace cli {

namespace {

using contracts::AgentRequest;
using contracts::Error;
using contracts::ErrorKind;
using contracts::Json;
using namespace std::chrono_literals;

class RecordedWaiter final : public Waiter {
public:
    std::vector<std::chrono::milliseconds> waits;
    void wait(std::chrono::milliseconds time) override { waits.push_back(time); }
};

// A worker whose PID 1 gives these answers in order; an empty one closes the connection.
struct Worker {
    tests::TemporaryDirectory directory;
    std::deque<std::optional<std::string>> answers;
    tests::AgentPeer peer{directory / "agent.sock",
                          [this](const AgentRequest&) -> std::optional<std::string> {
                              if (answers.empty()) return tests::api_reply(200, Json());
                              auto answer = answers.front();
                              answers.pop_front();
                              return answer;
                          }};
    RecordedWaiter waiter;

    AgentDestination plain(std::string command = "project.list") {
        return AgentDestination(peer.path(), std::move(command));
    }
    RetryingDestination retrying(std::string command = "project.list") {
        return RetryingDestination(
            std::make_unique<AgentDestination>(peer.path(), std::move(command)), waiter);
    }
};

const ApiRequest kList{"GET", "/api/projects"};

}  // namespace

TEST_CASE("requests of one invocation share a connection") {
    Worker worker;
    AgentDestination destination = worker.plain();
    for (int i = 0; i < 3; ++i)
        CHECK(destination.api(kList));
    CHECK(worker.peer.connections() == 1);
    CHECK(worker.peer.requests().size() == 3);
    CHECK(worker.peer.requests().front().command == "project.list");
}

TEST_CASE("nothing is opened before the first request") {
    Worker worker;
    const AgentDestination destination = worker.plain();
    CHECK(worker.peer.connections() == 0);
}

TEST_CASE("an API status comes back as its kind, with the page's cursor") {
    Worker worker;
    worker.answers = {tests::api_reply(404, Json{{"detail", "no such project"}}),
                      tests::api_reply(200, Json::array(), R"(<x?cursor=9>; rel="next")")};
    AgentDestination destination = worker.plain();
    const auto missing = destination.api(kList);
    CHECK(missing.error().kind == ErrorKind::not_found);
    CHECK(missing.error().message == "no such project");
    const auto page = destination.api(kList);
    CHECK(page->body.is_array());
    CHECK(page->next_cursor == "9");
}

TEST_CASE("a fault of PID 1 keeps its kind, field and next step") {
    Worker worker;
    worker.answers = {
        tests::fault_reply({ErrorKind::permission, "not allowed", "command", "ask the owner"})};
    AgentDestination destination = worker.plain();
    const auto refused = destination.api(kList);
    CHECK(refused.error().kind == ErrorKind::permission);
    CHECK(refused.error().field == "command");
    CHECK(refused.error().next_step == "ask the owner");
}

TEST_CASE("what the command does not include is refused by the same table PID 1 uses") {
    Worker worker;
    AgentDestination destination = worker.plain("project.get");
    CHECK(destination.api(kList).error().kind == ErrorKind::permission);
    CHECK(destination.publish("engineering:queue", Json::object()).error().kind ==
          ErrorKind::permission);
    CHECK(worker.peer.requests().empty());
    CHECK(worker.peer.refusals().size() == 2);
}

TEST_CASE("a connection broken before the answer is dialled again") {
    Worker worker;
    worker.answers = {std::nullopt, tests::api_reply(200, Json::array())};
    RetryingDestination destination = worker.retrying();
    CHECK(destination.api(kList));
    CHECK(worker.peer.connections() == 2);
    CHECK(worker.peer.requests().size() == 2);
}

TEST_CASE("a passing failure is tried three times with doubling, jittered waits") {
    Worker worker;
    const std::string busy = tests::api_reply(503, Json{{"detail", "starting"}});
    worker.answers = {busy, busy, busy, busy};
    RetryingDestination destination = worker.retrying();
    const auto failed = destination.api(kList);
    CHECK(failed.error().kind == ErrorKind::transient);
    CHECK(worker.peer.requests().size() == 3);
    REQUIRE(worker.waiter.waits.size() == 2);
    CHECK(worker.waiter.waits[0] >= 750ms);
    CHECK(worker.waiter.waits[0] <= 1250ms);
    CHECK(worker.waiter.waits[1] >= 1500ms);
    CHECK(worker.waiter.waits[1] <= 2500ms);
}

TEST_CASE("a lasting failure is not tried again") {
    Worker worker;
    worker.answers = {tests::api_reply(422, Json{{"detail", "no"}})};
    RetryingDestination destination = worker.retrying();
    CHECK(destination.api(kList).error().kind == ErrorKind::invalid);
    CHECK(worker.peer.requests().size() == 1);
    CHECK(worker.waiter.waits.empty());
}

TEST_CASE("an answer that is none ends the call with a reason and never hangs it") {
    for (const std::string& answer :
         {std::string("no json"), std::string("{}"), std::string("[]"), std::string(),
          std::string(R"({"ok":true})"), std::string(R"({"ok":false})"),
          tests::api_reply(200, Json()) + '\n' + tests::api_reply(200, Json())}) {
        Worker worker;
        worker.answers = {answer};
        AgentDestination destination = worker.plain();
        const auto failed = destination.api(kList);
        CAPTURE(answer);
        REQUIRE_FALSE(failed);
        CHECK_FALSE(failed.error().message.empty());
    }
}

TEST_CASE("a request beyond the line's limit is refused here") {
    Worker worker;
    AgentDestination destination = worker.plain("engineering.start");
    const auto failed = destination.publish(
        "engineering:queue", Json{{"spec", std::string(contracts::kMaxAgentLine, 'x')}});
    CHECK(failed.error().kind == ErrorKind::invalid);
    CHECK(worker.peer.connections() == 0);
}

TEST_CASE("a large answer comes in pieces and whole") {
    Worker worker;
    const std::string large(3 << 20, 'x');
    worker.answers = {tests::api_reply(200, Json{large})};
    AgentDestination destination = worker.plain();
    CHECK(destination.api(kList)->body[0] == large);
}

TEST_CASE("a socket that nobody serves is worth another try") {
    const tests::TemporaryDirectory directory;
    AgentDestination destination(directory / "absent.sock", "project.list");
    CHECK(destination.api(kList).error().kind == ErrorKind::transient);
    AgentDestination too_long("/" + std::string(200, 'x'), "project.list");
    CHECK(too_long.api(kList).error().field == "ORCHESTRATOR_SOCKET");
}

TEST_CASE("events are followed from where the last call stopped, unreadable ones passed over") {
    Worker worker;
    worker.answers = {
        tests::follow_reply(
            Json::array({Json{{"id", "5-0"}, {"data", {{"type", "started"}, {"request_id", "r"}}}},
                         Json{{"id", "6-0"}, {"data", {{"type", "nonsense"}}}}, Json("x")})),
        tests::follow_reply()};
    AgentDestination destination = worker.plain("engineering.wait");
    std::string after = "0";
    const auto told = destination.follow("t1", after, 500ms);
    REQUIRE(told->size() == 1);
    CHECK(told->front().event.type == contracts::ProgressType::started);
    CHECK(after == "6-0");
    CHECK(destination.follow("t1", after, 500ms)->empty());
    CHECK(worker.peer.requests().back().after == "6-0");
    CHECK(worker.peer.requests().back().wait_ms == 500);
}

}  // namespace cli
