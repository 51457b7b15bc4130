// Telegram as a messenger of the chat, against the fake Bot API: messages in and out.
#include "tests/service/messenger/telegram_rig.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>

using namespace tests;
using namespace std::chrono_literals;
using contracts::ReplyKind;

namespace {

constexpr std::int64_t kAnn = 42, kBob = 43, kStranger = 99;
using Texts = std::vector<std::string>;

std::string address_of(const TelegramRig& rig, std::int64_t person, std::size_t bot = 0) {
    return rig.bot(bot) + "/" + std::to_string(person);
}

}  // namespace

TEST_CASE("a message reaches the chat, and its answer the person, through the same bot") {
    TelegramRig rig(2);
    rig.add_user(kAnn);
    rig.start();
    const std::int64_t update = rig.say(kAnn, "a page that greets", 1);
    const Json message = rig.inbox_entry(1);
    CHECK(message["user_id"] == "user-42");
    CHECK(message["channel"] == "telegram");
    CHECK(message["text"] == "a page that greets");
    CHECK(message["message_id"] == rig.bot(1) + ":" + std::to_string(update));
    CHECK(message["address"] == rig.bot(1) + "/42");
    rig.reply(message["address"], "It is **live** at `8100`.");
    CHECK(rig.expect_texts(kAnn, 1, 1) == Texts{"It is live at 8100."});
    const Json sent = rig.taken("sendMessage", 1).front()["parameters"];
    CHECK(sent["entities"] == Json::parse(R"([{"type":"bold","offset":6,"length":4},
                                              {"type":"code","offset":14,"length":4}])"));
    CHECK(sent["link_preview_options"]["is_disabled"] == true);
    CHECK(rig.texts(kAnn, 0).empty());
    eventually("the place moves", [&] { return rig.place(1) == update + 1; });
    // A user that never wrote has no bot.
    rig.reply("42", "from the pool", ReplyKind::notice);
    CHECK(rig.expect_texts(kAnn, 1, 0) == Texts{"from the pool"});
    rig.check();
}

TEST_CASE("updates of every other kind are skipped, and the messages among them are not") {
    TelegramRig rig;
    rig.add_user(kAnn);
    rig.say(kAnn, "before");
    rig.control("samples", {{"from", kAnn}});
    rig.control("updates", {{"updates", {{{"kind", "from_the_future"}, {"content", 7}}}}});
    const std::int64_t last = rig.say(kAnn, "/help@the_bot  now");
    rig.start();
    rig.inbox_entry(2);
    eventually("all is read", [&] { return rig.place() == last + 1; });
    REQUIRE(rig.inbox().size() == 2);
    CHECK(rig.inbox()[0]["text"] == "before");
    CHECK(rig.inbox()[1]["text"] == "/help  now");
    // A message without text is passed on as well; the chat decides how to answer it.
    rig.control("contents", {{"from", kAnn}});
    rig.inbox_entry(10);
    CHECK(rig.inbox()[2]["text"] == "");
    CHECK(rig.inbox()[3]["text"] == "a caption");
    CHECK(rig.inbox().size() == 10);
    rig.check();
}

TEST_CASE("a stranger is refused once, with the id that an administrator needs") {
    TelegramRig rig;
    rig.start();
    rig.say(kStranger, "let me in");
    rig.control("press", {{"from", kStranger}, {"data", "yes"}, {"id", "p"}});
    rig.say(kStranger, "please");
    const std::int64_t last = rig.say(kStranger, "/start");
    const Texts told = rig.expect_texts(kStranger, 1);
    CHECK(told.front().find("99") != std::string::npos);
    eventually("all is read", [&] { return rig.place() == last + 1; });
    rig.restart();
    const std::int64_t later = rig.say(kStranger, "hello?");
    eventually("that too", [&] { return rig.place() == later + 1; });
    CHECK(rig.count_rows("telegram_replies") == 0);
    CHECK(rig.texts(kStranger).size() == 1);
    CHECK(rig.inbox().empty());
    CHECK(rig.taken("answerCallbackQuery").empty());
    // Seven hours later the stranger may be answered again.
    rig.change_store("UPDATE telegram_strangers SET told_at = told_at - 25200000");
    rig.say(kStranger, "hello?");
    rig.expect_texts(kStranger, 2);
    rig.add_user(kStranger);
    rig.say(kStranger, "now?");
    CHECK(rig.inbox_entry(1)["text"] == "now?");
    rig.check();
}

