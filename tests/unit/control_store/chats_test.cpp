// The rows of chats; over every driver.
#include "control/store/chats.h"

#include "control/store/conversations.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using std::chrono::minutes;

constexpr contracts::Timestamp kMorning{std::chrono::milliseconds(1'768'046'400'000)};

template <class Work>
void write_to(Database& db, Work work) {
    const Result<void> done = db.transaction(work);
    INFO((done ? std::string() : done.error().describe()));
    REQUIRE(done);
}

}  // namespace

TEMPLATE_TEST_CASE("a chat is read as it was saved, and a user without one has a fresh one", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    CHECK(chats::load(*db, "u1")->hires == 0);
    Chat chat;
    chat.user_id = "u1";
    chat.channel = contracts::Channel::telegram;
    chat.address = "42";
    chat.hire_id = "h";
    chat.hire_at = kMorning;
    chat.unasked_turns = 3;
    chat.told_to_wait = true;
    chat.session_id = "s-1";
    chat.session_used = kMorning;
    write_to(*db, [&](Transaction& tx) { return chats::save(tx, chat); });
    chat.hires = 2;
    write_to(*db, [&](Transaction& tx) { return chats::save(tx, chat); });
    const Result<std::optional<Chat>> found = chats::find_hire(*db, "h");
    REQUIRE(found.value());
    CHECK((*found)->channel == contracts::Channel::telegram);
    CHECK((*found)->address == "42");
    CHECK((*found)->hires == 2);
    CHECK((*found)->told_to_wait);
    CHECK((*found)->session_id == "s-1");
    CHECK((*found)->session_used == kMorning);
    CHECK_FALSE((*found)->turn_id);
    CHECK_FALSE(chats::find_hire(*db, "other").value());
    CHECK(chats::due(*db, kMorning - minutes(1))->empty());
    CHECK(chats::due(*db, kMorning).value() == std::vector<std::string>{"u1"});
}

TEMPLATE_TEST_CASE("tasks that go on are followed for owners who have written", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    write_to(*db, [&](Transaction& tx) -> Result<void> {
        for (const char* id : {"p1", "p2"}) {
            contracts::Project project;
            project.id = id;
            project.name = "greeter";
            project.owner_id = std::string("u") + id[1];
            if (Result<void> put = projects::insert(tx, project, kMorning); !put) return put;
            for (const char* task : {"a", "b"}) {
                contracts::Task one;
                one.id = std::string(id) + task;
                one.project_id = id;
                one.status = *task == 'a' ? contracts::TaskStatus::running
                                          : contracts::TaskStatus::completed;
                if (Result<void> put = tasks::insert(tx, one); !put) return put;
            }
        }
        Chat chat;
        chat.user_id = "u1";
        chat.channel = contracts::Channel::terminal;
        chat.address = "here";
        return chats::save(tx, chat);
    });
    const auto followed = chats::followed_tasks(*db);
    REQUIRE(followed->size() == 1);
    CHECK((*followed)[0].task_id == "p1a");
    CHECK((*followed)[0].project == "greeter");
    CHECK((*followed)[0].user_id == "u1");
    CHECK((*followed)[0].address == "here");
}

TEMPLATE_TEST_CASE("a line keeps its order, for each user and kind", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    write_to(*db, [&](Transaction& tx) -> Result<void> {
        for (const char* text : {"one", "two"})
            for (const char* user : {"u1", "u2"})
                if (Result<void> put =
                        chats::add_to_line(tx, {.user_id = user, .text = text, .correlation = "c"});
                    !put)
                    return put;
        return chats::add_to_line(
            tx, {.user_id = "u1", .kind = LineKind::notice, .text = "news", .correlation = "c"});
    });
    const auto line = chats::line(*db, "u1", LineKind::message, 10);
    REQUIRE(line->size() == 2);
    CHECK((*line)[0].text == "one");
    CHECK_FALSE((*line)[0].channel);
    write_to(*db, [&](Transaction& tx) { return chats::erase_from_line(tx, (*line)[0].seq); });
    CHECK(chats::line(*db, "u1", LineKind::message, 10)->at(0).text == "two");
    CHECK(chats::count_line(*db, "u2", LineKind::message).value() == 2);
    CHECK(chats::count_line(*db, "u1", LineKind::notice).value() == 1);
}

TEMPLATE_TEST_CASE("a key is seen once, or once in a while", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    write_to(*db, [&](Transaction& tx) -> Result<void> {
        CHECK(chats::see(tx, "k", kMorning).value());
        CHECK_FALSE(chats::see(tx, "k", kMorning).value());
        CHECK(chats::was_seen(tx, "k").value());
        CHECK_FALSE(chats::was_seen(tx, "other").value());
        CHECK_FALSE(chats::see_again(tx, "k", kMorning - minutes(1), kMorning).value());
        CHECK(chats::see_again(tx, "k", kMorning + minutes(1), kMorning + minutes(2)).value());
        CHECK_FALSE(
            chats::see_again(tx, "k", kMorning + minutes(1), kMorning + minutes(2)).value());
        CHECK(chats::see_again(tx, "new", kMorning, kMorning).value());
        return {};
    });
}

TEMPLATE_TEST_CASE("effects go out in the order of their decision, workers are found and forgotten",
                   "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    write_to(*db, [&](Transaction& tx) -> Result<void> {
        for (const char* key : {"b", "a"})
            if (Result<void> put = chats::add_effect(
                    tx, {.key = key, .stream = "s", .body = "{}", .sets_key = "session"});
                !put)
                return put;
        if (Result<void> put = chats::save_worker(tx, {"w", "u1", {}}); !put) return put;
        return chats::save_worker(tx, {"w", "u1", kMorning});
    });
    const auto effects = chats::effects(*db, 10);
    REQUIRE(effects->size() == 2);
    CHECK((*effects)[0].key == "b");
    CHECK((*effects)[0].sets_key == "session");
    CHECK_FALSE((*effects)[0].sets_value);
    CHECK(chats::find_worker(*db, "w").value()->retired_at == kMorning);
    CHECK(chats::workers(*db)->size() == 1);
    write_to(*db, [&](Transaction& tx) -> Result<void> {
        if (Result<void> gone = chats::erase_effect(tx, (*effects)[0].seq); !gone) return gone;
        return chats::erase_worker(tx, "w");
    });
    CHECK(chats::effects(*db, 10)->at(0).key == "a");
    CHECK_FALSE(chats::find_worker(*db, "w").value());
}

TEMPLATE_TEST_CASE("a conversation's last messages, the oldest first, and no other user's", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    write_to(*db, [&](Transaction& tx) -> Result<void> {
        for (int i = 0; i < 5; ++i)
            for (const char* user : {"u1", "u2"})
                if (Result<void> put =
                        conversations::insert(tx, {.id = user + std::to_string(i),
                                                   .user_id = user,
                                                   .text = std::to_string(i),
                                                   .created_at = kMorning + minutes(i)});
                    !put)
                    return put;
        return {};
    });
    const auto last = conversations::last(*db, "u1", kMorning + minutes(1), 3);
    REQUIRE(last->size() == 3);
    CHECK((*last)[0].id == "u12");
    CHECK((*last)[2].id == "u14");
    CHECK(conversations::last(*db, "u1", kMorning + minutes(3), 10)->size() == 2);
    const auto page = conversations::list(*db, {.owner = {.user_id = "u2"}});
    CHECK(page->items.size() == 5);
    CHECK(page->items[0].entity.id == "u24");
}

}  // namespace control
