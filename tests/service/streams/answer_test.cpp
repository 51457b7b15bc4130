#include "contracts/streams/answer.h"
#include "contracts/streams/names.h"
#include "tests/service/streams/bus.h"

#include <atomic>
#include <thread>

using namespace contracts;
using namespace tests;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view kInput = "worker:developer:w-1:input";
constexpr std::string_view kOutput = "worker:developer:output";

Answer answer_of(std::string request_id) {
    return {.request_id = std::move(request_id),
            .output_stream = std::string(kOutput),
            .output = R"({"status":"success"})",
            .also = {{"HSET", "worker:status:w-1", "status", "COMPLETED"}}};
}

Claim claim_of(const Entry& entry, std::string consumer) {
    return {entry.stream, "workers", std::move(consumer), entry.id};
}

// One entry that was delivered to the consumer w-1.
struct Delivered {
    RedisServer server{};
    Connection connection = dial(server);
    Entry entry{};
    Delivered() {
        must(publish_data(connection, kInput, "{}"));
        Reader reader(server, settings_of(std::string(kInput), "w-1"));
        entry = reader.next();
    }
    std::int64_t outputs() { return number(connection, {"XLEN", kOutput}); }
};

}  // namespace

TEST_CASE("an answer publishes its output, what goes with it and the ack together") {
    Delivered given;
    const Claim claim = claim_of(given.entry, "w-1");
    CHECK(must(answer_once(given.connection, answer_of("r-1"), &claim)) ==
          AnswerOutcome::published);
    CHECK(given.outputs() == 1);
    CHECK(pending(given.connection, kInput) == 0);
    CHECK(must(given.connection.command({"HGET", "worker:status:w-1", "status"})).view().text() ==
          "COMPLETED");
    const std::int64_t ttl = number(given.connection, {"TTL", names::answered("r-1")});
    CHECK(ttl > 6 * 24 * 3600);
    CHECK(ttl <= 7 * 24 * 3600);
}

TEST_CASE("a request that was answered is only acknowledged") {
    Delivered given;
    const Claim claim = claim_of(given.entry, "w-1");
    CHECK(must(answer_once(given.connection, answer_of("r-1"), nullptr)) ==
          AnswerOutcome::published);
    CHECK(pending(given.connection, kInput) == 1);
    CHECK(must(answer_once(given.connection, answer_of("r-1"), &claim)) == AnswerOutcome::already);
    CHECK(must(answer_once(given.connection, answer_of("r-1"), nullptr)) == AnswerOutcome::already);
    CHECK(given.outputs() == 1);
    CHECK(pending(given.connection, kInput) == 0);
}

TEST_CASE("an answer to an entry that another consumer claimed is fenced off") {
    Delivered given;
    const Claim claim = claim_of(given.entry, "w-1");
    must(given.connection.command({"XCLAIM", kInput, "workers", "w-2", "0", given.entry.id}));
    CHECK(must(answer_once(given.connection, answer_of("r-1"), &claim)) == AnswerOutcome::fenced);
    CHECK(given.outputs() == 0);
    CHECK(pending(given.connection, kInput) == 1);
    CHECK(number(given.connection, {"EXISTS", "worker:status:w-1"}) == 0);
    const Claim theirs = claim_of(given.entry, "w-2");
    CHECK(must(answer_once(given.connection, answer_of("r-1"), &theirs)) ==
          AnswerOutcome::published);
    CHECK(must(answer_once(given.connection, answer_of("r-1"), &claim)) == AnswerOutcome::already);
    CHECK(given.outputs() == 1);
}

TEST_CASE("an answer to an entry that is pending with nobody is published") {
    Delivered given;
    const Claim claim = claim_of(given.entry, "w-1");
    SECTION("it was trimmed, and a sweep dropped it") {
        must(given.connection.command({"XDEL", kInput, given.entry.id}));
        must(given.connection.command({"XAUTOCLAIM", kInput, "workers", "w-2", "0", "0"}));
    }
    SECTION("it was trimmed and is still pending") {
        must(given.connection.command({"XDEL", kInput, given.entry.id}));
    }
    SECTION("Redis came back empty") {
        must(given.connection.command({"FLUSHALL"}));
    }
    CHECK(must(answer_once(given.connection, answer_of("r-1"), &claim)) ==
          AnswerOutcome::published);
    CHECK(must(answer_once(given.connection, answer_of("r-1"), &claim)) == AnswerOutcome::already);
    CHECK(given.outputs() == 1);
}