TEST_CASE("however many strangers write, few are answered") {
    TelegramRig rig;
    rig.change_store(
        "INSERT INTO telegram_strangers (telegram_id, told_at) WITH RECURSIVE n(i) AS (SELECT 1000 "
        "UNION ALL SELECT i + 1 FROM n WHERE i < 1999) SELECT i, $1 FROM n",
        {std::int64_t{contracts::SystemClock().now().time_since_epoch().count()}});
    rig.start();
    const std::int64_t last = rig.say(kStranger, "hello");
    eventually("it is read", [&] { return rig.place() == last + 1; });
    CHECK(rig.count_rows("telegram_replies") == 0);
    CHECK(rig.texts(kStranger).empty());
    CHECK(rig.count_rows("telegram_strangers") == 1000);
}

TEST_CASE("a button's press passes as a message does, and is answered") {
    TelegramRig rig;
    rig.add_user(kAnn);
    rig.start();
    rig.control("press", {{"from", kAnn}, {"data", "go on"}, {"id", "p-1"}});
    const Json message = rig.inbox_entry(1);
    CHECK(message["text"] == "go on");
    CHECK(message["user_id"] == "user-42");
    eventually("the press is answered",
               [&] { return rig.taken("answerCallbackQuery").size() == 1; });
    rig.check();
}

TEST_CASE("what comes twice is answered once") {
    TelegramRig rig;
    rig.add_user(kAnn);
    rig.start_chat();
    rig.start();
    const std::int64_t first = rig.say(kAnn, "/projects");
    rig.expect_texts(kAnn, 1);
    eventually("the place moves", [&] { return rig.place() == first + 1; });
    rig.stop();
    // As after a crash between the stream and the store: the stored position is one back, and
    // Telegram still has the update.
    rig.change_store("UPDATE telegram_bots SET next_update = next_update - 1");
    rig.control("updates", {{"updates",
                             {{{"kind", "message"},
                               {"update_id", first},
                               {"content",
                                {{"message_id", 1},
                                 {"date", 1},
                                 {"from", {{"id", kAnn}, {"is_bot", false}, {"first_name", "A"}}},
                                 {"chat", {{"id", kAnn}, {"type", "private"}}},
                                 {"text", "/projects"}}}}}}});
    rig.start();
    rig.say(kAnn, "/tasks");
    const Texts texts = rig.expect_texts(kAnn, 2);
    CHECK(texts == Texts{"You have no projects yet.", "You have no tasks yet."});
    CHECK(rig.inbox().size() == 3);
    rig.stop();
    CHECK(rig.count_rows("telegram_replies") == 0);
    rig.check();
}

TEST_CASE("a reply that its stream brings twice is sent once") {
    TelegramRig rig;
    rig.start();
    rig.reply(address_of(rig, kAnn), "once", ReplyKind::answer, {}, "r-1");
    rig.reply(address_of(rig, kAnn), "once", ReplyKind::answer, {}, "r-1");
    rig.reply(address_of(rig, kAnn), "then this", ReplyKind::answer, {}, "r-2");
    CHECK(rig.expect_texts(kAnn, 2) == Texts{"once", "then this"});
    rig.check();
}

