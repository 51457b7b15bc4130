#include "contracts/messages/dead_letter.h"
#include "contracts/streams/names.h"
#include "tests/service/streams/bus.h"

using namespace contracts;
using namespace tests;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view kStream = "worker:developer:input";

std::vector<DeadLetter> dead_letters(Connection& connection) {
    const Reply list = must(connection.command({"XRANGE", names::dead_letters(kStream), "-", "+"}));
    Entries entries;
    read_entries(kStream, list.view(), entries);
    std::vector<DeadLetter> letters;
    for (const Entry& entry : entries.present)
        letters.push_back(must(parse_entry<DeadLetter>(entry)));
    return letters;
}

// Makes the entry look as if `consumer` had held it for an hour.
void age(Connection& connection, std::string_view id, std::string_view consumer) {
    must(connection.command(
        {"XCLAIM", kStream, "workers", consumer, "0", id, "IDLE", "3600000", "JUSTID"}));
}

}  // namespace

TEST_CASE("what a consumer that is gone left pending is claimed, all of it") {
    RedisServer server;
    Connection writer = dial(server);
    constexpr int kMany = 150;  // more than one page of a claim
    ConsumerSettings settings = settings_of(std::string(kStream), "gone");
    settings.batch = kMany;
    {
        Reader gone(server, settings);
        for (int i = 0; i < kMany; ++i)
            must(publish_data(writer, kStream, std::to_string(i)));
        gone.next();
    }
    CHECK(pending(writer, kStream) == kMany);
    settings.name = "heir";
    settings.claim_after = milliseconds(0);
    settings.sweep_every = std::chrono::hours(1);  // a single sweep must be enough
    Reader heir(server, settings);
    for (int i = 0; i < kMany; ++i) {
        const Entry entry = heir.next(milliseconds(0));
        REQUIRE(entry.data == std::to_string(i));
        CHECK(entry.deliveries == 2);
        must(heir.consumer.acknowledge(entry));
    }
    CHECK(pending(writer, kStream) == 0);
}

TEST_CASE("what a live consumer holds for less than claim_after stays its own") {
    RedisServer server;
    Connection writer = dial(server);
    must(publish_data(writer, kStream, "held"));
    Reader holder(server, settings_of(std::string(kStream), "holder"));
    CHECK(holder.next().data == "held");
    Reader other(server, settings_of(std::string(kStream), "other"));
    CHECK(other.nothing_comes());
}

TEST_CASE("a waiting read sweeps when a sweep is due") {
    RedisServer server;
    Connection writer = dial(server);
    ConsumerSettings settings = settings_of(std::string(kStream), "heir");
    settings.sweep_every = milliseconds(50);
    Reader heir(server, settings);
    CHECK(heir.nothing_comes());
    const std::string id = must(publish_data(writer, kStream, "left"));
    must(writer.command({"XREADGROUP", "GROUP", "workers", "gone", "STREAMS", kStream, ">"}));
    age(writer, id, "gone");
    CHECK(heir.next().data == "left");
}

TEST_CASE("an entry that is delivered too often goes to the dead letter stream before its ack") {
    RedisServer server;
    Connection writer = dial(server);
    const std::string id = must(publish_data(writer, kStream, R"({"task_id":"t-1"})"));
    ConsumerSettings settings = settings_of(std::string(kStream), "one");
    settings.max_deliveries = 3;
    for (int life = 1; life <= 3; ++life) {
        Reader reader(server, settings);
        CHECK(reader.next().deliveries == life);
        CHECK(dead_letters(writer).empty());
    }
    Reader reader(server, settings);
    CHECK(reader.nothing_comes());
    CHECK(pending(writer, kStream) == 0);
    const auto letters = dead_letters(writer);
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].original_message == Json({{"task_id", "t-1"}}));
    CHECK(letters[0].error_context.error.find("delivered 4 times") != std::string::npos);
    CHECK(letters[0].error_context.attempts == 4);
    CHECK(letters[0].error_context.entry_id == id);
    CHECK(letters[0].error_context.stream == kStream);
    CHECK(letters[0].error_context.service == "test");
}

TEST_CASE("a poison entry that kills its consumers ends in the dead letter stream") {
    RedisServer server;
    Connection writer = dial(server);
    must(publish_data(writer, kStream, "poison"));
    must(publish_data(writer, kStream, "good"));
    int poisoned = 0;
    bool good = false;
    for (int life = 0; life < 10; ++life) {
        ConsumerSettings settings =
            settings_of(std::string(kStream), "life-" + std::to_string(life));
        settings.claim_after = milliseconds(0);
        settings.batch = 1;
        Reader reader(server, settings);
        while (const auto entry = must(reader.consumer.next(milliseconds(0)))) {
            if (entry->data == "poison") {
                ++poisoned;
                break;  // the consumer dies here
            }
            good = true;
            must(reader.consumer.acknowledge(*entry));
        }
    }
    CHECK(good);
    CHECK(poisoned == 5);
    CHECK(dead_letters(writer).size() == 1);
    CHECK(pending(writer, kStream) == 0);
}

