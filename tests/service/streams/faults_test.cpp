// A producer and two consumers that reconnect after every error while Redis fails in every way it
// can: each request is answered once and none is lost. ORCH_FAULTS sets the number of faults,
// ORCH_SEED the choice.
#include "contracts/streams/answer.h"
#include "tests/service/streams/bus.h"
#include "tests/support/eventually.h"

#include <atomic>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

using namespace contracts;
using namespace tests;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view kInput = "worker:developer:input";
constexpr std::string_view kOutput = "worker:developer:output";
constexpr milliseconds kPatienceOfCommand{500};

std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
    const char* text = std::getenv(name);
    return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

// Runs `work` with a connection, and repeats it with a new one whenever it fails.
template <class Work>
void persist(const RedisAddress& address, const std::stop_token& stop, Work work) {
    while (!stop.stop_requested()) {
        Result<Connection> connection = Connection::dial(address, kPatienceOfCommand);
        if (!connection || !work(*connection)) std::this_thread::sleep_for(milliseconds(5));
    }
}

void produce(const RedisAddress& address, std::atomic<int>& published,
             const std::stop_token& stop) {
    persist(address, stop, [&](Connection& connection) {
        while (!stop.stop_requested()) {
            const OwnedCommand command = publish_command(kInput, std::to_string(published.load()));
            // An unconfirmed entry is written again with the same number.
            if (!connection.command(command, kPatienceOfCommand)) return false;
            ++published;
            std::this_thread::sleep_for(milliseconds(1));
        }
        return true;
    });
}

void consume(const RedisAddress& address, std::string name, std::atomic<int>& answered,
             const std::stop_token& stop) {
    const SystemClock clock;
    ConsumerSettings settings = settings_of(std::string(kInput), std::move(name));
    settings.claim_after = milliseconds(2000);
    settings.sweep_every = milliseconds(500);
    settings.max_deliveries = 1'000'000;
    persist(address, stop, [&](Connection& connection) {
        Consumer consumer(connection, settings, clock, log_to(std::make_shared<RememberedLines>()));
        if (!consumer.start()) return false;
        while (!stop.stop_requested()) {
            const auto entry = consumer.next(milliseconds(50));
            if (!entry) return false;
            if (!*entry) continue;
            Answer answer;
            answer.request_id = (*entry)->data;
            answer.output_stream = kOutput;
            answer.output = (*entry)->data;
            const Claim claim{(*entry)->stream, settings.group, settings.name, (*entry)->id};
            const auto outcome = answer_once(connection, answer, &claim);
            if (!outcome) return false;
            if (*outcome == AnswerOutcome::published) ++answered;
        }
        return true;
    });
}

