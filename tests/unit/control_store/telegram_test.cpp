// The state of Telegram's messenger; over every driver.
#include "control/store/telegram.h"

#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using std::chrono::hours;

constexpr contracts::Timestamp kNoon{std::chrono::milliseconds(1'768'046'400'000)};

template <class Work>
void commit(Database& db, Work work) {
    const Result<void> done = db.transaction(work);
    INFO((done ? std::string() : done.error().describe()));
    REQUIRE(done);
}

bool told(Database& db, const std::string& who, contracts::Timestamp now, std::int64_t most) {
    bool told = false;
    commit(db, [&](Transaction& tx) -> Result<void> {
        Result<bool> tell = telegram::tell_stranger(tx, who, now - hours(6), now, most);
        if (!tell) return fail(std::move(tell.error()));
        told = *tell;
        return {};
    });
    return told;
}

}  // namespace

TEMPLATE_TEST_CASE("a bot's place is known while it is young", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    CHECK_FALSE(telegram::next_update(*db, "1", kNoon).value());
    for (const std::int64_t place : {900, 5})
        commit(*db,
               [&](Transaction& tx) { return telegram::save_next_update(tx, "1", place, kNoon); });
    CHECK(telegram::next_update(*db, "1", kNoon).value() == 5);
    CHECK_FALSE(telegram::next_update(*db, "1", kNoon + hours(1)).value());
    CHECK_FALSE(telegram::next_update(*db, "2", kNoon).value());
}

TEMPLATE_TEST_CASE("a stranger is told once in a while, and so many of them", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    CHECK(told(*db, "a", kNoon, 2));
    CHECK_FALSE(told(*db, "a", kNoon + hours(1), 2));
    CHECK(told(*db, "b", kNoon + hours(1), 2));
    CHECK_FALSE(told(*db, "c", kNoon + hours(1), 2));
    CHECK(told(*db, "c", kNoon + hours(7), 2));
    CHECK(told(*db, "a", kNoon + hours(8), 2));
}

TEMPLATE_TEST_CASE("of each chat the oldest reply waits first", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    for (const char* text : {"one", "two"})
        for (const char* chat : {"42", "43"})
            commit(*db, [&](Transaction& tx) {
                return telegram::add_reply(tx, {.request_id = text,
                                                .bot_id = "1",
                                                .chat_id = chat,
                                                .markdown = true,
                                                .text = text});
            });
    const auto waiting = telegram::waiting_replies(*db).value();
    REQUIRE(waiting.size() == 2);
    CHECK(waiting[0].chat_id == "42");
    CHECK(waiting[1].chat_id == "43");
    CHECK(waiting[0].request_id == "one");
    commit(*db, [&](Transaction& tx) { return telegram::save_parts_sent(tx, waiting[0].seq, 3); });
    const auto found = telegram::find_reply(*db, waiting[0].seq).value();
    REQUIRE(found);
    CHECK(found->parts_sent == 3);
    CHECK(found->markdown);
    CHECK(found->text == "one");
    commit(*db, [&](Transaction& tx) { return telegram::erase_reply(tx, waiting[0].seq); });
    CHECK_FALSE(telegram::find_reply(*db, waiting[0].seq).value());
    CHECK(telegram::waiting_replies(*db).value()[1].request_id == "two");
}

}  // namespace control
