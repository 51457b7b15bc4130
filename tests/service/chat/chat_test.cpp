// Users, their Product Owners and what happens between them.
#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "tests/service/chat/world.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>

using namespace tests;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

std::string text_of(const Json& message) {
    return message["text"].get<std::string>();
}

bool has(const Json& message, std::string_view part) {
    return text_of(message).find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the first message has a Product Owner made, the second one finds it") {
    World world;
    world.add_user("u1");
    world.start();
    world.say("u1", "a page that greets my visitors", "m-1");
    const Json create = world.expect_create();
    CHECK(create["config"]["worker_type"] == "po");
    CHECK(create["config"]["allowed_commands"] == Json{"PRODUCT_OWNER"});
    CHECK(create["config"]["instructions"].get<std::string>().find("You are a Product Owner") !=
          std::string::npos);
    CHECK(create["context"]["user_id"] == "u1");
    world.answer_create(create, "w1");
    const Json first = world.input_of("w1");
    CHECK(first["prompt"] == "a page that greets my visitors");
    CHECK(first["user_id"] == "u1");
    CHECK(world.get("session:u1") == "w1");
    world.answer("w1", first, "I have begun.");
    const Json answer = world.reply();
    CHECK(answer["kind"] == "answer");
    CHECK(answer["text"] == "I have begun.");
    CHECK(answer["address"] == "at-u1");
    CHECK(answer["correlation_id"] == "c-m-1");

    world.say("u1", "and in French");
    const Json second = world.input_of("w1");
    CHECK(second["prompt"] == "and in French");
    world.answer("w1", second, "D'accord.");
    CHECK(text_of(world.reply()) == "D'accord.");
    CHECK(world.all("worker:commands").size() == 1);
    CHECK(world.conversation("u1") == Texts{"user: a page that greets my visitors",
                                            "owner: I have begun.", "user: and in French",
                                            "owner: D'accord."});
}

TEST_CASE("a paused Product Owner is used again, a stopped one is replaced and the next one told") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.set_status("w1", "PAUSED");
    world.say("u1", "still there?");
    world.answer("w1", world.input_of("w1"), "Yes.");
    CHECK(text_of(world.reply()) == "Yes.");
    world.set_status("w1", "STOPPED");
    world.say("u1", "and now?");
    world.expect_delete("w1");
    const Json create = world.expect_create();
    world.answer_create(create, "w2");
    const Json input = world.input_of("w2");
    const std::string prompt = input["prompt"];
    CHECK(prompt.find("User: hello") != std::string::npos);
    CHECK(prompt.find("You: Yes.") != std::string::npos);
    CHECK(prompt.ends_with("The user writes:\nand now?"));
    CHECK(prompt.find("User: and now?") == std::string::npos);
    world.answer("w2", input, "Back.");
    CHECK(text_of(world.reply()) == "Back.");
    CHECK(world.get("session:u1") == "w2");
}

TEST_CASE("a new worker continues the agent's own session where that is known") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.write([&](control::Transaction&) -> control::Result<void> { return {}; });
    contracts::Connection redis =
        *contracts::Connection::dial(*contracts::RedisAddress::parse(world.redis_url()));
    REQUIRE(redis.command({"SET", "worker:session:w1", R"({"session_id":"s-1"})"}));
    world.set_status("w1", "FAILED");
    world.say("u1", "go on");
    world.expect_delete("w1");
    CHECK(world.expect_create()["context"]["session_id"] == "s-1");
}

namespace {

// Stores a session, as a worker does after a turn.
void tell_session(World& world, const std::string& worker, contracts::Timestamp used) {
    contracts::Connection redis =
        *contracts::Connection::dial(*contracts::RedisAddress::parse(world.redis_url()));
    const Json session{{"session_id", "s-1"}, {"used_at", contracts::format_timestamp(used)}};
    REQUIRE(redis.command({"SET", "worker:session:" + worker, contracts::dump_json(session)}));
}

void forget_session(World& world, const std::string& worker) {
    contracts::Connection redis =
        *contracts::Connection::dial(*contracts::RedisAddress::parse(world.redis_url()));
    REQUIRE(redis.command({"DEL", "worker:session:" + worker}));
}

}  // namespace