TEST_CASE("a refused entry is in the dead letter stream with its reason, and acknowledged") {
    RedisServer server;
    Connection writer = dial(server);
    Reader reader(server, settings_of(std::string(kStream), "one"));
    const Error reason{ErrorKind::invalid, "is required", "task_id"};
    SECTION("an object stays an object") {
        must(publish_data(writer, kStream, R"({"a":1})"));
        must(reader.consumer.refuse(reader.next(), reason));
        CHECK(dead_letters(writer).at(0).original_message == Json({{"a", 1}}));
    }
    SECTION("what is no JSON stays its bytes") {
        must(publish_data(writer, kStream, "{\"a\": tru"));
        must(reader.consumer.refuse(reader.next(), reason));
        CHECK(dead_letters(writer).at(0).original_message == "{\"a\": tru");
    }
    SECTION("JSON that is no object stays its bytes") {
        must(publish_data(writer, kStream, "[1, 2]"));
        must(reader.consumer.refuse(reader.next(), reason));
        CHECK(dead_letters(writer).at(0).original_message == "[1, 2]");
    }
    SECTION("fields without data stay an object") {
        must(writer.command({"XADD", kStream, "*", "payload", "x"}));
        must(reader.consumer.refuse(reader.next(), reason));
        CHECK(dead_letters(writer).at(0).original_message == Json({{"payload", "x"}}));
    }
    SECTION("bytes that are no UTF-8 become readable") {
        must(publish_data(writer, kStream, "\xff\xfe"));
        must(reader.consumer.refuse(reader.next(), reason));
        CHECK(dead_letters(writer).at(0).original_message == "\uFFFD\uFFFD");
    }
    CHECK(dead_letters(writer).at(0).error_context.error == "task_id: is required");
    CHECK(pending(writer, kStream) == 0);
    CHECK(reader.lines->tell("task_id: is required"));
}

TEST_CASE("a dead letter lives for a month after the last one, and its entry until it is written") {
    RedisServer server;
    Connection writer = dial(server);
    must(publish_data(writer, kStream, "poison"));
    must(publish_data(writer, kStream, "next"));
    Reader reader(server, settings_of(std::string(kStream), "one"));
    const Entry poison = reader.next();
    const std::string letters = names::dead_letters(kStream);
    must(writer.command({"SET", letters, "another's"}));
    must(reader.consumer.refuse(poison, Error{ErrorKind::invalid, "cannot be read"}));
    CHECK(pending(writer, kStream) == 2);
    CHECK(reader.lines->tell("is a string in Redis"));
    CHECK(reader.next().data == "next");  // the others go on
    must(writer.command({"DEL", letters}));
    must(reader.consumer.refuse(poison, Error{ErrorKind::invalid, "cannot be read"}));
    CHECK(pending(writer, kStream) == 1);
    CHECK(number(writer, {"XLEN", letters}) == 1);
    const std::int64_t ttl = number(writer, {"TTL", letters});
    CHECK(ttl > 29 * 24 * 3600);
    CHECK(ttl <= 30 * 24 * 3600);
}

TEST_CASE("what was trimmed while pending is dropped, counted and named") {
    RedisServer server;
    Connection writer = dial(server);
    std::vector<std::string> ids;
    for (const char* data : {"1", "2", "3"})
        ids.push_back(must(publish_data(writer, kStream, data)));
    ConsumerSettings settings = settings_of(std::string(kStream), "gone");
    {
        Reader gone(server, settings);
        gone.next();
    }
    must(writer.command({"XDEL", kStream, ids[0], ids[1]}));
    SECTION("found by the consumer's next life") {}
    SECTION("found by another's sweep") {
        settings.name = "heir";
        settings.claim_after = milliseconds(0);
    }
    Reader reader(server, settings);
    CHECK(reader.next().data == "3");
    CHECK(reader.consumer.trimmed_while_pending() == 2);
    CHECK(pending(writer, kStream) == 1);
    CHECK(reader.lines->tell(ids[0]));
    CHECK(reader.lines->tell(ids[1]));
}

TEST_CASE("entries that waited behind slow work and were claimed away are not handed out") {
    // This clock applies only to the consumer under test; Redis has its own.
    class HeldClock final : public Clock {
    public:
        Timestamp now() const override { return {}; }
        Instant instant() const override { return at; }
        Instant at = std::chrono::steady_clock::now();
    };
    RedisServer server;
    Connection writer = dial(server);
    std::vector<std::string> ids;
    for (const char* data : {"1", "2", "3"})
        ids.push_back(must(publish_data(writer, kStream, data)));
    HeldClock clock;
    Connection connection = dial(server);
    Consumer slow(connection, settings_of(std::string(kStream), "slow"), clock,
                  log_to(std::make_shared<RememberedLines>()));
    must(slow.start());
    CHECK(must(slow.next(milliseconds(0)))->data == "1");
    clock.at += std::chrono::minutes(50);
    age(writer, ids[2], "slow");
    must(writer.command({"XCLAIM", kStream, "workers", "other", "0", ids[1]}));
    CHECK(must(slow.next(milliseconds(0)))->data == "3");
    CHECK(!must(slow.next(milliseconds(0))));
}

TEST_CASE("an entry that is kept is not claimed away, and who lost it learns so") {
    RedisServer server;
    Connection writer = dial(server);
    const std::string id = must(publish_data(writer, kStream, "long"));
    Reader holder(server, settings_of(std::string(kStream), "holder"));
    const Entry entry = holder.next();
    const auto keep = [&](milliseconds after) {
        return must(holder.connection.command(
                        keep_command(entry, {"workers", "holder"}, after, std::chrono::minutes(1))))
            .view()
            .size();
    };
    ConsumerSettings settings = settings_of(std::string(kStream), "other");
    settings.claim_after = std::chrono::minutes(1);
    age(writer, id, "holder");
    CHECK(keep(std::chrono::minutes(60)) == 1);
    {
        Reader other(server, settings);
        CHECK(other.nothing_comes());
    }
    age(writer, id, "holder");
    Reader other(server, settings);
    CHECK(other.next().data == "long");
    CHECK(keep(std::chrono::minutes(60)) == 0);
    CHECK(pending(writer, kStream) == 1);
}
