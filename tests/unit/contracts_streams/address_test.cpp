#include "contracts/streams/address.h"

#include "contracts/streams/names.h"

#include <catch2/catch_test_macros.hpp>

using namespace contracts;

namespace {

RedisAddress parsed(std::string_view url) {
    auto address = RedisAddress::parse(url);
    INFO(url);
    REQUIRE(address);
    return *address;
}

}  // namespace

TEST_CASE("a TCP address is read with and without its parts") {
    CHECK(parsed("redis://host").host == "host");
    CHECK(parsed("redis://host").port == 6379);
    CHECK(parsed("redis://host/").database == 0);
    const RedisAddress whole = parsed("redis://ann:p%40s%2Fs@host:7000/3");
    CHECK(whole.user == "ann");
    CHECK(whole.password == "p@s/s");
    CHECK(whole.host == "host");
    CHECK(whole.port == 7000);
    CHECK(whole.database == 3);
    const RedisAddress six = parsed("redis://:secret@[::1]:7000");
    CHECK(six.user.empty());
    CHECK(six.password == "secret");
    CHECK(six.host == "::1");
    CHECK(six.port == 7000);
}

TEST_CASE("a socket address is read with and without its parts") {
    CHECK(parsed("unix:///run/redis.sock").path == "/run/redis.sock");
    CHECK(parsed("unix:///run/a@b.sock").path == "/run/a@b.sock");
    CHECK(parsed("unix:///run/a%20b.sock").path == "/run/a b.sock");
    const RedisAddress whole = parsed("unix://ann:secret@/run/redis.sock?db=2");
    CHECK(whole.user == "ann");
    CHECK(whole.password == "secret");
    CHECK(whole.path == "/run/redis.sock");
    CHECK(whole.database == 2);
    CHECK(whole.host.empty());
}

TEST_CASE("an address that cannot be meant is refused, and its password never told") {
    for (const char* url : {"",
                            "host",
                            "http://host",
                            "redis://",
                            "redis://:pw@",
                            "redis://host:0",
                            "redis://host:65536",
                            "redis://host:port",
                            "redis://host:70x",
                            "redis://host/x",
                            "redis://host/-1",
                            "redis://[::1",
                            "redis://[::1]x",
                            "redis://[[::1]",
                            "redis://h[1]",
                            "redis://ann@host",
                            "redis://ann:%zz@host",
                            "redis://ann:pw%2@host",
                            "unix://",
                            "unix://run/redis.sock",
                            "unix://ann:pw@run/x",
                            "unix:///x?database=1",
                            "unix:///x?db=",
                            "unix:///x?db=x",
                            "unix:///%x"}) {
        INFO(url);
        const auto refused = RedisAddress::parse(url);
        REQUIRE(!refused);
        CHECK(refused.error().kind == ErrorKind::invalid);
        CHECK(refused.error().field == "REDIS_URL");
        CHECK(!refused.error().next_step.empty());
    }
    const auto refused = RedisAddress::parse("redis://ann:secret-word@host:x");
    CHECK(refused.error().describe().find("secret-word") == std::string::npos);
}

TEST_CASE("an address with TLS is refused in words that say so") {
    const auto refused = RedisAddress::parse("rediss://host");
    REQUIRE(!refused);
    CHECK(refused.error().message.find("TLS") != std::string::npos);
}

TEST_CASE("an address is shown without its user and password") {
    CHECK(parsed("redis://ann:secret@host/2").display() == "redis://host:6379/2");
    CHECK(parsed("redis://:secret@[::1]").display() == "redis://[::1]:6379");
    CHECK(parsed("unix://:secret@/run/r.sock?db=1").display() == "unix:///run/r.sock?db=1");
    CHECK(parsed("unix:///run/r.sock").display() == "unix:///run/r.sock");
}

TEST_CASE("names are what the other programs expect") {
    CHECK(names::developer_input("w-1") == "worker:developer:w-1:input");
    CHECK(names::po_input("w-1") == "worker:po:w-1:input");
    CHECK(names::po_output("w-1") == "worker:po:w-1:output");
    CHECK(names::task_progress("t-1") == "task_progress:t-1");
    CHECK(names::chat_outbox("terminal") == "chat:outbox:terminal");
    CHECK(names::kChatInbox == "chat:inbox");
    CHECK(names::kChatNotices == "chat:notices");
    CHECK(names::dead_letters("engineering:queue") == "engineering:queue:dlq");
    CHECK(names::worker_status("w-1") == "worker:status:w-1");
    CHECK(names::worker_session("w-1") == "worker:session:w-1");
    CHECK(names::worker_heartbeat("w-1") == "worker:heartbeat:w-1");
    CHECK(names::worker_image("h") == "worker:image:h");
    CHECK(names::user_session("u-1") == "session:u-1");
    CHECK(names::consumer_name("graphs").starts_with("graphs-"));
    CHECK(names::consumer_name("graphs") != names::consumer_name("graphs"));
    CHECK(names::consumer_name("graphs", "5ec0ffee0123") == "graphs-5ec0ffee0123");
}

TEST_CASE("an address reads back as it was written, whatever its password is made of") {
    for (const char* url : {"redis://ann%2Fa:p%40s%2Fs%3A%3F@host:7000/3", "redis://:%2F@[::1]:1",
                            "unix://%2Fann:a%40%2Fb@/run/a%3Fb.sock?db=2"}) {
        const RedisAddress address = parsed(url);
        const RedisAddress again = parsed(address.url());
        CHECK(again.user == address.user);
        CHECK(again.password == address.password);
        CHECK(again.host == address.host);
        CHECK(again.path == address.path);
        CHECK(again.database == address.database);
    }
}
