#include "control/bus_tunnel/sentinels.h"
#include "far_redis.h"
#include "tests/support/daemon.h"
#include "tests/support/eventually.h"
#include "tunnelled.h"

#include <poll.h>
#include <set>
#include <thread>

using contracts::Connection;
using contracts::ErrorKind;
using contracts::RedisAddress;
using tests::eventually;
using tunnel_tests::Certificates;
using tunnel_tests::must;
using tunnel_tests::Tunnelled;
using tunnel_tests::WatchedRedis;

namespace {

constexpr std::chrono::seconds kFailOver{120};

// Adds numbers to a stream until it is stopped, over whatever connection it can get. A number
// counts as written once both the master and a replica have it.
class Load {
public:
    explicit Load(RedisAddress address)
        : thread_([this, address](const std::stop_token& stop) {
              std::optional<Connection> connection;
              for (int number = 0; !stop.stop_requested(); ++number)
                  add(connection, address, number);
          }) {}
    [[nodiscard]] std::set<std::string> acknowledged() {
        const std::scoped_lock lock(guard_);
        return acknowledged_;
    }
    void stop() { thread_ = {}; }

private:
    void add(std::optional<Connection>& connection, const RedisAddress& address, int number) {
        if (!connection || connection->broken()) {
            auto dialled = Connection::dial(address);
            if (!dialled) {
                ::poll(nullptr, 0, 20);
                return connection.reset();
            }
            connection = std::move(*dialled);
        }
        const std::string text = std::to_string(number);
        if (!connection->command({"XADD", "load", "*", "n", text})) return connection.reset();
        const auto copies = connection->command({"WAIT", "1", "2000"});
        if (!copies) return connection.reset();
        const std::scoped_lock lock(guard_);
        if (copies->view().integer() >= 1) acknowledged_.insert(text);
    }

    std::mutex guard_;
    std::set<std::string> acknowledged_;
    std::jthread thread_;
};

std::set<std::string> numbers_on(Connection& connection) {
    std::set<std::string> numbers;
    const auto reply = must(connection.command({"XRANGE", "load", "-", "+"}));
    for (std::size_t i = 0; i < reply.view().size(); ++i)
        numbers.emplace(reply.view()[i][1][1].text());
    return numbers;
}

}  // namespace

TEST_CASE("a tunnel follows the master that the Sentinels name, and nothing that counts is lost") {
    WatchedRedis redis;
    const Tunnelled here;
    const control::Sentinels sentinels(redis.sentinels(), WatchedRedis::kMaster);
    const auto tunnel = must(here.open([&] { return sentinels.find_master(); }));
    Load load({.path = tunnel->path()});
    eventually("some load", [&] { return load.acknowledged().size() > 100; }, kFailOver);

    const std::uint16_t old = redis.master();
    redis.at(old).kill();
    eventually("another master", [&] { return redis.master() != old; }, kFailOver);
    // The old master is back as a replica of the new one.
    redis.at(old).start();
    const std::size_t so_far = load.acknowledged().size();
    eventually("more load", [&] { return load.acknowledged().size() > so_far + 100; }, kFailOver);
    load.stop();

    Connection connection = must(Connection::dial({.path = tunnel->path()}));
    const std::set<std::string> there = numbers_on(connection);
    for (const std::string& number : load.acknowledged())
        CHECK(there.contains(number));
    CHECK(must(connection.command({"ROLE"})).view()[0].text() == "master");
}

TEST_CASE("Sentinels that are away or know another master are told apart") {
    WatchedRedis redis;
    const std::uint16_t master = redis.master();
    redis.stop_sentinel(0);
    redis.stop_sentinel(1);
    const control::Sentinels one_left(redis.sentinels(), WatchedRedis::kMaster);
    CHECK(must(one_left.find_master()).port == master);
    const auto unknown = control::Sentinels(redis.sentinels(), "nobody").find_master();
    REQUIRE(!unknown);
    CHECK(unknown.error().message.find("nobody") != std::string::npos);
    redis.stop_sentinel(2);
    const auto none = one_left.find_master();
    REQUIRE(!none);
    CHECK(none.error().kind == ErrorKind::transient);
}

TEST_CASE("a daemon finds its master by Sentinels that speak TLS") {
    const Certificates certificates;
    WatchedRedis redis(&certificates);
    tests::Daemon daemon({{"REDIS_URL", "rediss+sentinel://" + redis.hosts() + "/mymaster/1"},
                          {"REDIS_CA_FILE", certificates.path("ca.crt")},
                          {"REDIS_CERTIFICATE", certificates.path("client.crt")},
                          {"REDIS_KEY", certificates.path("client.key")}});
    daemon.start();
    Connection bus =
        must(Connection::dial(must(RedisAddress::parse(daemon.access().at("REDIS_URL")))));
    CHECK(must(bus.command({"ROLE"})).view()[0].text() == "master");
    CHECK(daemon.stop().success());
}
