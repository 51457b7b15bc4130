// The web page's messenger, on a real Redis and a real store.
#include "control/messenger/page/page_messenger.h"

#include "contracts/base/id.h"
#include "contracts/streams/publisher.h"
#include "control/messenger/post.h"
#include "control/store/chat_lines.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

class PageHouse {
public:
    PageHouse()
        : address_(*contracts::RedisAddress::parse(redis_.url())),
          connection_(*contracts::Connection::dial(address_)),
          database_(std::move(*open_sqlite(directory_ / "orchestrator.db"))) {}

    std::unique_ptr<MouthPost> open_mouth() {
        auto post = std::make_unique<MouthPost>(
            make_page_messenger({.database = *database_,
                                 .clock = clock_,
                                 .log = log_,
                                 .bell = bell_,
                                 .look_every = std::chrono::milliseconds(50)}),
            address_, clock_, log_);
        REQUIRE(post->start());
        return post;
    }
    void say(const std::string& text) {
        REQUIRE(database_->transaction([&](Transaction& tx) -> Result<void> {
            const auto line = chat_lines::say(tx, "u1", text, clock_.now());
            return line ? Result<void>() : fail(line.error());
        }));
        bell_.ring();
    }
    void reply(contracts::ReplyKind kind, const std::string& id, const std::string& text,
               const std::string& address = "u1") {
        contracts::ChatReply message;
        static_cast<contracts::QueueMeta&>(message) = contracts::make_meta(clock_);
        message.request_id = id;
        message.address = address;
        message.kind = kind;
        message.text = text;
        REQUIRE(contracts::publish(connection_, "chat:outbox:web", message));
    }
    std::int64_t length_of(const std::string& stream) {
        return connection_.command({"XLEN", stream})->view().integer();
    }
    std::string last_message() {
        const auto last = connection_.command({"XREVRANGE", "chat:inbox", "+", "-", "COUNT", "1"});
        return std::string(last->view()[0][1][1].text());
    }
    // The lines that the page shows, oldest first; waiting ones are marked.
    std::vector<std::string> lines() {
        const auto page = chat_lines::list(*database_, {.owner = {.user_id = "u1"}});
        REQUIRE(page);
        std::vector<std::string> all;
        for (const auto& item : page->items)
            all.insert(all.begin(), item.entity.text + (item.entity.waits ? " (waits)" : ""));
        return all;
    }

private:
    const tests::RedisServer redis_;
    const contracts::SystemClock clock_;
    const tests::TemporaryDirectory directory_;
    const contracts::Log log_{std::make_shared<contracts::DescriptorSink>(2),
                              contracts::LogLevel::error, contracts::LogFormat::console, "page"};
    const contracts::RedisAddress address_;
    contracts::Connection connection_;
    std::unique_ptr<Database> database_;
    Bell bell_;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("what is written on the page goes to the inbox once, and replies become lines") {
    PageHouse house;
    house.say("before the start");
    CHECK(house.lines() == Lines{"before the start (waits)"});
    auto mouth = house.open_mouth();
    tests::eventually("it is delivered",
                      [&] { return house.lines() == Lines{"before the start"}; });
    house.say("after");
    tests::eventually("both are delivered", [&] { return house.length_of("chat:inbox") == 2; });
    CHECK(house.last_message().find("\"text\":\"after\"") != std::string::npos);
    CHECK(house.last_message().find("\"channel\":\"web\"") != std::string::npos);

    using contracts::ReplyKind;
    house.reply(ReplyKind::progress, "p1", "10 %");
    tests::eventually("progress is shown", [&] { return house.lines().back() == "10 %"; });
    house.reply(ReplyKind::answer, "a1", "an answer");
    house.reply(ReplyKind::answer, "a1", "an answer");
    house.reply(ReplyKind::notice, "n1", "for somebody else", "u2");
    house.reply(ReplyKind::error, "e1", "an error");
    tests::eventually("all are shown", [&] { return house.lines().back() == "an error"; });
    CHECK(house.lines() == Lines{"before the start", "after", "an answer", "an error"});
    mouth->stop();

    mouth = house.open_mouth();
    house.say("after a restart");
    tests::eventually("it is delivered", [&] { return house.length_of("chat:inbox") == 3; });
    CHECK(house.lines().back().starts_with("after a restart"));
}

}  // namespace control
