// The inbox by itself, next to other consumers of its streams.
#include "wrapper/delivery/inbox.h"

#include "tests/support/redis_server.h"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <set>

using namespace std::chrono_literals;
using contracts::Connection;
using contracts::Instant;
using contracts::Reply;
using wrapper::Inbox;
using wrapper::PollSet;

namespace {

class NoLines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

// A clock that stands still until a test advances it.
class HeldClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override { return system_.now(); }
    [[nodiscard]] Instant instant() const override { return instant_; }
    void advance(std::chrono::milliseconds time) { instant_ += time; }

private:
    contracts::SystemClock system_;
    Instant instant_ = system_.instant();
};

struct Stream {
    tests::RedisServer server;
    contracts::RedisAddress address = *contracts::RedisAddress::parse(server.url());
    Connection redis = std::move(*Connection::dial(address));
    contracts::SystemClock clock;
    contracts::Log log{std::make_shared<NoLines>(), contracts::LogLevel::error,
                       contracts::LogFormat::json, "test"};

    Stream() {
        ask({"XGROUP", "CREATE", "in", "workers", "0", "MKSTREAM"});
        ask({"XADD", "in", "*", "data", "{}"});
        ask({"XREADGROUP", "GROUP", "workers", "owner", "STREAMS", "in", ">"});
    }
    Reply ask(const contracts::OwnedCommand& command) {
        auto reply = redis.command(command);
        REQUIRE(reply);
        return std::move(*reply);
    }
    std::string entry() { return std::string(ask({"XRANGE", "in", "-", "+"}).view()[0][0].text()); }
    // Sets the idle time that the entry would have after a step of the Redis clock.
    void step_redis_clock() { set_idle("2160000"); }
    void set_idle(const std::string& milliseconds) {
        ask({"XCLAIM", "in", "workers", "owner", "0", entry(), "IDLE", milliseconds, "JUSTID"});
    }
    // Renews the claim, as a living owner does.
    void keep() { ask({"XCLAIM", "in", "workers", "owner", "0", entry(), "JUSTID"}); }

    [[nodiscard]] Inbox inbox() {
        return Inbox({.streams = {"in"},
                      .group = "workers",
                      .consumer = "other",
                      .claim_after = 600ms,
                      .sweep_every = 100ms},
                     address, clock, log);
    }
};

// Runs the inbox until an entry comes or `limit` has passed; calls `meanwhile` each time.
std::optional<contracts::Entry> turn(Inbox& inbox, const contracts::Clock& clock,
                                     std::chrono::milliseconds limit,
                                     const std::function<void()>& meanwhile) {
    const Instant end = clock.instant() + limit;
    PollSet poll;
    while (clock.instant() < end) {
        poll.begin();
        poll.wake_at(clock.instant() + 50ms);
        inbox.watch(poll);
        poll.wait(clock);
        inbox.step(poll);
        if (auto entry = inbox.take()) return entry;
        meanwhile();
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("an entry is not taken from an owner that lives, however the clock of Redis steps") {
    Stream stream;
    Inbox inbox = stream.inbox();
    inbox.ask();
    stream.step_redis_clock();
    const Instant begin = stream.clock.instant();
    Instant kept = begin;
    bool stepped_again = false;
    const auto owner_lives = [&] {
        const Instant now = stream.clock.instant();
        if (now - kept >= 200ms) {
            stream.keep();
            kept = now;
        }
        if (now - begin >= 2500ms && !stepped_again) {
            stream.step_redis_clock();
            stepped_again = true;
        }
    };
    CHECK_FALSE(turn(inbox, stream.clock, 5s, owner_lives));
    CHECK(stepped_again);
    // The owner no longer renews its claim.
    const auto entry = turn(inbox, stream.clock, 20s, [] {});
    REQUIRE(entry);
    CHECK(entry->id == stream.entry());
    CHECK(entry->deliveries == 2);
}

TEST_CASE("an owner that is gone is waited for as long as its claim lasts, and no longer") {
    Stream stream;
    HeldClock clock;
    Inbox inbox({.streams = {"in"},
                 .group = "workers",
                 .consumer = "other",
                 .claim_after = 30'000ms,
                 .sweep_every = 100ms},
                stream.address, clock, stream.log);
    inbox.ask();
    stream.set_idle("20000");
    CHECK_FALSE(turn(inbox, stream.clock, 500ms, [] {}));
    // The owner's time is up, but its claim has not expired yet.
    clock.advance(13s);
    CHECK_FALSE(turn(inbox, stream.clock, 500ms, [] {}));
    stream.set_idle("30000");
    clock.advance(1s);
    CHECK(turn(inbox, stream.clock, 20s, [] {}));
}

TEST_CASE("of many entries that nobody works on each is taken, one after the other") {
    Stream stream;
    for (int i = 0; i < 40; ++i)
        stream.ask({"XADD", "in", "*", "data", "{}"});
    stream.ask({"XREADGROUP", "GROUP", "workers", "owner", "STREAMS", "in", ">"});
    Inbox inbox = stream.inbox();
    std::set<std::string> taken;
    for (int i = 0; i < 41; ++i) {
        inbox.ask();
        const auto entry = turn(inbox, stream.clock, 20s, [] {});
        REQUIRE(entry);
        CHECK(taken.insert(entry->id).second);
        stream.ask({"XACK", "in", "workers", entry->id});
    }
    inbox.ask();
    CHECK_FALSE(turn(inbox, stream.clock, 500ms, [] {}));
}
