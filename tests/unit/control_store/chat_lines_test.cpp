// The lines of the page's chat, over every driver.
#include "control/store/chat_lines.h"

#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

constexpr contracts::Timestamp kSaidAt{std::chrono::milliseconds(1'768'046'400'000)};

class ChatRig {
public:
    explicit ChatRig(Database& db) : db_(db) {}

    Result<void> say(const std::string& user, const std::string& text) {
        return write([&](Transaction& tx) -> Result<void> {
            const Result<ChatLine> line = chat_lines::say(tx, user, text, kSaidAt);
            return line ? Result<void>() : fail(line.error());
        });
    }
    Result<void> show(const ChatLine& line) {
        return write([&](Transaction& tx) { return chat_lines::show(tx, line, kSaidAt); });
    }
    Result<void> progress(const std::string& id, const std::string& text) {
        return write([&](Transaction& tx) {
            return chat_lines::show_progress(tx, "u1", id, text, kSaidAt);
        });
    }
    Result<void> write(const std::function<Result<void>(Transaction&)>& work) {
        return db_.transaction(work);
    }
    // The texts of a user's lines, oldest first.
    [[nodiscard]] std::vector<std::string> texts(const std::string& user) const {
        const auto page = chat_lines::list(db_, {.owner = {.user_id = user}});
        REQUIRE(page);
        std::vector<std::string> all;
        for (const auto& item : page->items)
            all.insert(all.begin(), item.entity.text);
        return all;
    }

private:
    Database& db_;
};

using Texts = std::vector<std::string>;

}  // namespace

TEMPLATE_TEST_CASE("chat lines stand in the order in which they came, each once", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    ChatRig rig(*db);
    REQUIRE(rig.say("u1", "first"));
    REQUIRE(rig.say("u1", "second"));
    const ChatLine answer{
        .id = "r1", .user_id = "u1", .kind = ChatLineKind::answer, .text = "third"};
    REQUIRE(rig.show(answer));
    REQUIRE(rig.show(answer));
    REQUIRE(rig.say("u2", "another user's"));
    CHECK(rig.texts("u1") == Texts{"first", "second", "third"});
    CHECK(rig.texts("u2") == Texts{"another user's"});
    CHECK(rig.texts("").empty());
}

TEMPLATE_TEST_CASE("a message waits until it is passed on, and only so many do", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    ChatRig rig(*db);
    for (int i = 0; i < chat_lines::kMostWaiting; ++i)
        REQUIRE(rig.say("u1", "message " + std::to_string(i)));
    const auto refused = rig.say("u1", "one too many");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::conflict);
    REQUIRE(rig.say("u2", "not the same user's"));
    auto waiting = chat_lines::waiting(*db, 3);
    REQUIRE(waiting);
    REQUIRE(waiting->size() == 3);
    const std::string oldest = waiting->front().id;
    CHECK((waiting->front().user_id == "u2" || waiting->front().text == "message 0"));
    REQUIRE(rig.write([&](Transaction& tx) { return chat_lines::mark_sent(tx, oldest); }));
    waiting = chat_lines::waiting(*db, 100);
    REQUIRE(waiting->size() == chat_lines::kMostWaiting);
    for (const ChatLine& line : *waiting)
        CHECK(line.id != oldest);
}

TEMPLATE_TEST_CASE("progress is one line in its place, and an answer removes it", "",
                   STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    ChatRig rig(*db);
    REQUIRE(rig.progress("p1", "10 %"));
    REQUIRE(rig.progress("p1", "20 %"));
    CHECK(rig.texts("u1") == Texts{"20 %"});
    REQUIRE(rig.show({.id = "r1", .user_id = "u1", .kind = ChatLineKind::answer, .text = "done"}));
    CHECK(rig.texts("u1") == Texts{"done"});
    // An id that belongs to another line, or to another user's, is left as it is.
    REQUIRE(rig.progress("r1", "late"));
    CHECK(rig.texts("u1") == Texts{"done"});
    REQUIRE(rig.progress("p2", "again"));
    CHECK(rig.texts("u1") == Texts{"done", "again"});
}

TEMPLATE_TEST_CASE("old chat lines are forgotten", "", STORE_DRIVERS) {
    const TestType driver;
    const auto db = driver.open();
    ChatRig rig(*db);
    REQUIRE(rig.say("u1", "old"));
    std::int64_t gone = -1;
    const auto prune = [&](contracts::Timestamp cutoff) {
        REQUIRE(rig.write([&](Transaction& tx) -> Result<void> {
            const auto pruned = chat_lines::prune(tx, cutoff, 10);
            gone = pruned ? *pruned : -1;
            return pruned ? Result<void>() : fail(pruned.error());
        }));
        return gone;
    };
    CHECK(prune(kSaidAt) == 0);
    CHECK(prune(kSaidAt + std::chrono::seconds(1)) == 1);
    CHECK(rig.texts("u1").empty());
}

}  // namespace control