TEST_CASE("of many who answer one request at once exactly one publishes") {
    RedisServer server;
    constexpr int kRequests = 50;
    constexpr int kAnswerers = 4;
    std::atomic<int> published = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kAnswerers; ++i)
            threads.emplace_back([&] {
                auto connection = Connection::dial(*RedisAddress::parse(server.url()));
                for (int request = 0; request < kRequests; ++request) {
                    const auto outcome =
                        answer_once(*connection, answer_of(std::to_string(request)), nullptr);
                    if (outcome && *outcome == AnswerOutcome::published) ++published;
                }
            });
    }
    Connection connection = dial(server);
    CHECK(published == kRequests);
    CHECK(number(connection, {"XLEN", kOutput}) == kRequests);
}

TEST_CASE("a watched key that changes between look and write makes the write look again") {
    Delivered given;
    Connection rival = dial(given.server);
    const Answer answer = answer_of("r-1");
    const auto replies = must(given.connection.pipeline(answer_questions(answer, nullptr)));
    CHECK(must(decide_answer(answer, replies, nullptr)) == AnswerStep::go_on);
    CHECK(must(answer_once(rival, answer, nullptr)) == AnswerOutcome::published);
    CHECK(!must(given.connection.transaction(answer_commands(answer, nullptr))).has_value());
    CHECK(must(answer_once(given.connection, answer, nullptr)) == AnswerOutcome::already);
    CHECK(given.outputs() == 1);
}

TEST_CASE("an answer that Redis has no memory for changes nothing and is worth another try") {
    Delivered given;
    const Claim claim = claim_of(given.entry, "w-1");
    must(given.connection.command({"CONFIG", "SET", "maxmemory", "1"}));
    const auto refused = answer_once(given.connection, answer_of("r-1"), &claim);
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::transient);
    CHECK(given.outputs() == 0);
    CHECK(pending(given.connection, kInput) == 1);
    must(given.connection.command({"CONFIG", "SET", "maxmemory", "0"}));
    CHECK(must(answer_once(given.connection, answer_of("r-1"), &claim)) ==
          AnswerOutcome::published);
}

TEST_CASE("an answer whose keys have another type than they need changes nothing") {
    Delivered given;
    const Claim claim = claim_of(given.entry, "w-1");
    Answer answer = answer_of("r-1");
    answer.also.push_back(publish_command("worker:lifecycle", "{}"));
    const auto check_refused_for = [&](std::string_view key, std::string_view found) {
        const auto refused = answer_once(given.connection, answer, &claim);
        INFO(key);
        REQUIRE(!refused);
        CHECK(refused.error().describe().find(found) != std::string::npos);
        CHECK(number(given.connection, {"EXISTS", kOutput}) == (key == kOutput ? 1 : 0));
        CHECK(number(given.connection, {"EXISTS", "worker:lifecycle"}) ==
              (key == "worker:lifecycle" ? 1 : 0));
        CHECK(number(given.connection, {"EXISTS", "worker:status:w-1"}) ==
              (key == "worker:status:w-1" ? 1 : 0));
        CHECK(number(given.connection, {"EXISTS", names::answered("r-1")}) ==
              (key == names::answered("r-1") ? 1 : 0));
        CHECK(pending(given.connection, kInput) == 1);
        must(given.connection.command({"DEL", key}));
    };
    for (const std::string_view key :
         {kOutput, std::string_view("worker:lifecycle"), std::string_view("worker:status:w-1")}) {
        must(given.connection.command({"SET", key, "text"}));
        check_refused_for(key, std::string(key) + ": is a string in Redis");
        must(given.connection.command({"RPUSH", key, "text"}));
        check_refused_for(key, std::string(key) + ": is a list in Redis");
    }
    must(given.connection.command({"HSET", names::answered("r-1"), "a", "b"}));
    check_refused_for(names::answered("r-1"), "WRONGTYPE");
    CHECK(must(answer_once(given.connection, answer, &claim)) == AnswerOutcome::published);
    CHECK(given.outputs() == 1);
    CHECK(pending(given.connection, kInput) == 0);
}

TEST_CASE("an answer to an entry whose stream has become something else changes nothing") {
    Delivered given;
    const Claim claim = claim_of(given.entry, "w-1");
    must(given.connection.command({"SET", kInput, "text"}));
    CHECK(!answer_once(given.connection, answer_of("r-1"), &claim));
    CHECK(given.outputs() == 0);
    CHECK(number(given.connection, {"EXISTS", names::answered("r-1")}) == 0);
}

TEST_CASE("a key that becomes something else while an answer is written changes nothing") {
    Delivered given;
    const Answer answer = answer_of("r-1");
    const auto replies = must(given.connection.pipeline(answer_questions(answer, nullptr)));
    CHECK(must(decide_answer(answer, replies, nullptr)) == AnswerStep::go_on);
    Connection rival = dial(given.server);
    must(rival.command({"SET", kOutput, "text"}));
    CHECK(!must(given.connection.transaction(answer_commands(answer, nullptr))).has_value());
    CHECK(number(given.connection, {"EXISTS", names::answered("r-1")}) == 0);
    CHECK(!answer_once(given.connection, answer, nullptr));
}
