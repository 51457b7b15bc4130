#include "control/store/flows.h"
#include "tests/unit/control_graphs/desk.h"

namespace {

using namespace control::graphs;
using control::Thread;
using control::ThreadStatus;
using tests::Desk;
using namespace std::chrono_literals;
namespace flows = control::flows;
namespace threads = control::threads;

Result<Json> keep_state(const Turn& turn, Effects&) {
    return turn.state;
}

// Its nodes may wait whatever they declare, since only the engine is under test.
Graph toy(std::vector<Node> nodes) {
    for (Node& node : nodes)
        node.waits = true;
    return {.name = "toy",
            .start = nodes.front().name,
            .nodes = std::move(nodes),
            .cancelled = keep_state,
            .retried = keep_state,
            .late = keep_state};
}

// Waits up to a minute for "answer:1", then publishes the answer on "out" and ends.
Node asker() {
    return {"ask",
            [](const Turn& turn, Effects& effects) -> Result<Step> {
                if (turn.event.name == kEnter) {
                    effects.publish("out", {{"asks", 1}});
                    return Step{turn.state, Wait{{"answer:1"}, turn.now + 60s}};
                }
                effects.publish("out", {{"heard", turn.event.name}, {"body", turn.event.body}});
                return Step{turn.state, Done{}};
            },
            {}};
}

// Counts to `end`, one step for each number.
Node counter(int end) {
    return {"count",
            [end](const Turn& turn, Effects& effects) -> Result<Step> {
                const int n = turn.state.value("n", 0) + 1;
                effects.publish("out", {{"n", n}});
                Json state{{"n", n}};
                if (n == end) return Step{state, Done{}};
                return Step{state, GoTo{"count"}};
            },
            {"count"}};
}

}  // namespace

TEST_CASE("a thread waits for its event, and moves on when it comes") {
    Desk desk(toy({asker()}));
    const Thread waiting = desk.start();
    CHECK(waiting.status == ThreadStatus::waiting);
    CHECK(waiting.deadline == desk.clock.now() + 60s);
    REQUIRE(desk.outbox().size() == 1);
    CHECK(desk.outbox()[0].key == waiting.id + ":0:0");

    CHECK(desk.deliver("answer", "1", {{"x", 5}}) == Delivery::handled);
    CHECK(desk.thread().status == ThreadStatus::completed);
    REQUIRE(desk.outbox().size() == 2);
    CHECK(desk.outbox()[1].body == R"({"body":{"x":5},"heard":"answer"})");
    CHECK(desk.outbox()[1].key == waiting.id + ":1:0");
}

TEST_CASE("an event counts once, and one that nobody waits for not at all") {
    Desk desk(toy({asker()}));
    desk.start();
    CHECK(desk.deliver("answer", "2") == Delivery::unknown);
    CHECK(desk.deliver("answer", "1") == Delivery::handled);
    CHECK(desk.deliver("answer", "1") == Delivery::unknown);
    CHECK(desk.outbox().size() == 2);
}

TEST_CASE("an event that was handled once is a duplicate when the same key is waited for again") {
    Node twice{"ask",
               [](const Turn& turn, Effects&) -> Result<Step> {
                   return Step{turn.state, Wait{{"answer:1", "other:1"}, turn.now + 60s}};
               },
               {}};
    Desk desk(toy({twice}));
    desk.start();
    CHECK(desk.deliver("answer", "1") == Delivery::handled);
    const Thread after = desk.thread();
    CHECK(desk.deliver("answer", "1") == Delivery::duplicate);
    CHECK(desk.thread().step == after.step);
}

TEST_CASE("a subject has one thread in a graph") {
    Desk desk(toy({asker()}));
    desk.start("s");
    const auto again = tests::in_transaction(*desk.db, [&](control::Transaction& tx) {
        return desk.engine.start(tx, "toy", "s", Json::object());
    });
    REQUIRE(again);
    CHECK_FALSE(*again);
    CHECK(desk.outbox().size() == 1);
}

TEST_CASE("a deadline that passes is an event, at its time and not before") {
    Desk desk(toy({asker()}));
    desk.start();
    desk.clock.advance(59s);
    CHECK(desk.run_due() == 0);
    desk.clock.advance(1s);
    CHECK(desk.run_due() == 1);
    CHECK(desk.thread().status == ThreadStatus::completed);
    CHECK(desk.outbox().back().body.find("timeout") != std::string::npos);
    CHECK(desk.deliver("answer", "1") == Delivery::late);
    CHECK(desk.deliver("answer", "1") == Delivery::unknown);
}

