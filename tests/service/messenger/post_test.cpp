// The stream side of a messenger, on a real Redis; the test plays the network side.
#include "control/messenger/post.h"
#include "contracts/streams/publisher.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"

#include <catch2/catch_test_macros.hpp>
#include <mutex>

namespace control {

namespace {

using contracts::ChatMessage;
using contracts::ChatReply;

// The messages that the people of this messenger see and write.
struct Street {
    std::mutex guard;
    std::vector<std::string> seen;
    int failures = 0;  // how many of the next deliveries fail
    Deliver deliver;

    std::vector<std::string> all() {
        const std::scoped_lock lock(guard);
        return seen;
    }
};

class StreetMessenger final : public Messenger {
public:
    explicit StreetMessenger(Street& street) : street_(street) {}
    [[nodiscard]] contracts::Channel channel() const override { return contracts::Channel::web; }
    contracts::Result<void> start(Deliver deliver) override {
        street_.deliver = std::move(deliver);
        return {};
    }
    void stop() override {}
    contracts::Result<void> show(const ChatReply& reply) override {
        const std::scoped_lock lock(street_.guard);
        if (street_.failures > 0) {
            --street_.failures;
            return contracts::fail(contracts::ErrorKind::invalid, "nobody lives there");
        }
        street_.seen.push_back(reply.text);
        return {};
    }

private:
    Street& street_;
};

contracts::Log quiet_log() {
    return contracts::Log(std::make_shared<contracts::DescriptorSink>(2),
                          contracts::LogLevel::error, contracts::LogFormat::console, "mouth");
}

}  // namespace

TEST_CASE("a mouth delivers to the inbox and shows what its outbox has, in order") {
    const tests::RedisServer redis;
    const contracts::SystemClock clock;
    const auto address = *contracts::RedisAddress::parse(redis.url());
    contracts::Connection connection = *contracts::Connection::dial(address);
    Street street;
    MouthPost post(std::make_unique<StreetMessenger>(street), address, clock, quiet_log());
    const auto reply = [&](const std::string& text) {
        ChatReply message;
        static_cast<contracts::QueueMeta&>(message) = contracts::make_meta(clock);
        message.request_id = "r-1";
        message.address = "1";
        message.text = text;
        REQUIRE(contracts::publish(connection, "chat:outbox:web", message));
    };
    reply("before the start");
    REQUIRE(post.start());
    reply("after");
    tests::eventually("both are shown", [&] { return street.all().size() == 2; });
    CHECK(street.all() == std::vector<std::string>{"before the start", "after"});

    ChatMessage message;
    static_cast<contracts::QueueMeta&>(message) = contracts::make_meta(clock);
    message.request_id = message.message_id = "m-1";
    message.user_id = "u";
    message.channel = contracts::Channel::web;
    message.address = "1";
    message.text = "hello";
    REQUIRE(street.deliver(message));
    const auto inbox = connection.command({"XRANGE", "chat:inbox", "-", "+"});
    REQUIRE(inbox->view().size() == 1);
    CHECK(inbox->view()[0][1][1].text().find("\"text\":\"hello\"") != std::string::npos);

    {
        const std::scoped_lock lock(street.guard);
        street.failures = 1;
    }
    reply("to nobody");
    reply("to somebody");
    tests::eventually("the next is shown", [&] { return street.all().size() == 3; });
    CHECK(street.all().back() == "to somebody");
    CHECK(connection.command({"XLEN", "chat:outbox:web:dlq"})->view().integer() == 1);
    post.stop();
    post.stop();
}

}  // namespace control