TEST_CASE(
    "the agent's session is remembered where Redis has forgotten it, until a talk begins anew") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    tell_session(world, "w1", world.now());
    world.say("u1", "one");
    world.answer("w1", world.input_of("w1"), "1");
    (void)world.reply();
    forget_session(world, "w1");
    world.set_status("w1", "FAILED");
    world.say("u1", "two");
    world.expect_delete("w1");
    const Json create = world.expect_create();
    CHECK(create["context"]["session_id"] == "s-1");
    CHECK(create["config"]["env_vars"]["SESSION_IDLE_SECONDS"] == "86400");
    world.answer_create(create, "w2");
    world.answer("w2", world.input_of("w2"), "2");
    (void)world.reply();

    world.say("u1", "/new");
    (void)world.reply();
    world.expect_delete("w2");
    world.say("u1", "three");
    CHECK_FALSE(world.expect_create()["context"].contains("session_id"));
}

TEST_CASE("what an agent calls its session and cannot be one is not passed on") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    contracts::Connection redis =
        *contracts::Connection::dial(*contracts::RedisAddress::parse(world.redis_url()));
    REQUIRE(redis.command({"SET", "worker:session:w1", R"({"session_id":"s\u0000 \n1"})"}));
    world.set_status("w1", "FAILED");
    world.say("u1", "one");
    world.expect_delete("w1");
    CHECK_FALSE(world.expect_create()["context"].contains("session_id"));
}

TEST_CASE("after a long silence the agent begins a new session, and is told what was said") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    const auto long_ago = world.now() - std::chrono::hours(25);
    tell_session(world, "w1", long_ago);
    world.say("u1", "one");
    const Json input = world.input_of("w1");
    const std::string prompt = input["prompt"];
    CHECK(prompt.find("User: hello") != std::string::npos);
    CHECK(prompt.ends_with("The user writes:\none"));
    tell_session(world, "w1", world.now());
    world.answer("w1", input, "1");
    (void)world.reply();
    world.say("u1", "two");
    CHECK(world.input_of("w1")["prompt"] == "two");
}

TEST_CASE("a session that has idled is not gone on with by the next worker") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    tell_session(world, "w1", world.now() - std::chrono::hours(25));
    world.set_status("w1", "STOPPED");
    world.say("u1", "one");
    world.expect_delete("w1");
    CHECK_FALSE(world.expect_create()["context"].contains("session_id"));
}

TEST_CASE("messages of one user wait for their turn, in order, and the user is told once") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.say("u1", "one");
    const Json first = world.input_of("w1");
    world.say("u1", "two");
    world.say("u1", "three");
    const Json told = world.reply();
    CHECK(told["kind"] == "notice");
    CHECK(has(told, "Your message is next"));
    world.answer("w1", first, "1");
    CHECK(text_of(world.reply()) == "1");
    const Json second = world.input_of("w1");
    CHECK(second["prompt"] == "two");
    world.answer("w1", second, "2");
    CHECK(text_of(world.reply()) == "2");
    const Json third = world.input_of("w1");
    CHECK(third["prompt"] == "three");
    world.answer("w1", third, "3");
    CHECK(text_of(world.reply()) == "3");
    CHECK(world.is_quiet());
}

TEST_CASE("two users at once do not meet, whatever a worker says whose user it is") {
    World world;
    world.add_user("u1");
    world.add_user("u2");
    world.start();
    world.say("u1", "I am one");
    const Json of_one = world.expect_create();
    world.say("u2", "I am two");
    const Json of_two = world.expect_create();
    CHECK(of_two["context"]["user_id"] == "u2");
    world.answer_create(of_two, "w2");
    world.answer_create(of_one, "w1");
    CHECK(world.input_of("w1")["prompt"] == "I am one");
    const Json two = world.input_of("w2");
    CHECK(two["prompt"] == "I am two");
    world.answer("w2", two, "to one?", {{"user_id", "u1"}});
    const Json answer = world.reply();
    CHECK(answer["address"] == "at-u2");
    CHECK(world.conversation("u1") == Texts{"user: I am one"});
}