TEST_CASE("steps that wait for nothing commit together, and a long chain goes on by itself") {
    Desk desk(toy({counter(100)}));
    const Thread first = desk.start();
    CHECK(first.status == ThreadStatus::running);
    CHECK(first.step == 64);
    CHECK(desk.run_due() == 36);
    CHECK(desk.thread().status == ThreadStatus::completed);
    const auto effects = desk.outbox();
    REQUIRE(effects.size() == 100);
    for (int n = 0; n < 100; ++n)
        CHECK(effects[static_cast<std::size_t>(n)].key ==
              first.id + ":" + std::to_string(n) + ":0");
}

TEST_CASE("a history is bounded") {
    Desk desk(toy({counter(5000)}), {}, {.instance = "desk", .history = 40});
    desk.start();
    while (desk.thread().status == ThreadStatus::running)
        (void)desk.run_due();
    const auto steps = threads::steps(*desk.db, desk.thread().id, 1000);
    REQUIRE(steps);
    CHECK(steps->front().step == 4999);
    CHECK(steps->size() >= 40);
    CHECK(steps->size() <= 60);
}

TEST_CASE("a stale holder's commit is refused and leaves no trace") {
    Desk desk(toy({counter(200)}));
    desk.start();
    const auto claim = [&] {
        auto claims = tests::in_transaction(
            *desk.db, [&](control::Transaction& tx) { return desk.engine.claim_due(tx, 10); });
        REQUIRE(claims);
        return std::move(*claims);
    };
    auto stale = claim();
    REQUIRE(stale.size() == 1);
    CHECK(claim().empty());
    desk.clock.advance(31s);
    auto fresh = claim();
    REQUIRE(fresh.size() == 1);
    CHECK(fresh[0].thread.fencing > stale[0].thread.fencing);

    const Decision late = desk.engine.advance(std::move(stale[0]));
    const std::size_t before = desk.outbox().size();
    CHECK(desk.commit(late) == Commit::fenced);
    CHECK(desk.outbox().size() == before);

    const Decision good = desk.engine.advance(std::move(fresh[0]));
    CHECK(desk.commit(good) == Commit::written);
    CHECK(desk.thread().step == 128);
}

TEST_CASE("after a restart under the same name a lease need not run out") {
    Desk desk(toy({counter(200)}));
    desk.start();
    REQUIRE(tests::in_transaction(*desk.db, [&](control::Transaction& tx) {
                return desk.engine.claim_due(tx, 10);
            })->size() == 1);
    CHECK(desk.run_due() == 0);
    const auto released = tests::in_transaction(
        *desk.db, [&](control::Transaction& tx) { return desk.engine.recover(tx); });
    CHECK(*released == 1);
    CHECK(desk.run_due() == 136);
}

TEST_CASE("an event for a thread that is held goes to its mailbox and is handled next") {
    Desk desk(toy({asker()}));
    desk.start();
    desk.clock.advance(60s);
    auto claims = tests::in_transaction(
        *desk.db, [&](control::Transaction& tx) { return desk.engine.claim_due(tx, 10); });
    REQUIRE(claims->size() == 1);
    CHECK(desk.deliver("answer", "1") == Delivery::kept);
    CHECK(desk.deliver("answer", "1") == Delivery::duplicate);
    // The holder dies. The next engine finds the event before the deadline.
    desk.clock.advance(31s);
    CHECK(desk.run_due() == 1);
    CHECK(desk.thread().status == ThreadStatus::completed);
    CHECK(desk.outbox().back().body.find("answer") != std::string::npos);
}

TEST_CASE("a paused thread does nothing until it is resumed") {
    Desk desk(toy({asker()}));
    desk.start();
    const auto pause = [&] {
        return desk.db->transaction(
            [&](control::Transaction& tx) { return desk.engine.pause(tx, desk.thread()); });
    };
    REQUIRE(pause());
    CHECK_FALSE(pause());
    desk.clock.advance(61s);
    CHECK(desk.run_due() == 0);
    CHECK(desk.deliver("answer", "1") == Delivery::kept);
    REQUIRE(desk.db->transaction(
        [&](control::Transaction& tx) { return desk.engine.resume(tx, desk.thread()); }));
    CHECK(desk.thread().status == ThreadStatus::waiting);
    CHECK(desk.run_due() == 1);
    CHECK(desk.thread().status == ThreadStatus::completed);
    CHECK(desk.outbox().back().body.find("answer") != std::string::npos);
}