// The fault is temporary, but the connections that it broke stay broken.
void strike(RedisServer& server, std::size_t fault) {
    const auto admin = [&](std::initializer_list<std::string_view> command) {
        Result<Connection> connection = Connection::dial(address_of(server));
        if (connection) (void)connection->command(command);
    };
    switch (fault) {
        case 0:
            server.kill();
            server.start();
            break;
        case 1:
            server.restart();
            break;
        case 2:
            admin({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
            break;
        case 3:
            server.pause();
            std::this_thread::sleep_for(kPatienceOfCommand / 4);
            server.resume();
            break;
        case 4:
            admin({"CONFIG", "SET", "maxmemory", "1"});
            std::this_thread::sleep_for(milliseconds(20));
            admin({"CONFIG", "SET", "maxmemory", "0"});
            break;
        case 5:
            admin({"CONFIG", "SET", "min-replicas-to-write", "1"});
            std::this_thread::sleep_for(milliseconds(20));
            admin({"CONFIG", "SET", "min-replicas-to-write", "0"});
            break;
        default:
            admin({"XGROUP", "DESTROY", kInput, "workers"});
    }
}
constexpr std::size_t kFaultKinds = 7;

}  // namespace

TEST_CASE("through every fault of Redis each request is answered once") {
    const std::uint64_t faults = from_environment("ORCH_FAULTS", 20);
    const std::uint64_t seed = from_environment("ORCH_SEED", std::random_device{}());
    CAPTURE(seed, faults);
    std::mt19937_64 random(seed);
    RedisServer server(RedisOptions{.durable = true, .arguments = {"--appendfsync", "no"}});
    const RedisAddress address = address_of(server);
    std::atomic<int> published = 0;
    std::atomic<int> answered = 0;
    std::jthread one([&](const std::stop_token& stop) { consume(address, "one", answered, stop); });
    std::jthread two([&](const std::stop_token& stop) { consume(address, "two", answered, stop); });
    {
        std::jthread producer(
            [&](const std::stop_token& stop) { produce(address, published, stop); });
        for (std::uint64_t i = 0; i < faults; ++i) {
            const int before = answered;
            eventually("an answer after the fault", [&] { return answered > before; });
            strike(server, random() % kFaultKinds);
        }
    }
    Connection connection = dial(server);
    eventually("an output of every request",
               [&] { return number(connection, {"XLEN", kOutput}) >= published; });
    eventually("no entry pending", [&] {
        const auto state = connection.command({"XPENDING", kInput, "workers"});
        return state && state->view()[0].integer() == 0;
    });
    const Reply outputs = must(connection.command({"XRANGE", kOutput, "-", "+"}));
    Entries entries;
    read_entries(kOutput, outputs.view(), entries);
    std::map<std::string, int> times;
    for (const Entry& entry : entries.present)
        ++times[entry.data];
    // The last request may have been written without a confirmation to its producer.
    CHECK(times.size() >= static_cast<std::size_t>(published));
    CHECK(times.size() <= static_cast<std::size_t>(published) + 1);
    for (const auto& [request, count] : times) {
        INFO(request);
        CHECK(count == 1);
    }
}

TEST_CASE("a Redis that comes back empty gets its groups again") {
    RedisServer server;
    Reader before(server, settings_of(std::string(kInput), "one"));
    CHECK(before.nothing_comes());
    server.kill();
    const auto broken = before.consumer.next(milliseconds(0));
    REQUIRE(!broken);
    CHECK(broken.error().kind == ErrorKind::transient);
    server.start();
    Connection writer = dial(server);
    must(publish_data(writer, kInput, "after"));
    Reader after(server, settings_of(std::string(kInput), "one"));
    CHECK(after.next().data == "after");
}

TEST_CASE("a server that is still loading is transient until it answers") {
    RedisServer server(
        RedisOptions{.durable = true,
                     .arguments = {"--appendfsync", "no", "--loading-process-events-interval-bytes",
                                   "1024", "--key-load-delay", "10000"}});
    Connection writer = dial(server);
    for (int i = 0; i < 100; ++i)
        must(writer.command({"SET", "k" + std::to_string(i), std::string(1000, 'x')}));
    must(writer.command({"BGREWRITEAOF"}));
    eventually("the rewritten file", [&] {
        return must(writer.command({"INFO", "persistence"}))
                   .view()
                   .text()
                   .find("aof_rewrite_in_progress:0") != std::string_view::npos;
    });
    server.kill();
    std::atomic<bool> loading = false;
    std::atomic<bool> only_transient = true;
    {
        std::jthread observer([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                Result<Connection> connection = Connection::dial(address_of(server));
                const auto value = connection ? connection->command({"GET", "k99"})
                                              : Result<Reply>(fail(connection.error()));
                if (value) continue;
                if (value.error().kind != ErrorKind::transient) only_transient = false;
                if (value.error().message.starts_with("LOADING")) loading = true;
            }
        });
        server.start();
    }
    CHECK(only_transient);
    Connection reader = dial(server);
    CHECK(must(reader.command({"GET", "k99"})).view().text().size() == 1000);
    CHECK(loading);
}