TEST_CASE("a message that comes twice is answered once, and so is an output") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.say("u1", "again", "same");
    world.say("u1", "again", "same");
    const Json input = world.input_of("w1");
    world.answer("w1", input, "Once.");
    world.answer("w1", input, "Twice.");
    CHECK(text_of(world.reply()) == "Once.");
    world.say("u1", "/help");
    CHECK(has(world.reply(), "/projects"));
    CHECK(world.all("worker:po:w1:input").size() == 2);
    CHECK(world.is_quiet());
}

TEST_CASE("a notice is shown once, and the Product Owner goes on by itself") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.notify("u1", "greeter is done.", "n-1");
    world.notify("u1", "greeter is done.", "n-1");
    const Json shown = world.reply();
    CHECK(shown["kind"] == "notice");
    CHECK(shown["text"] == "greeter is done.");
    const Json input = world.input_of("w1");
    CHECK(
        input["prompt"].get<std::string>().starts_with("Notice: task_completed: greeter is done."));
    world.answer("w1", input, "I put it online.");
    CHECK(text_of(world.reply()) == "I put it online.");
    CHECK(world.is_quiet());
    CHECK(world.conversation("u1").back() == "owner: I put it online.");
}

TEST_CASE("notices that come in a turn are told with the next message") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.say("u1", "one");
    const Json first = world.input_of("w1");
    world.notify("u1", "A is done.", "n-1");
    CHECK(text_of(world.reply()) == "A is done.");
    world.notify("u1", "B is done.", "n-2");
    CHECK(text_of(world.reply()) == "B is done.");
    world.say("u1", "two");
    CHECK(has(world.reply(), "Your message is next"));
    world.answer("w1", first, "1");
    const std::string prompt = world.input_of("w1")["prompt"];
    CHECK(prompt.find("A is done.") < prompt.find("B is done."));
    CHECK(prompt.ends_with("The user writes:\ntwo"));
}

TEST_CASE("turns that nobody asked for end with a question, and a word lets them go on") {
    control::chat::ChatSettings settings = World::quick();
    settings.unasked_turns = 2;
    World world(settings);
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    for (const char* id : {"n-1", "n-2"}) {
        world.notify("u1", id, id);
        CHECK(text_of(world.reply()) == id);
        world.answer("w1", world.input_of("w1"), "Going on.");
        CHECK(text_of(world.reply()) == "Going on.");
    }
    world.notify("u1", "n-3", "n-3");
    Texts told{text_of(world.reply()), text_of(world.reply())};
    std::ranges::sort(told);
    CHECK(told[0].starts_with("Your Product Owner has acted 2 times"));
    CHECK(told[1] == "n-3");
    world.notify("u1", "n-4", "n-4");
    CHECK(text_of(world.reply()) == "n-4");
    world.say("u1", "go on");
    const std::string prompt = world.input_of("w1")["prompt"];
    CHECK(prompt.find("n-3") < prompt.find("n-4"));
    CHECK(prompt.ends_with("go on"));
    CHECK(world.all("worker:po:w1:input").size() == 4);
}

TEST_CASE("admins are told what concerns nobody else, once an hour of a kind") {
    World world;
    world.add_user("u1");
    world.add_user("boss", true);
    world.start();
    world.say("boss", "/help");
    CHECK(has(world.reply(), "/adduser"));
    world.notify("", "server vps-1 does not answer", "n-1", "incident");
    const Json shown = world.reply();
    CHECK(shown["address"] == "at-boss");
    CHECK(shown["text"] == "server vps-1 does not answer");
    world.notify("", "server vps-1 still does not answer", "n-2", "incident");
    world.notify("", "server vps-2 was set up", "n-3", "provisioned");
    CHECK(text_of(world.reply()) == "server vps-2 was set up");
    CHECK(world.all("worker:commands").empty());
}