TEST_CASE("a pause fences off the step that is under way") {
    Desk desk(toy({counter(200)}));
    desk.start();
    auto claims = tests::in_transaction(
        *desk.db, [&](control::Transaction& tx) { return desk.engine.claim_due(tx, 10); });
    const Decision decision = desk.engine.advance(std::move((*claims)[0]));
    REQUIRE(desk.db->transaction(
        [&](control::Transaction& tx) { return desk.engine.pause(tx, desk.thread()); }));
    CHECK(desk.commit(decision) == Commit::fenced);
    CHECK(desk.thread().status == ThreadStatus::paused);
    REQUIRE(desk.db->transaction(
        [&](control::Transaction& tx) { return desk.engine.resume(tx, desk.thread()); }));
    CHECK(desk.run_due() == 136);
    CHECK(desk.outbox().size() == 200);
}

TEST_CASE(
    "a node that fails, leaves the graph or asks for what it does not declare blocks its thread, "
    "and a retry enters it again") {
    bool mended = false;
    Node broken{"ask",
                [&mended](const Turn& turn, Effects& effects) -> Result<Step> {
                    effects.publish("out", Json::object());
                    if (!mended)
                        return contracts::fail(contracts::ErrorKind::invalid, "cannot decide");
                    return Step{turn.state, Done{}};
                },
                {}};
    Node strayed{"ask",
                 [&mended](const Turn& turn, Effects&) -> Result<Step> {
                     if (mended) return Step{turn.state, Done{}};
                     return Step{turn.state, GoTo{"elsewhere"}};
                 },
                 {}};
    Node idle{"ask",
              [&mended](const Turn& turn, Effects&) -> Result<Step> {
                  if (mended) return Step{turn.state, Done{}};
                  return Step{turn.state, Wait{}};
              },
              {}};
    Node greedy{"ask",
                [&mended](const Turn& turn, Effects& effects) -> Result<Step> {
                    if (!mended) effects.write("row", Json::object());
                    return Step{turn.state, Done{}};
                },
                {}};
    Node calling{"ask",
                 [&mended](const Turn& turn, Effects& effects) -> Result<Step> {
                     if (!mended) (void)effects.call("forge.prepare", Json::object());
                     return Step{turn.state, Done{}};
                 },
                 {}};
    for (const Node& node : {broken, strayed, idle, greedy, calling}) {
        mended = false;
        Desk desk(toy({node}));
        const Thread blocked = desk.start();
        CHECK(blocked.status == ThreadStatus::blocked);
        CHECK_FALSE(blocked.reason.value_or("").empty());
        CHECK(desk.outbox().empty());
        CHECK(desk.run_due() == 0);
        mended = true;
        REQUIRE(desk.db->transaction([&](control::Transaction& tx) {
            return desk.engine.retry(tx, desk.thread(), {}, Json::object());
        }));
        CHECK(desk.run_due() == 1);
        CHECK(desk.thread().status == ThreadStatus::completed);
    }
}

TEST_CASE("a node that waits and does not declare it blocks its thread") {
    Graph graph = toy({asker()});
    graph.nodes[0].waits = false;
    Desk desk(std::move(graph));
    const Thread blocked = desk.start();
    CHECK(blocked.status == ThreadStatus::blocked);
    CHECK(blocked.reason == "ask waits, which it does not declare");
}

TEST_CASE("a retry at a node that is not there, or of an ended thread, is refused") {
    Desk desk(toy({asker()}));
    desk.start();
    const auto retry = [&](const std::string& node) {
        return desk.db->transaction([&](control::Transaction& tx) {
            return desk.engine.retry(tx, desk.thread(), node, Json::object());
        });
    };
    CHECK(retry("nowhere").error().kind == contracts::ErrorKind::not_found);
    CHECK(desk.deliver("answer", "1") == Delivery::handled);
    CHECK(retry("ask").error().kind == contracts::ErrorKind::conflict);
}