TEST_CASE("nothing is lost and nothing is answered twice, whatever goes wrong at Telegram") {
    TelegramRig rig;
    rig.add_user(kAnn);
    rig.start_chat();
    rig.start();
    const Json faults[] = {
        {{"fail", {{"times", 2}, {"status", 500}, {"method", "getUpdates"}}}},
        {{"fail", {{"times", 2}, {"status", 502}, {"method", "sendMessage"}}}},
        {{"truncate", {{"times", 1}, {"method", "getUpdates"}}}},
        {{"truncate", {{"times", 1}, {"method", "sendMessage"}}}},
        {{"garbage", {{"times", 2}, {"method", "getUpdates"}}}},
        {{"drop", {{"times", 1}, {"method", "getUpdates"}}}},
        {{"flood", {{"times", 1}, {"retry_after", 1}, {"method", "getUpdates"}}}},
        {{"flood", {{"times", 1}, {"retry_after", 1}, {"method", "sendMessage"}}}},
    };
    std::size_t said = 0;
    for (const Json& fault : faults) {
        rig.faults(fault);
        rig.say(kAnn, said % 2 == 0 ? "/projects" : "/tasks");
        ++said;
        INFO(fault.dump());
        rig.expect_texts(kAnn, said);
        if (said % 3 == 0) rig.restart();
        if (said % 4 == 0) {
            rig.stop_chat();
            rig.start_chat();
        }
    }
    rig.say(kAnn, "/help");
    const Texts texts = rig.expect_texts(kAnn, said + 1);
    REQUIRE(texts.size() == said + 1);
    for (std::size_t i = 0; i < said; ++i)
        CHECK(texts[i] == (i % 2 == 0 ? "You have no projects yet." : "You have no tasks yet."));
    CHECK(texts.back().starts_with("Write what you want built"));
    rig.stop();
    CHECK(rig.count_rows("telegram_replies") == 0);
    rig.check();
}

// The Bot API offers no way to ask whether a message was sent.
TEST_CASE("a part whose taking Telegram could not report is sent again rather than left out") {
    TelegramRig rig;
    rig.start();
    rig.faults({{"drop", {{"times", 1}, {"method", "sendMessage"}}}});
    rig.reply(address_of(rig, kAnn), "one");
    rig.reply(address_of(rig, kAnn), "two");
    eventually("both are there", [&] {
        const Texts texts = rig.texts(kAnn);
        return !texts.empty() && texts.back() == "two";
    });
    CHECK(rig.texts(kAnn) == Texts{"one", "one", "two"});
    rig.check();
}

TEST_CASE("a pause that Telegram asks for is kept") {
    TelegramRig rig;
    rig.start();
    rig.faults({{"flood", {{"times", 1}, {"retry_after", 2}, {"method", "sendMessage"}}}});
    rig.reply(address_of(rig, kAnn), "hello");
    rig.expect_texts(kAnn, 1);
    double refused = 0, taken = 0;
    for (const Json& one : rig.telegram().exchanges(rig.bot()))
        if (one["method"] == "sendMessage")
            (one["status"] == 429 ? refused : taken) = one["time"].get<double>();
    CHECK(refused > 0);
    CHECK(taken - refused >= 2.0);
    rig.check();
}

TEST_CASE("a chat gets a message at a time, and none waits behind another chat") {
    TelegramRig rig(1, 400ms);
    rig.start();
    for (const char* text : {"one", "two", "three"})
        rig.reply(address_of(rig, kAnn), text);
    rig.reply(address_of(rig, kBob), "for Bob");
    CHECK(rig.expect_texts(kAnn, 3) == Texts{"one", "two", "three"});
    double last = 0;
    std::vector<std::string> order;
    for (const Json& one : rig.taken("sendMessage")) {
        order.push_back(one["parameters"]["text"]);
        if (one["parameters"]["chat_id"] != kAnn) continue;
        CHECK(one["time"].get<double>() - last >= 0.39);
        last = one["time"];
    }
    REQUIRE(order.size() == 4);
    CHECK(order.back() == "three");
    CHECK(order[2] == "two");
    rig.check();
}