TEST_CASE(
    "a role that is begun anew in the middle of a turn loses nothing and says nothing twice") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.say("u1", "one");
    const Json input = world.input_of("w1");
    world.say("u1", "two");
    CHECK(has(world.reply(), "Your message is next"));
    world.stop();
    world.answer("w1", input, "Late, but here.");
    world.say("u1", "three");
    world.notify("u1", "greeter is done.", "n-1");
    CHECK(world.is_quiet());
    world.start();
    Texts told{text_of(world.reply()), text_of(world.reply())};
    std::ranges::sort(told);
    CHECK(told == Texts{"Late, but here.", "greeter is done."});
    const Json second = world.input_of("w1");
    CHECK(second["prompt"].get<std::string>().ends_with("two"));
    world.answer("w1", second, "2");
    eventually("the answer", [&] { return !world.is_quiet(); });
    const Json third = world.input_of("w1");
    CHECK(third["prompt"].get<std::string>().ends_with("three"));
    CHECK(world.all("worker:po:w1:input").size() == 4);
}

TEST_CASE("the role survives a Redis that goes and comes back") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.restart_redis();
    world.say("u1", "still there?");
    world.answer("w1", world.input_of("w1"), "Yes.");
    CHECK(text_of(world.reply()) == "Yes.");
}

TEST_CASE("a worker that dies in a turn costs a plain word and no second turn") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.say("u1", "one");
    const Json input = world.input_of("w1");
    world.set_status("w1", "FAILED");
    world.answer("w1", input, "The agent has stopped unexpectedly.",
                 {{"status", "failed"}, {"error", "Worker crashed: killed"}});
    const Json word = world.reply();
    CHECK(word["kind"] == "error");
    CHECK(has(word, "Send your message again"));
    CHECK_FALSE(has(word, "killed"));
    world.say("u1", "one");
    world.expect_delete("w1");
    world.answer_create(world.expect_create(), "w2");
    world.answer("w2", world.input_of("w2"), "1");
    CHECK(text_of(world.reply()) == "1");
    CHECK(world.all("worker:po:w1:input").size() == 2);
}

TEST_CASE("a turn whose worker vanishes without a word ends at once") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.say("u1", "one");
    (void)world.input_of("w1");
    contracts::Connection redis =
        *contracts::Connection::dial(*contracts::RedisAddress::parse(world.redis_url()));
    REQUIRE(redis.command({"DEL", "worker:status:w1", "worker:po:w1:input"}));
    CHECK(has(world.reply(), "was stopped in the middle"));
    world.expect_delete("w1");
    world.say("u1", "two");
    world.answer_create(world.expect_create(), "w2");
    CHECK(world.input_of("w2")["prompt"].get<std::string>().ends_with("two"));
}

TEST_CASE("a create that fails is tried again, and then every message that waits is answered") {
    World world;
    world.add_user("u1");
    world.start();
    world.say("u1", "one", "m-1");
    world.refuse_create(world.expect_create(), "ResourceExhausted: no slot");
    world.say("u1", "two", "m-2");
    CHECK(has(world.reply(), "Your message is next"));
    world.refuse_create(world.expect_create(), "ResourceExhausted: no slot");
    world.refuse_create(world.expect_create(), "ResourceExhausted: no slot");
    for (const char* id : {"c-m-1", "c-m-2"}) {
        const Json word = world.reply();
        CHECK(word["kind"] == "error");
        CHECK(word["correlation_id"] == id);
        CHECK(has(word, "no slot"));
    }
    world.say("u1", "three");
    world.answer_create(world.expect_create(), "w1");
    CHECK(world.input_of("w1")["prompt"].get<std::string>().ends_with("three"));
}