TEST_CASE("a cancelled thread's graph gives back what it holds, and late answers reach the graph") {
    Graph graph = toy({asker()});
    graph.cancelled = [](const Turn& turn, Effects& effects) -> Result<Json> {
        effects.publish("out", {{"gives", "back"}});
        return turn.state;
    };
    graph.late = [](const Turn& turn, Effects& effects) -> Result<Json> {
        effects.publish("out", {{"late", turn.event.name}});
        return turn.state;
    };
    Desk desk(std::move(graph));
    desk.start();
    REQUIRE(desk.db->transaction(
        [&](control::Transaction& tx) { return desk.engine.cancel(tx, desk.thread(), "enough"); }));
    CHECK(desk.thread().status == ThreadStatus::cancelled);
    CHECK(desk.thread().reason == "enough");
    CHECK(desk.outbox().back().body == R"({"gives":"back"})");
    CHECK(desk.deliver("answer", "1") == Delivery::late);
    CHECK(desk.outbox().back().body == R"({"late":"answer"})");
    CHECK(desk.thread().status == ThreadStatus::cancelled);
    CHECK_FALSE(desk.db->transaction(
        [&](control::Transaction& tx) { return desk.engine.cancel(tx, desk.thread(), "again"); }));
}

TEST_CASE(
    "a row that no longer takes what was decided cancels the thread; a broken writer blocks it") {
    auto kind = contracts::ErrorKind::conflict;
    Node writing{"ask",
                 [](const Turn& turn, Effects& effects) -> Result<Step> {
                     effects.publish("out", Json::object());
                     effects.write("row", Json::object());
                     return Step{turn.state, Wait{{"answer:1"}, {}}};
                 },
                 {},
                 {"row"}};
    const Writer writer = [&kind](control::Queries&, const Json&, Timestamp) -> Result<void> {
        return contracts::fail(kind, "will not");
    };
    Desk desk(toy({writing}), {{"row", writer}});
    desk.start("a");
    CHECK(desk.thread("a").status == ThreadStatus::cancelled);
    CHECK(desk.outbox().empty());
    kind = contracts::ErrorKind::fatal;
    desk.start("b");
    CHECK(desk.thread("b").status == ThreadStatus::blocked);
    CHECK(desk.thread("b").reason.value().find("will not") != std::string::npos);
    CHECK(desk.outbox().empty());
    kind = contracts::ErrorKind::transient;
    CHECK_FALSE(desk.db->transaction([&](control::Transaction& tx) -> control::Result<void> {
        auto started = desk.engine.start(tx, "toy", "c", Json::object());
        if (!started) return control::fail(started.error());
        return {};
    }));
    CHECK_FALSE(threads::find_subject(*desk.db, "toy", "c")->has_value());
}

TEST_CASE("a checkpoint beyond its limit blocks the thread") {
    Node growing{"ask",
                 [](const Turn&, Effects&) -> Result<Step> {
                     return Step{Json{{"text", std::string(5000, 'x')}}, Wait{{"answer:1"}, {}}};
                 },
                 {}};
    Desk desk(toy({growing}), {}, {.instance = "desk", .max_state = 1000});
    const Thread thread = desk.start();
    CHECK(thread.status == ThreadStatus::blocked);
    CHECK(thread.reason.value().find("exceeds 1000") != std::string::npos);
}

TEST_CASE("ended threads are forgotten after their time, with all that hangs on them") {
    Desk desk(toy({asker()}));
    desk.start("a");
    CHECK(desk.deliver("answer", "1") == Delivery::handled);
    const auto prune = [&] {
        auto gone = tests::in_transaction(*desk.db, [&](control::Transaction& tx) {
            return threads::prune(tx, desk.clock.now() - 1h, 10);
        });
        return *gone;
    };
    CHECK(prune() == 0);
    desk.clock.advance(2h);
    CHECK(prune() == 1);
    const auto left = desk.db->query("SELECT count(*) FROM thread_steps");
    CHECK(left->rows[0].integer(0) == 0);
    CHECK_FALSE(threads::find_subject(*desk.db, "toy", "a")->has_value());
}

TEST_CASE(
    "a flow is shown with what it waits for, its steps, what it has still to send and its graph") {
    Desk desk(toy({asker()}));
    const Thread thread = desk.start();
    REQUIRE(desk.db->transaction(
        [&](control::Transaction& tx) { return desk.engine.show_graphs(tx); }));
    const auto shown = flows::show(*desk.db, thread.id);
    REQUIRE(shown);
    CHECK(shown->entity.status == ThreadStatus::waiting);
    CHECK(shown->entity.waits_for == std::vector<std::string>{"answer:1"});
    CHECK(shown->entity.drawing.find("class ask current") != std::string::npos);
    CHECK(threads::steps(*desk.db, thread.id, 1)->front().outcome == "wait");
    CHECK(flows::undelivered(*desk.db, thread.id, 9)->front().target == "out");
    CHECK(flows::show(*desk.db, "nowhere").error().kind == contracts::ErrorKind::not_found);
}
