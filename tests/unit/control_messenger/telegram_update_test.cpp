// Updates as Telegram sends them, addresses, and when a chat may be sent something.
#include "control/messenger/telegram/address.h"
#include "control/messenger/telegram/lanes.h"
#include "control/messenger/telegram/update.h"

#include <catch2/catch_test_macros.hpp>

namespace control::telegram {

using contracts::Json;
using namespace std::chrono_literals;

namespace {

Update only(const char* text) {
    auto updates = read_updates(Json::array({Json::parse(text)}));
    REQUIRE(updates);
    REQUIRE(updates->size() == 1);
    return updates->front();
}

}  // namespace

TEST_CASE("a private message of a person is one, and nothing else is") {
    const Update update = only(
        R"({"update_id": 7, "message": {"from": {"id": 42, "is_bot": false}, "text": "/new@b_bot x@y",
            "chat": {"id": 42, "type": "private"}}})");
    CHECK(update.id == 7);
    CHECK(update.kind == UpdateKind::message);
    CHECK(update.from == "42");
    CHECK(update.text == "/new x@y");
    for (const char* other :
         {R"({"update_id": 1})", R"({"update_id": 1, "message": 5})",
          R"({"update_id": 1, "message": {}})",
          R"({"update_id": 1, "message": {"from": {"id": 42}, "text": "x",
              "chat": {"id": -42, "type": "group"}}})",
          R"({"update_id": 1, "message": {"from": {"id": 42}, "text": "x",
              "chat": {"id": 43, "type": "private"}}})",
          R"({"update_id": 1, "message": {"from": {"id": 42, "is_bot": true}, "text": "x",
              "chat": {"id": 42, "type": "private"}}})",
          R"({"update_id": 1, "message": {"from": {"id": "42"}, "text": "x",
              "chat": {"id": "42", "type": "private"}}})",
          R"({"update_id": 1, "message": {"from": {"id": 18446744073709551615}, "text": "x",
              "chat": {"id": 18446744073709551615, "type": "private"}}})",
          R"({"update_id": 1, "message": {"from": {"id": 42}, "pinned_message": {},
              "chat": {"id": 42, "type": "private"}}})",
          R"({"update_id": 1, "callback_query": {"id": "p", "from": {"id": 42}, "data": "x"}})",
          R"({"update_id": 1, "edited_message": {"from": {"id": 42}, "text": "x",
              "chat": {"id": 42, "type": "private"}}})"})
        CHECK(only(other).kind == UpdateKind::other);
}

TEST_CASE("a list with things in it that cannot be read is read all the same") {
    const auto updates = read_updates(Json::parse(
        R"([5, null, {"update_id": "7"}, {"update_id": 8.5}, {}, {"update_id": 9, "poll": {}}])"));
    REQUIRE(updates);
    REQUIRE(updates->size() == 1);
    CHECK(updates->front().id == 9);
    CHECK(read_updates(Json::array())->empty());
    CHECK_FALSE(read_updates(Json::array({5})));
    CHECK_FALSE(read_updates(Json()));
    CHECK_FALSE(read_updates(Json::object()));
}

TEST_CASE("an address is a chat with one of the bots, or with any") {
    CHECK(parse_address("12/34") == Address{"12", "34"});
    CHECK(parse_address("34") == Address{"", "34"});
    CHECK(format_address({"12", "34"}) == "12/34");
    CHECK(format_address({"", "34"}) == "34");
    for (const char* wrong :
         {"", "/", "12/", "/34", "a/34", "12/34/56", "-5", "at-home", "12345678901234567890"})
        CHECK_FALSE(parse_address(wrong));
}

TEST_CASE("a pause is the chat's, and the bot's when a second chat is told so meanwhile") {
    Lanes lanes(1s);
    const Instant now{1h};
    const Address ann{"1", "42"}, bob{"1", "43"}, cid{"1", "44"}, elsewhere{"2", "42"};
    CHECK(lanes.is_free(ann, now));
    lanes.sent(ann, now);
    CHECK_FALSE(lanes.is_free(ann, now + 999ms));
    CHECK(lanes.is_free(ann, now + 1s));
    lanes.paused(ann, now, 30s);
    lanes.paused(ann, now + 1s, 30s);
    CHECK(lanes.is_free(bob, now + 1s));
    lanes.paused(bob, now + 2s, 60s);
    CHECK_FALSE(lanes.is_free(cid, now + 61s));
    CHECK(lanes.is_free(cid, now + 62s));
    CHECK(lanes.is_free(elsewhere, now + 2s));
    lanes.forget_idle(now + 3h);
    CHECK(lanes.all().empty());
}

TEST_CASE("failures wait longer each time, until something arrives") {
    Lanes lanes(1s);
    const Instant now{1h};
    const Address ann{"1", "42"};
    lanes.failed(ann, now, 0);
    const auto first = lanes.next(ann) - now;
    lanes.failed(ann, now, 0);
    CHECK(lanes.next(ann) - now == first * 2);
    for (int i = 0; i < 20; ++i)
        lanes.failed(ann, now, 1023);
    CHECK(lanes.next(ann) - now <= 75s);
    lanes.sent(ann, now);
    lanes.failed(ann, now, 0);
    CHECK(lanes.next(ann) - now == first);
}

}  // namespace control::telegram