TEST_CASE("a turn that nobody answers ends, and its answer is passed on however late it comes") {
    control::chat::ChatSettings settings = World::quick();
    settings.turn = 1s;
    settings.turn_grace = 0ms;
    World world(settings);
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.say("u1", "one");
    const Json input = world.input_of("w1");
    const Json word = world.reply();
    CHECK(word["kind"] == "error");
    CHECK(has(word, "said nothing"));
    world.expect_delete("w1");
    world.answer("w1", input, "Here I am.");
    CHECK(text_of(world.reply()) == "Here I am.");
    world.answer("w1", {{"request_id", "other"}, {"user_id", "u1"}}, "stopped",
                 {{"status", "error"}});
    world.say("u1", "/help");
    CHECK(has(world.reply(), "/new"));
}

TEST_CASE("what cannot be a message gets a clear word, and the next one is answered") {
    World world;
    world.add_user("u1");
    world.start();
    world.say("u1", "   \n");
    CHECK(has(world.reply(), "empty"));
    world.say("u1", std::string(100'000, 'x'));
    CHECK(has(world.reply(), "97 KiB"));
    world.say("stranger", "let me in");
    const Json refused = world.reply();
    CHECK(refused["kind"] == "error");
    CHECK(refused["address"] == "at-stranger");
    CHECK(has(refused, "stranger"));
    world.send("chat:inbox", {{"text", "no fields"}});
    CHECK(world.next("chat:inbox:dlq")["error_context"]["error"].get<std::string>().find(
              "user_id") != std::string::npos);
    world.say("u1", std::string("a\0b", 3));
    const Json create = world.expect_create();
    world.answer_create(create, "w1");
    const Json input = world.input_of("w1");
    CHECK(input["prompt"] ==
          "a\xef\xbf\xbd"
          "b");
    world.answer("w1", input, std::string("c\0d", 3));
    CHECK(text_of(world.reply()) ==
          "c\xef\xbf\xbd"
          "d");
    CHECK(world.all("worker:commands").size() == 1);
}

TEST_CASE("no more than a line's length waits") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.say("u1", "first");
    (void)world.input_of("w1");
    for (int i = 0; i < 51; ++i)
        world.say("u1", "more");
    CHECK(has(world.reply(), "Your message is next"));
    const Json refused = world.reply();
    CHECK(refused["kind"] == "error");
    CHECK(has(refused, "50 of your messages are already waiting"));
}

TEST_CASE("commands are answered by the chat itself, administrators' to administrators alone") {
    World world;
    world.add_user("u1");
    world.add_user("boss", true);
    world.write([&](control::Transaction& tx) -> control::Result<void> {
        for (const char* id : {"u1", "boss"}) {
            contracts::Project project;
            project.id = std::string("p-") + id;
            project.name = std::string("shop-") + id;
            project.owner_id = id;
            if (auto put = control::projects::insert(tx, project, world.now()); !put) return put;
            contracts::Task task;
            task.id = std::string("t-") + id;
            task.project_id = project.id;
            task.created_at = world.now();
            if (auto put = control::tasks::insert(tx, task); !put) return put;
        }
        return {};
    });
    world.start();
    const auto ask = [&](const char* user, const char* text) {
        world.say(user, text);
        return text_of(world.reply());
    };
    CHECK(ask("u1", "/projects") == "shop-u1: draft (p-u1)");
    CHECK(ask("u1", " /tasks ") == "shop-u1, engineering: queued (t-u1)");
    CHECK(ask("u1", "/servers") == "There are no servers.");
    CHECK(ask("u1", "/help").find("/kill") == std::string::npos);
    CHECK(ask("boss", "/help").find("/kill") != std::string::npos);
    for (const char* command : {"/workers", "/kill w", "/retry t-boss", "/adduser 7"})
        CHECK(ask("u1", command).find("for administrators") != std::string::npos);
    CHECK(ask("boss", "/workers") == "No worker is running.");
    CHECK(ask("boss", "/kill w").find("no worker w") != std::string::npos);
    CHECK(ask("boss", "/retry").find("Name the task") != std::string::npos);
    CHECK(ask("boss", "/retry none").find("no task none") != std::string::npos);
    CHECK(ask("boss", "/retry t-u1").find("is retried") != std::string::npos);
    const Json retry = world.next("graphs:commands");
    CHECK(retry["command"] == "retry");
    CHECK(retry["task_id"] == "t-u1");
    CHECK(ask("boss", "/adduser 77") == "User 77 can write to this chat now.");
    CHECK(ask("boss", "/adduser 77") == "User 77 is a user already.");
    CHECK(ask("boss", "/adduser you").find("a number") != std::string::npos);
    CHECK(world.all("worker:commands").empty());
    world.say("u1", "/usr/bin is missing");
    (void)world.expect_create();
}

TEST_CASE("a new conversation stops the answer under way and forgets what was said") {
    World world;
    world.add_user("u1");
    world.start();
    world.acquaint("u1", "w1");
    world.say("u1", "something long");
    const Json input = world.input_of("w1");
    world.say("u1", "/new");
    CHECK(has(world.reply(), "was stopped"));
    world.expect_delete("w1");
    world.answer("w1", input, "stopped", {{"status", "failed"}});
    CHECK(world.get("session:u1").empty());
    world.say("u1", "afresh");
    world.answer_create(world.expect_create(), "w2");
    CHECK(world.input_of("w2")["prompt"] == "afresh");
    CHECK(world.is_quiet());
}

TEST_CASE("a worker that was made for nobody any more is sent away") {
    World world;
    world.add_user("u1");
    world.start();
    world.say("u1", "one");
    const Json create = world.expect_create();
    world.say("u1", "/new");
    CHECK(has(world.reply(), "new conversation"));
    world.answer_create(create, "w-late");
    // The waiting message causes another create command.
    const Json command = world.next("worker:commands");
    const Json other = world.next("worker:commands");
    const Json& gone = command["command"] == "delete" ? command : other;
    const Json& again = command["command"] == "delete" ? other : command;
    CHECK(gone["worker_id"] == "w-late");
    CHECK(again["command"] == "create");
}

TEST_CASE("progress is one message that is replaced, the answer one of its own") {
    World world;
    world.add_user("u1");
    world.write([&](control::Transaction& tx) -> control::Result<void> {
        contracts::Project project;
        project.id = "p";
        project.name = "greeter";
        project.owner_id = "u1";
        if (auto put = control::projects::insert(tx, project, world.now()); !put) return put;
        contracts::Task task;
        task.id = "t";
        task.project_id = "p";
        task.status = contracts::TaskStatus::running;
        return control::tasks::insert(tx, task);
    });
    world.start();
    world.acquaint("u1", "w1");
    world.say("u1", "one");
    const Json input = world.input_of("w1");
    world.answer("w1", input, "I am looking.", {{"is_final", false}});
    const auto progress = [&](std::string_view text) {
        for (;;) {
            Json shown = world.next(kOutbox);
            if (shown["kind"] == "progress" && shown["text"] == text) return shown;
        }
    };
    const Json first = progress("I am looking.");
    CHECK_FALSE(first.contains("replaces"));
    world.send("task_progress:t", {{"type", "progress"},
                                   {"request_id", "r"},
                                   {"message", "the developer works"},
                                   {"progress_pct", 40}});
    const Json second = progress("greeter: the developer works (40 %)");
    CHECK(second["replaces"] == first["request_id"]);
    world.answer("w1", input, "Found.");
    const Json answer = world.reply();
    CHECK(answer["text"] == "Found.");
    CHECK_FALSE(answer.contains("replaces"));
    world.send("task_progress:t",
               {{"type", "progress"}, {"request_id", "r"}, {"message", "testing"}});
    CHECK_FALSE(progress("greeter: testing").contains("replaces"));
}