TEST_CASE("an answer of 100 kB comes in parts, each once, through a restart") {
    TelegramRig rig(1, 50ms);
    rig.start();
    std::string text, expected;
    for (int i = 0; text.size() < 100'000; ++i) {
        const std::string number = std::to_string(i);
        text += "Paragraph **" + number + "** 🚀 with some words in it.\n\n";
        expected += "Paragraph" + number + "🚀withsomewordsinit.";
    }
    rig.reply(address_of(rig, kAnn), text);
    rig.expect_texts(kAnn, 5);
    rig.restart();
    rig.reply(address_of(rig, kAnn), "the end");
    eventually("the end is there", [&] { return rig.texts(kAnn).back() == "the end"; });
    std::string whole;
    const Texts texts = rig.texts(kAnn);
    for (std::size_t i = 0; i + 1 < texts.size(); ++i)
        for (const char c : texts[i])
            if (c != ' ' && c != '\n') whole += c;
    CHECK(whole == expected);
    CHECK(texts.size() > 20);
    rig.check();
}

TEST_CASE("an empty reply is a message, and so is one that Telegram takes only without its looks") {
    TelegramRig rig;
    rig.start();
    rig.reply(address_of(rig, kAnn), " \n\n ");
    CHECK(rig.expect_texts(kAnn, 1) == Texts{"(an empty message)"});
    rig.faults({{"fail", {{"times", 1}, {"status", 400}, {"method", "sendMessage"}}}});
    rig.reply(address_of(rig, kAnn), "**bold**");
    rig.expect_texts(kAnn, 2);
    CHECK(rig.taken("sendMessage").back()["parameters"]["entities"].empty());
    rig.reply(address_of(rig, kAnn), "**bold**");
    rig.expect_texts(kAnn, 3);
    CHECK(rig.taken("sendMessage").back()["parameters"]["entities"].size() == 1);
    rig.check();
}

TEST_CASE("a reply to somebody who has blocked the bot is dropped, and the others go on") {
    TelegramRig rig;
    rig.start();
    (void)rig.telegram().control("blocked", Json::array({kAnn}));
    (void)rig.telegram().control("unknown", Json::array({kStranger}));
    rig.reply(address_of(rig, kAnn), "**to nobody**");
    rig.reply(address_of(rig, kAnn), "neither");
    rig.reply(address_of(rig, kStranger), "nor this");
    rig.reply(address_of(rig, kBob), "hello");
    CHECK(rig.expect_texts(kBob, 1) == Texts{"hello"});
    eventually("nothing waits", [&] { return rig.count_rows("telegram_replies") == 0; });
    CHECK(rig.log().find("blocked by the user") != std::string::npos);
    rig.reply("not an address", "x");
    (void)rig.telegram().control("blocked", Json::array());
    rig.reply(address_of(rig, kAnn), "back again");
    CHECK(rig.expect_texts(kAnn, 1) == Texts{"back again"});
    rig.check();
}

TEST_CASE("another reader of the bot is reported with the bot's id, and waited for") {
    TelegramRig rig;
    rig.add_user(kAnn);
    (void)rig.telegram().control("webhooks", Json::array({std::stoll(rig.bot())}));
    rig.start();
    eventually("the conflict is reported", [&] {
        const auto health = rig.post().health();
        return !health && health.error().kind == contracts::ErrorKind::conflict;
    });
    CHECK(rig.post().health().error().describe().find(rig.bot()) != std::string::npos);
    CHECK(rig.log().find("another program reads this bot's messages") != std::string::npos);
    rig.say(kAnn, "first");
    (void)rig.telegram().control("webhooks", Json::array());
    CHECK(rig.inbox_entry(1)["text"] == "first");
    // A second reader ends our poll again and again.
    eventually("ours was ended", [&] {
        rig.poll_elsewhere();
        return rig.telegram().exchanges(rig.bot()).back()["status"] == 409;
    });
    rig.say(kAnn, "second");
    CHECK(rig.inbox_entry(2)["text"] == "second");
    eventually("all is well", [&] { return rig.post().health().has_value(); });
    rig.check();
}

