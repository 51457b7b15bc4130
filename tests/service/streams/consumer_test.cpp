#include "contracts/messages/engineering.h"
#include "tests/service/streams/bus.h"

#include <catch2/generators/catch_generators.hpp>
#include "tests/support/eventually.h"

#include <thread>

using namespace contracts;
using namespace tests;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view kStream = "engineering:queue";

}  // namespace

TEST_CASE("a message published before the group existed is read and acknowledged") {
    RedisServer server;
    Connection writer = dial(server);
    EngineeringMessage message;
    message.correlation_id = "c-1";
    message.request_id = "r-1";
    message.task_id = "t-1";
    message.project_id = "p-1";
    message.user_id = "u-1";
    const std::string id = must(publish(writer, kStream, message));

    Reader reader(server, settings_of(std::string(kStream), "one"));
    const Entry entry = reader.next();
    CHECK(entry.id == id);
    CHECK(entry.deliveries == 1);
    CHECK(must(parse_entry<EngineeringMessage>(entry)).task_id == "t-1");
    CHECK(pending(writer, kStream) == 1);
    must(reader.consumer.acknowledge(entry));
    CHECK(pending(writer, kStream) == 0);
    CHECK(reader.nothing_comes());
}

TEST_CASE("a blocked read gets an entry as soon as it is written") {
    RedisServer server;
    Reader reader(server, settings_of(std::string(kStream), "one"));
    std::jthread writer([&] {
        Connection connection = dial(server);
        eventually("a blocked reader", [&] {
            const Reply clients = must(connection.command({"INFO", "clients"}));
            return clients.view().text().find("blocked_clients:1") != std::string_view::npos;
        });
        must(publish_data(connection, kStream, "{}"));
    });
    CHECK(reader.next().data == "{}");
}

TEST_CASE("a consumer's own pending entries come first, in order, with their deliveries") {
    RedisServer server;
    Connection writer = dial(server);
    for (const char* data : {"1", "2", "3"})
        must(publish_data(writer, kStream, data));
    {
        Reader first_life(server, settings_of(std::string(kStream), "one"));
        CHECK(first_life.next().data == "1");
    }
    must(publish_data(writer, kStream, "4"));
    Reader second_life(server, settings_of(std::string(kStream), "one"));
    for (const char* data : {"1", "2", "3"}) {
        const Entry entry = second_life.next();
        CHECK(entry.data == data);
        CHECK(entry.deliveries == 2);
    }
    const Entry fresh = second_life.next();
    CHECK(fresh.data == "4");
    CHECK(fresh.deliveries == 1);
}

TEST_CASE("hundreds of own pending entries all come, page by page") {
    RedisServer server;
    Connection writer = dial(server);
    constexpr int kMany = 300;
    for (int i = 0; i < kMany; ++i)
        must(publish_data(writer, kStream, std::to_string(i)));
    ConsumerSettings settings = settings_of(std::string(kStream), "one");
    settings.batch = kMany;
    {
        Reader first_life(server, settings);
        CHECK(first_life.next().data == "0");
    }
    Reader second_life(server, settings);
    for (int i = 0; i < kMany; ++i) {
        const Entry entry = second_life.next();
        REQUIRE(entry.data == std::to_string(i));
        must(second_life.consumer.acknowledge(entry));
    }
    CHECK(second_life.nothing_comes());
    CHECK(pending(writer, kStream) == 0);
}

TEST_CASE("a group that vanished is made again and loses nothing") {
    RedisServer server;
    Connection writer = dial(server);
    Reader reader(server, settings_of(std::string(kStream), "one"));
    SECTION("the group was destroyed") {
        must(publish_data(writer, kStream, "kept"));
        must(writer.command({"XGROUP", "DESTROY", kStream, "workers"}));
    }
    SECTION("the stream was deleted") {
        must(writer.command({"DEL", kStream}));
        must(publish_data(writer, kStream, "kept"));
    }
    SECTION("everything was deleted") {
        must(writer.command({"FLUSHALL"}));
        must(publish_data(writer, kStream, "kept"));
    }
    CHECK(reader.next().data == "kept");
}

TEST_CASE("a group that vanishes under a blocked read is made again") {
    RedisServer server;
    Reader reader(server, settings_of(std::string(kStream), "one"));
    std::jthread other([&] {
        Connection connection = dial(server);
        eventually("a blocked reader", [&] {
            const Reply clients = must(connection.command({"INFO", "clients"}));
            return clients.view().text().find("blocked_clients:1") != std::string_view::npos;
        });
        must(connection.command({"XGROUP", "DESTROY", kStream, "workers"}));
        must(publish_data(connection, kStream, "kept"));
    });
    CHECK(reader.next().data == "kept");
}

TEST_CASE("a stream that is no stream is an error that names it, at once") {
    RedisServer server;
    Connection writer = dial(server);
    must(writer.command({"SET", kStream, "x"}));
    Connection connection = dial(server);
    const SystemClock clock;
    Consumer consumer(connection, settings_of(std::string(kStream), "one"), clock,
                      log_to(std::make_shared<RememberedLines>()));
    const Result<void> started = consumer.start();
    REQUIRE(!started);
    CHECK(started.error().message.find(kStream) != std::string::npos);
    CHECK(started.error().message.find("WRONGTYPE") != std::string::npos);
}

