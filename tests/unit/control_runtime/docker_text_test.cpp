#include "control/runtime/docker/events.h"
#include "control/runtime/docker/log_stream.h"

#include <catch2/catch_test_macros.hpp>
#include <random>

using control::RuntimeEvent;
using control::docker::LogTail;
using control::docker::parse_event;

namespace {

constexpr std::string_view kDeath =
    R"({"status":"die","id":"c1","from":"worker:1","Type":"container","Action":"die",)"
    R"("Actor":{"ID":"c1","Attributes":{"com.codegen-orchestrator.owner":"here",)"
    R"("com.codegen-orchestrator.worker":"dev-1","exitCode":"137","image":"worker:1",)"
    R"("name":"worker-dev-1"}},"scope":"local","time":1700000000,"timeNano":1700000000000000000})";

std::string frame(char stream, std::string_view text) {
    std::string bytes{stream, 0, 0, 0};
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<char>(text.size() >> shift & 0xff));
    return bytes + std::string(text);
}

}  // namespace

TEST_CASE("a death is read with its worker and exit code") {
    const auto event = parse_event(kDeath);
    REQUIRE(event);
    CHECK(event->kind == RuntimeEvent::Kind::died);
    CHECK(event->id == "c1");
    CHECK(event->worker_id == "dev-1");
    CHECK(event->exit_code == 137);
}

TEST_CASE("an exit code that is no number is unknown, never zero") {
    std::string line(kDeath);
    line.replace(line.find("\"137\""), 5, "\"1e3\"");
    const auto event = parse_event(line);
    REQUIRE(event);
    CHECK(!event->exit_code);
}

TEST_CASE("an out-of-memory kill is told apart from a death") {
    std::string line(kDeath);
    const std::size_t action = line.rfind("\"die\"");
    line.replace(action, 5, "\"oom\"");
    const auto event = parse_event(line);
    REQUIRE(event);
    CHECK(event->kind == RuntimeEvent::Kind::out_of_memory);
}

TEST_CASE("what is no death of a worker of ours is passed over") {
    CHECK(!parse_event(""));
    CHECK(!parse_event("null"));
    CHECK(!parse_event("[]"));
    CHECK(!parse_event(R"({"Type":"image","Action":"die"})"));
    CHECK(!parse_event(R"({"Type":"container","Action":"start","Actor":{"ID":"c"}})"));
    CHECK(!parse_event(R"({"Type":"container","Action":"die","Actor":"c"})"));
    CHECK(
        !parse_event(R"({"Type":"container","Action":"die","Actor":{"ID":"c","Attributes":[]}})"));
    CHECK(!parse_event(R"({"Type":7,"Action":{}})"));
}

TEST_CASE("no cut and no flipped byte of an event does more than lose it") {
    std::mt19937 random(std::random_device{}());
    for (std::size_t size = 0; size < kDeath.size(); ++size)
        CHECK(!parse_event(kDeath.substr(0, size)));
    for (int i = 0; i < 5000; ++i) {
        std::string line(kDeath);
        line[random() % line.size()] = static_cast<char>(random());
        if (const auto event = parse_event(line)) CHECK(!event->id.empty());
    }
}

TEST_CASE("a log is put together from frames that are cut anywhere") {
    const std::string bytes =
        frame(1, "out one\n") + frame(2, "err\n") + frame(1, "") + frame(1, "two\n");
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        LogTail log(1000);
        for (std::size_t at = 0; at < bytes.size(); at += step)
            log.feed(std::string_view(bytes).substr(at, step));
        CHECK(log.text() == "out one\nerr\ntwo\n");
    }
}

TEST_CASE("of a long log the end is kept, and no more") {
    LogTail log(100);
    std::string all;
    for (int i = 0; i < 20'000; ++i) {
        const std::string line = "line " + std::to_string(i) + "\n";
        all += line;
        log.feed(frame(i % 2 == 0 ? 1 : 2, line));
    }
    CHECK(log.text() == all.substr(all.size() - 100));
    LogTail nothing(0);
    nothing.feed(frame(1, "text"));
    CHECK(nothing.text().empty());
}