TEST_CASE("a token that Telegram does not know is reported without being told") {
    TelegramRig rig;
    (void)rig.telegram().control("forget", Json::object());
    rig.start();
    eventually("it is reported", [&] {
        const auto health = rig.post().health();
        return !health && health.error().kind == contracts::ErrorKind::fatal;
    });
    CHECK(rig.post().health().error().field == "TELEGRAM_BOT_TOKENS");
    rig.check();
}

TEST_CASE("progress is one message that is edited, and the answer one of its own") {
    TelegramRig rig(1, 300ms);
    rig.start();
    const std::string at = address_of(rig, kAnn);
    const std::string first = rig.reply(at, "thinking", ReplyKind::progress);
    rig.expect_texts(kAnn, 1);
    CHECK(rig.taken("sendMessage").front()["parameters"]["disable_notification"] == true);
    for (const char* text : {"a", "b", "c"})
        rig.reply(at, text, ReplyKind::progress, first);
    rig.reply(at, "coding", ReplyKind::progress, first);
    eventually("the last one is shown", [&] {
        const auto edits = rig.taken("editMessageText");
        return !edits.empty() && edits.back()["parameters"]["text"] == "coding";
    });
    double last = rig.taken("sendMessage").front()["time"];
    for (const Json& edit : rig.taken("editMessageText")) {
        CHECK(edit["parameters"]["message_id"] == 1);
        CHECK(edit["time"].get<double>() - last >= 0.29);
        last = edit["time"];
    }
    // The user deletes the message in the meantime, so the next text starts a new one.
    rig.control("delete", {{"chat", kAnn}, {"message_id", 1}});
    rig.reply(at, "testing", ReplyKind::progress, first);
    eventually("the edit was refused",
               [&] { return rig.telegram().exchanges(rig.bot()).back()["status"] == 400; });
    rig.reply(at, "merging", ReplyKind::progress, first);
    rig.expect_texts(kAnn, 2);
    rig.reply(at, "soon out of date", ReplyKind::progress, first);
    rig.reply(at, "done");
    eventually("the answer is there", [&] { return rig.texts(kAnn).back() == "done"; });
    CHECK(rig.texts(kAnn) == Texts{"thinking", "merging", "done"});
    rig.check();
}

TEST_CASE("a place of last week is not asked for: Telegram may count from a lower number now") {
    TelegramRig rig;
    rig.add_user(kAnn);
    rig.start();
    const std::int64_t old = rig.say(kAnn, "long ago");
    eventually("it is read", [&] { return rig.place() == old + 1; });
    rig.stop();
    rig.change_store(
        "UPDATE telegram_bots SET next_update = 900000, read_at = read_at - 604800000");
    const std::int64_t now = rig.say(kAnn, "after the holidays");
    rig.start();
    eventually("it is read, too", [&] { return rig.place() == now + 1; });
    CHECK(rig.inbox().back()["text"] == "after the holidays");
    rig.check();
}

TEST_CASE("of two daemons one carries Telegram, and the other when that one ends") {
    TelegramRig rig;
    rig.add_user(kAnn);
    rig.start();
    rig.say(kAnn, "one");
    rig.inbox_entry(1);
    const auto other = rig.another_post("the other one");
    other->start();
    rig.say(kAnn, "two");
    rig.inbox_entry(2);
    rig.stop();
    rig.say(kAnn, "three");
    CHECK(rig.inbox_entry(3)["text"] == "three");
    rig.reply(address_of(rig, kAnn), "hello");
    CHECK(rig.expect_texts(kAnn, 1) == Texts{"hello"});
    for (const Json& one : rig.telegram().exchanges(rig.bot()))
        CHECK(one["status"] == 200);
    other->stop();
    rig.check();
}