TEST_CASE("two streams are served by one read, the first named first") {
    RedisServer server;
    Connection writer = dial(server);
    must(publish_data(writer, "shared", "second"));
    must(publish_data(writer, "own", "first"));
    ConsumerSettings settings = settings_of("own", "one");
    settings.streams.push_back("shared");
    Reader reader(server, settings);
    const Entry first = reader.next();
    CHECK(first.stream == "own");
    CHECK(first.data == "first");
    CHECK(reader.next().stream == "shared");
}

TEST_CASE("two consumers share a stream and none gets the other's entries") {
    RedisServer server;
    Connection writer = dial(server);
    constexpr int kMany = 100;
    for (int i = 0; i < kMany; ++i)
        must(publish_data(writer, kStream, std::to_string(i)));
    ConsumerSettings settings = settings_of(std::string(kStream), "one");
    settings.batch = 3;
    Reader one(server, settings);
    settings.name = "two";
    Reader two(server, settings);
    std::vector<int> seen(kMany, 0);
    for (int i = 0; i < kMany; ++i) {
        Reader& reader = i % 2 == 0 ? one : two;
        const auto entry = must(reader.consumer.next(milliseconds(0)));
        if (!entry) continue;
        ++seen[static_cast<std::size_t>(std::stoi(entry->data))];
        must(reader.consumer.acknowledge(*entry));
    }
    for (Reader* reader : {&one, &two})
        while (const auto entry = must(reader->consumer.next(milliseconds(0))))
            ++seen[static_cast<std::size_t>(std::stoi(entry->data))];
    CHECK(seen == std::vector<int>(kMany, 1));
}

TEST_CASE("an entry without the field data names it, and keeps its fields for the dead letter") {
    RedisServer server;
    Connection writer = dial(server);
    must(writer.command({"XADD", kStream, "*", "payload", "x", "kind", "old"}));
    Reader reader(server, settings_of(std::string(kStream), "one"));
    const Entry entry = reader.next();
    CHECK(entry.data.empty());
    CHECK(must(parse_json(entry.raw)) == Json({{"payload", "x"}, {"kind", "old"}}));
    const auto message = parse_entry<EngineeringMessage>(entry);
    REQUIRE(!message);
    CHECK(message.error().field == "data");
}

namespace {

// Writes the given number of entries beyond a stream's intended length.
void fill(Connection& writer, std::string_view stream, int more) {
    const std::vector<OwnedCommand> thousand(1000, publish_command(stream, "{}"));
    for (int i = 0; i < 100 + more / 1000; ++i)
        REQUIRE(must(writer.pipeline(thousand)).size() == thousand.size());
}

}  // namespace

TEST_CASE("a stream of events is trimmed as it is written") {
    RedisServer server;
    Connection writer = dial(server);
    fill(writer, "worker:lifecycle", 2000);
    const std::int64_t length = number(writer, {"XLEN", "worker:lifecycle"});
    CHECK(length >= 100'000);
    CHECK(length <= 100'200);
}

TEST_CASE("a queue of work is trimmed by its reader, and never what somebody still needs") {
    const std::string stream = GENERATE("engineering:queue", "worker:developer:output",
                                        "worker:commands", "worker:developer:w-1:input");
    CAPTURE(stream);
    RedisServer server;
    Connection writer = dial(server);
    must(publish_data(writer, stream, R"({"first":true})"));
    ConsumerSettings settings = settings_of(stream, "w-1");
    settings.batch = 1;
    settings.sweep_every = milliseconds(0);
    settings.claim_after = std::chrono::hours(1);
    Reader reader(server, settings);
    const Entry first = reader.next();  // and works on it for a long time
    fill(writer, stream, 5000);
    CHECK(number(writer, {"XLEN", stream}) == 105'001);
    // The rest was not read by anyone yet.
    const auto whole = [&] {
        return number(writer, {"XLEN", stream}) == 105'001;
    };
    (void)reader.next();
    CHECK(whole());
    // Everything else counts as read and acknowledged, but the first entry is still pending.
    must(writer.command({"XGROUP", "SETID", stream, "workers", "$"}));
    CHECK(reader.nothing_comes());
    CHECK(whole());
    must(writer.command({"XGROUP", "CREATE", stream, "late", "0"}));
    const Reply all = must(writer.command({"XPENDING", stream, "workers", "-", "+", "10"}));
    for (std::size_t i = 0; i < all.view().size(); ++i)
        must(writer.command({"XACK", stream, "workers", all.view()[i][0].text()}));
    SECTION("another group has not read it") {
        CHECK(reader.nothing_comes());
        CHECK(whole());
    }
    SECTION("no other group is there") {
        must(writer.command({"XGROUP", "DESTROY", stream, "late"}));
        CHECK(reader.nothing_comes());
        const std::int64_t length = number(writer, {"XLEN", stream});
        CHECK(length >= 100'000);
        CHECK(length <= 100'200);
    }
}
