// Daemons that announce themselves, and work that none of them would pick up; over every
// driver.
#include "control/store/daemons.h"

#include "control/store/threads.h"
#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using namespace std::chrono_literals;

constexpr contracts::Timestamp kStart{std::chrono::milliseconds(1'768'046'400'000)};

void announce(Database& db, const DaemonRow& daemon) {
    REQUIRE(db.transaction([&](Transaction& tx) { return daemons::announce(tx, daemon); }));
}

// The work that no daemon would pick up.
std::vector<std::string> unread(Database& db, contracts::Timestamp now) {
    const Result<std::vector<WaitingWork>> waiting = daemons::work(db, now);
    REQUIRE(waiting);
    std::vector<std::string> names;
    for (const WaitingWork& work : *waiting)
        if (work.picked_up_by.empty()) names.push_back(work.name);
    return names;
}

DaemonRow a_daemon(const std::string& name, std::vector<std::string> streams) {
    return {.name = name,
            .host = "h",
            .roles = {"graphs", "api"},
            .streams = std::move(streams),
            .calls = {"forge."},
            .started_at = kStart,
            .seen_at = kStart};
}

using Names = std::vector<std::string>;

}  // namespace

TEMPLATE_TEST_CASE("a daemon's row says what it announced last", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    announce(*db, a_daemon("b", {}));
    announce(*db, a_daemon("a", {"engineering:queue"}));
    DaemonRow again = a_daemon("a", {"deploy:queue", "graphs:commands"});
    again.seen_at = kStart + 10s;
    announce(*db, again);
    const Result<std::vector<DaemonRow>> all = daemons::all(*db);
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    const DaemonRow& read = all->front();
    CHECK(read.name == "a");
    CHECK(read.roles == Names{"graphs", "api"});
    CHECK(read.streams == Names{"deploy:queue", "graphs:commands"});
    CHECK(read.calls == Names{"forge."});
    CHECK(read.started_at == kStart);
    CHECK(read.seen_at == kStart + 10s);
    CHECK_FALSE(read.ended_at);
    CHECK(all->back().streams.empty());
}

TEMPLATE_TEST_CASE("a stream that no living daemon reads is found", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    CHECK(unread(*db, kStart) == Names{"engineering:queue", "deploy:queue", "provisioner:queue",
                                       "graphs:commands", "worker:commands"});
    announce(*db, a_daemon("a", {"engineering:queue", "graphs:commands", "provisioner:queue"}));
    announce(*db, a_daemon("b", {"worker:commands", "engineering:queue"}));
    CHECK(unread(*db, kStart + 1s) == Names{"deploy:queue"});
    // A daemon that stopped properly no longer counts; a silent one stops counting after a while.
    REQUIRE(db->transaction([](Transaction& tx) { return daemons::leave(tx, "b", kStart + 2s); }));
    CHECK(unread(*db, kStart + 2s) == Names{"deploy:queue", "worker:commands"});
    CHECK(unread(*db, kStart + daemons::kSilence).size() == 5);
    announce(*db, a_daemon("b", {"worker:commands"}));  // it starts again
    CHECK(unread(*db, kStart + 3s) == Names{"deploy:queue"});
}

TEMPLATE_TEST_CASE("a call that no living daemon executes is found", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const auto wait_for_call = [&](const std::string& key, const std::string& call) {
        REQUIRE(db->transaction([&](Transaction& tx) {
            OutboxEffect effect;
            effect.key = key;
            effect.thread_id = "t";
            effect.kind = "call";
            effect.target = call;
            effect.body = "{}";
            return threads::add_effect(tx, effect);
        }));
    };
    announce(*db, a_daemon("a", {"engineering:queue", "deploy:queue", "graphs:commands",
                                 "provisioner:queue", "worker:commands"}));
    wait_for_call("k1", "forge.prepare");
    CHECK(unread(*db, kStart).empty());
    wait_for_call("k2", "templates.render");
    wait_for_call("k3", "templates.render");
    wait_for_call("k4", "oracle.ask");
    CHECK(unread(*db, kStart) == Names{"oracle.ask", "templates.render"});
    const Result<std::vector<WaitingWork>> waiting = daemons::work(*db, kStart);
    REQUIRE(waiting);
    CHECK(daemons::unread(waiting->back()) == "no daemon executes templates.render");
    CHECK(daemons::mend(waiting->back()) == "start a daemon with the role scaffolder");
    CHECK(daemons::unread(waiting->front()) == "no daemon reads engineering:queue");
}

TEMPLATE_TEST_CASE("a daemon is given up when it is not alive, and known again when it returns", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    const auto forget = [&](const std::string& name, contracts::Timestamp now) {
        return db->transaction([&](Transaction& tx) { return daemons::forget(tx, name, now); });
    };
    announce(*db, a_daemon("a", {}));
    CHECK(forget("b", kStart).error().kind == ErrorKind::not_found);
    CHECK(forget("a", kStart + 5s).error().kind == ErrorKind::conflict);
    REQUIRE(forget("a", kStart + 1h));
    REQUIRE(forget("a", kStart + 2h));
    const auto forgotten = daemons::find(*db, "a");
    REQUIRE(forgotten);
    CHECK((*forgotten)->forgotten_at == kStart + 1h);
    announce(*db, a_daemon("a", {}));
    CHECK_FALSE(daemons::find(*db, "a")->value().forgotten_at);
}

TEMPLATE_TEST_CASE("daemons that were not seen for long are erased", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    announce(*db, a_daemon("a", {}));
    DaemonRow later = a_daemon("b", {});
    later.seen_at = kStart + 48h;
    announce(*db, later);
    REQUIRE(db->transaction([](Transaction& tx) -> Result<void> {
        const Result<std::int64_t> gone = daemons::prune(tx, kStart + 24h, 10);
        if (!gone) return fail(gone.error());
        CHECK(*gone == 1);
        return {};
    }));
    CHECK(daemons::all(*db)->size() == 1);
}

}  // namespace control
