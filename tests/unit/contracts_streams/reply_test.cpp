#include "contracts/streams/reply.h"

#include "contracts/streams/entry.h"

#include <hiredis/hiredis.h>
#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <random>

using namespace contracts;

namespace {

struct FreeReader {
    void operator()(redisReader* reader) const { ::redisReaderFree(reader); }
};
using Reader = std::unique_ptr<redisReader, FreeReader>;

// A reply from its bytes, as a server sends them.
Reply from_bytes(std::string_view bytes) {
    const Reader reader(::redisReaderCreate());
    void* reply = nullptr;
    REQUIRE(::redisReaderFeed(reader.get(), bytes.data(), bytes.size()) == REDIS_OK);
    REQUIRE(::redisReaderGetReply(reader.get(), &reply) == REDIS_OK);
    REQUIRE(reply != nullptr);
    return Reply(static_cast<redisReply*>(reply));
}

std::string bulk(std::string_view text) {
    return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

}  // namespace

TEST_CASE("a reply is looked at without caring whether it is there") {
    const Reply reply = from_bytes("*3\r\n:7\r\n$2\r\n12\r\n$-1\r\n");
    CHECK(reply.view().is_array());
    CHECK(reply.view().size() == 3);
    CHECK(reply.view()[0].integer() == 7);
    CHECK(reply.view()[1].integer() == 12);
    CHECK(reply.view()[1].text() == "12");
    CHECK(reply.view()[2].is_nil());
    CHECK(reply.view()[9][9][9].is_nil());
    CHECK(reply.view()[9].text().empty());
    CHECK(reply.view().integer() == 0);
    CHECK(reply.view().text().empty());
    CHECK(from_bytes("$3\r\n12x\r\n").view().integer() == 0);
}

TEST_CASE("an error of Redis has the kind of its code") {
    const auto kind = [](const std::string& text) {
        return error_of(from_bytes("-" + text + "\r\n").view()).kind;
    };
    for (const char* text :
         {"LOADING Redis is loading the dataset in memory", "READONLY You can't write",
          "OOM command not allowed", "BUSY Redis is busy", "MISCONF Redis is configured",
          "TRYAGAIN Multiple keys", "CLUSTERDOWN Hash slot not served", "MASTERDOWN Link",
          "UNBLOCKED force unblock", "ERR max number of clients reached"})
        CHECK(kind(text) == ErrorKind::transient);
    CHECK(kind("NOAUTH Authentication required.") == ErrorKind::fatal);
    CHECK(kind("WRONGPASS invalid username-password pair") == ErrorKind::fatal);
    CHECK(kind("NOPERM this user has no permissions") == ErrorKind::permission);
    CHECK(kind("ERR unknown command") == ErrorKind::invalid);
    CHECK(kind("LOADINGS") == ErrorKind::invalid);
}

TEST_CASE(
    "the claim of Redis 7 names what was trimmed, that of Redis 6.2 leaves nil in its place") {
    const std::string entry = "*2\r\n" + bulk("5-1") + "*2\r\n" + bulk("data") + bulk("{}");
    const Claimed seven = read_claimed("s", from_bytes("*3\r\n" + bulk("6-0") + "*1\r\n" + entry +
                                                       "*2\r\n" + bulk("3-1") + bulk("4-1"))
                                                .view());
    CHECK(seven.cursor == "6-0");
    REQUIRE(seven.entries.present.size() == 1);
    CHECK(seven.entries.present[0].id == "5-1");
    CHECK(seven.entries.present[0].stream == "s");
    CHECK(seven.entries.trimmed == std::vector<std::string>{"3-1", "4-1"});
    CHECK(!seven.unnamed);

    const Claimed six =
        read_claimed("s", from_bytes("*2\r\n" + bulk("0-0") + "*2\r\n*-1\r\n" + entry).view());
    CHECK(six.cursor == "0-0");
    CHECK(six.entries.present.size() == 1);
    CHECK(six.entries.trimmed.empty());
    CHECK(six.unnamed);
}

TEST_CASE("an entry's time is the one in its id") {
    Entry entry;
    entry.id = "1768046400123-7";
    CHECK(entry.time() == Timestamp(std::chrono::milliseconds(1'768'046'400'123)));
    entry.id = "nonsense";
    CHECK(entry.time() == Timestamp());
}

TEST_CASE("replies of any shape are read as entries without harm") {
    std::mt19937_64 random(7);
    const auto below = [&](std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    };
    const auto any = [&](auto& self, int depth) -> std::string {
        switch (below(depth > 5 ? 4 : 7)) {
            case 0:
                return ":" + std::to_string(below(100)) + "\r\n";
            case 1:
                return "$-1\r\n";
            case 2:
                return bulk(below(2) == 0 ? "data" : "1-1");
            case 3:
                return "-ERR no\r\n";
            default: {
                const std::size_t count = below(5);
                std::string list = "*" + std::to_string(count) + "\r\n";
                for (std::size_t i = 0; i < count; ++i)
                    list += self(self, depth + 1);
                return list;
            }
        }
    };
    std::size_t entries = 0;
    for (int i = 0; i < 2000; ++i) {
        const Reply reply = from_bytes(any(any, 0));
        entries += read_streams(reply.view()).present.size();
        entries += read_claimed("s", reply.view()).entries.present.size();
    }
    CHECK(entries > 0);
}

TEST_CASE("what a reader of streams must act on has a code, whatever else the server says") {
    const auto code_of = [](const std::string& text) {
        return error_of(from_bytes("-" + text + "\r\n").view()).code;
    };
    CHECK(code_of("NOGROUP No such key 'a' or consumer group 'b'") == ErrorCode::no_group);
    CHECK(code_of("BUSYGROUP Consumer Group name already exists") == ErrorCode::group_exists);
    CHECK(code_of("UNBLOCKED the stream key no longer exists") == ErrorCode::unblocked);
    CHECK(code_of("NOAUTH Authentication required.") == ErrorCode::needs_password);
    CHECK(code_of("ERR The XGROUP subcommand requires the key to exist. Note that") ==
          ErrorCode::no_stream);
    CHECK(code_of("ERR unknown command") == ErrorCode::none);
}
