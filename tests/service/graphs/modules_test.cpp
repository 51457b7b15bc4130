// Modules that the role does not know, on a real Redis and store: two graphs side by side, and one
// whose calls are made by a daemon that does nothing else.
#include "contracts/base/id.h"
#include "contracts/streams/publisher.h"
#include "control/graphs/graphs.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/node.h"
#include "control/graphs/kit/report.h"
#include "control/store/threads.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <atomic>

namespace {

using namespace control::graphs;
using contracts::Json;
using control::ThreadStatus;
using namespace std::chrono_literals;

struct Asked : contracts::BaseMessage {};
struct NoSettings {};
using AskMove = MoveOf<RequestPart, NoSettings>;

Result<std::optional<Opening>> open_asked(control::Queries&, const contracts::Entry& entry) {
    Result<Asked> message = contracts::parse_entry<Asked>(entry);
    if (!message) return contracts::fail(std::move(message.error()));
    RequestPart state;
    take_request(state, *message);
    return Opening{message->request_id, contracts::write_message(state)};
}

// A graph that makes the call `<name>.ask` and waits for a note with its value from the stream
// `<name>:notes`.
Next ask(AskMove& move, const std::string& name) {
    if (move.is(kEnter)) return call(move, name + ".ask", Json::object(), 600s);
    if (move.is(kCalled)) {
        const CallEnd end = call_end(move, "nobody");
        return Wait{{"note:" + end.value.value("note", "")}, move.turn.now + 600s};
    }
    return Done{};
}

Module asking(const std::string& name, CallHandler handler) {
    const Change stay = [](const Turn& turn, Effects&) -> Result<Json> {
        return turn.state;
    };
    const Decide decide = [name](const Turn& turn, Effects& effects) -> Result<Step> {
        static const NoSettings none;
        Result<AskMove> move = read_move<AskMove>(none, turn, effects);
        if (!move) return contracts::fail(std::move(move.error()));
        Next next = ask(*move, name);
        return Step{turn.state, std::move(next)};
    };
    Module module;
    module.graph = {
        .name = name,
        .start = "ask",
        .nodes = {{.name = "ask", .decide = decide, .calls = {name + ".ask"}, .waits = true}},
        .cancelled = stay,
        .retried = stay,
        .late = stay};
    module.streams = {{.name = name + ":queue", .group = name, .open = open_asked},
                      {.name = name + ":notes", .event = [](const contracts::Entry& entry) {
                           return Result<std::optional<Event>>(Event{"note", entry.data});
                       }}};
    module.calls = {{name + ".ask", std::move(handler)}};
    return module;
}

// One store and one bus, and as many daemons as a test starts.
struct Place {
    tests::RedisServer redis{tests::RedisOptions{}};
    tests::TemporaryDirectory directory;
    contracts::SystemClock clock;
    std::unique_ptr<control::Database> db;
    contracts::RedisAddress address;
    contracts::Connection connection;

    Place()
        : db(std::move(*control::open_sqlite(directory / "store.db"))),
          address(*contracts::RedisAddress::parse(redis.url())),
          connection(*contracts::Connection::dial(address)) {}

    std::unique_ptr<Graphs> daemon(GraphsSettings settings, std::vector<Module> modules) {
        contracts::Log log(std::make_shared<contracts::DescriptorSink>(2),
                           contracts::LogLevel::error, contracts::LogFormat::console, "graphs");
        return std::make_unique<Graphs>(
            GraphsPorts{.database = *db, .redis = address, .clock = clock, .log = std::move(log)},
            std::move(settings), std::move(modules));
    }
    void send(const std::string& stream, const std::string& data) {
        REQUIRE(contracts::publish_data(connection, stream, data));
    }
    // The note may come only once the thread waits for it.
    void send_note(const std::string& stream, const std::string& note) {
        tests::eventually("a thread that waits for " + note, [&] {
            const auto wait = control::threads::find_wait(*db, "note:" + note);
            return wait && *wait && (*wait)->active;
        });
        send(stream, note);
    }
    void await_end(const std::string& graph, const std::string& subject) {
        tests::eventually("the end of " + graph + " " + subject, [&] {
            const auto thread = control::threads::find_subject(*db, graph, subject);
            return thread && *thread && (*thread)->status == ThreadStatus::completed;
        });
    }
};

CallHandler noting(std::atomic<int>& made, const std::string& note) {
    return [&made, note](const Json&) {
        ++made;
        return Result<Json>(Json{{"note", note}});
    };
}

}  // namespace

TEST_CASE("two graphs run beside each other, each from its own stream and group") {
    Place place;
    std::atomic<int> first = 0, second = 0;
    const auto daemon = place.daemon({.instance = "a"}, {asking("first", noting(first, "n1")),
                                                         asking("second", noting(second, "n2"))});
    REQUIRE(daemon->start());
    place.send("first:queue", R"({"request_id":"r1"})");
    place.send("second:queue", R"({"request_id":"r2"})");
    tests::eventually("both calls", [&] { return first == 1 && second == 1; });
    place.send_note("first:notes", "n1");
    place.send_note("second:notes", "n2");
    place.await_end("first", "r1");
    place.await_end("second", "r2");
    daemon->stop();
}

TEST_CASE("a daemon that makes calls alone takes those of its role, and moves their threads") {
    Place place;
    std::atomic<int> here = 0, there = 0;
    const auto mover =
        place.daemon({.instance = "mover", .calls = CallFilter{{"first."}}},
                     {asking("first", noting(here, "n1")), asking("second", CallHandler())});
    const auto maker = place.daemon(
        {.instance = "maker", .calls = CallFilter{{"second."}}, .moves_threads = false},
        {asking("first", CallHandler()), asking("second", noting(there, "n2"))});
    REQUIRE(mover->start());
    place.send("second:queue", R"({"request_id":"r2"})");
    tests::eventually("the call is in the outbox", [&] {
        const auto rows = place.db->query("SELECT owner FROM thread_outbox WHERE kind = 'call'");
        return rows && rows->rows.size() == 1 && rows->rows[0].text(0).empty();
    });
    REQUIRE(maker->start());
    tests::eventually("the call is made", [&] { return there == 1; });
    place.send_note("second:notes", "n2");
    place.await_end("second", "r2");
    CHECK(here == 0);
    place.send("first:queue", R"({"request_id":"r1"})");
    tests::eventually("the other call is made", [&] { return here == 1; });
    maker->stop();
    mover->stop();
}

TEST_CASE("a daemon whose own call has no function, or whose graphs clash, does not start") {
    Place place;
    std::atomic<int> made = 0;
    const auto lacking = place.daemon({.instance = "a"}, {asking("first", CallHandler())});
    const auto refused = lacking->start();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("first.ask") != std::string::npos);
    const auto twice = place.daemon({.instance = "a"}, {asking("first", noting(made, "n")),
                                                        asking("first", noting(made, "n"))});
    CHECK(twice->start().error().message.find("two graphs") != std::string::npos);
}
