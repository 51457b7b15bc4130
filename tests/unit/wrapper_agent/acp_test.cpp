#include "wrapper/agent/acp.h"

#include <catch2/catch_test_macros.hpp>

#include <deque>

using namespace wrapper;
using contracts::Json;

namespace {

// Plays the agent in a conversation: reads what it is sent, and answers.
class Talk {
public:
    explicit Talk(bool resume = false)
        : runner_(RunnerSettings{.command = {"an-agent", "--acp"}}),
          command_(runner_.begin(Turn{"the prompt", "s-1", resume, "/workspace", {}})) {
        hear(command_.input);
    }
    [[nodiscard]] const AgentCommand& command() const { return command_; }
    [[nodiscard]] AcpRunner& runner() { return runner_; }

    // The next message to the agent; null: there is none.
    Json next() {
        hear(runner_.take_words());
        if (heard_.empty()) return nullptr;
        Json message = heard_.front();
        heard_.pop_front();
        return message;
    }
    void say(Json message) {
        message["jsonrpc"] = "2.0";
        runner_.output(message.dump() + "\n");
    }
    void answer(const Json& request, Json result) {
        say({{"id", request["id"]}, {"result", std::move(result)}});
    }
    void fail(const Json& request, int code, const std::string& message) {
        say({{"id", request["id"]}, {"error", {{"code", code}, {"message", message}}}});
    }
    void update(Json update) {
        say({{"method", "session/update"},
             {"params", {{"sessionId", "s-1"}, {"update", std::move(update)}}}});
    }
    void words(const std::string& text) {
        update({{"sessionUpdate", "agent_message_chunk"},
                {"content", {{"type", "text"}, {"text", text}}}});
    }
    // Completes the opening; returns the request with the prompt.
    Json open(Json abilities = Json::object()) {
        answer(next(), {{"protocolVersion", 1}, {"agentCapabilities", std::move(abilities)}});
        answer(next(), {{"sessionId", "s-1"}});
        return next();
    }

private:
    void hear(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            REQUIRE(end != std::string_view::npos);
            heard_.push_back(Json::parse(bytes.substr(0, end)));
            CHECK(heard_.back()["jsonrpc"] == "2.0");
            bytes.remove_prefix(end + 1);
        }
    }

    AcpRunner runner_;
    AgentCommand command_;
    std::deque<Json> heard_;
};

}  // namespace

TEST_CASE("a turn goes from initialize over a new session to the answer of the prompt") {
    Talk talk;
    CHECK(talk.command().argv == std::vector<std::string>{"an-agent", "--acp"});
    CHECK(talk.command().converses);
    const Json initialize = talk.next();
    CHECK(initialize["method"] == "initialize");
    CHECK(initialize["params"]["protocolVersion"] == 1);
    CHECK(initialize["params"]["clientCapabilities"]["fs"]["readTextFile"] == false);
    CHECK(initialize["params"]["clientCapabilities"]["terminal"] == false);
    talk.answer(initialize, {{"protocolVersion", 1}});
    const Json session = talk.next();
    CHECK(session["method"] == "session/new");
    CHECK(session["params"] == Json{{"cwd", "/workspace"}, {"mcpServers", Json::array()}});
    talk.answer(session, {{"sessionId", "s-1"}});
    const Json prompt = talk.next();
    CHECK(prompt["method"] == "session/prompt");
    CHECK(prompt["params"]["prompt"][0] == Json{{"type", "text"}, {"text", "the prompt"}});
    talk.words("I will. ");
    talk.update({{"sessionUpdate", "tool_call"}, {"title", "make test"}, {"kind", "execute"}});
    const auto progress = talk.runner().progress();
    REQUIRE(progress);
    CHECK(progress->message == "execute: make test");
    talk.words("Do");
    talk.words("ne.");
    CHECK(!talk.runner().has_answer());
    talk.answer(prompt, {{"stopReason", "end_turn"},
                         {"usage", {{"totalTokens", 3}, {"inputTokens", 1}, {"outputTokens", 2}}}});
    CHECK(talk.runner().has_answer());
    const Report report = talk.runner().report();
    CHECK(report.text == "Done.");
    CHECK(report.complete);
    CHECK(report.session_id == "s-1");
    CHECK(report.usage == Json{{"input_tokens", 1}, {"output_tokens", 2}});
    CHECK(!report.session_replaced);
}

TEST_CASE("a session is loaded where the agent can, and its history is no answer") {
    Talk talk(true);
    talk.answer(talk.next(),
                {{"protocolVersion", 1}, {"agentCapabilities", {{"loadSession", true}}}});
    const Json load = talk.next();
    CHECK(load["method"] == "session/load");
    CHECK(load["params"]["sessionId"] == "s-1");
    talk.words("said long ago");
    talk.answer(load, nullptr);
    const Json prompt = talk.next();
    CHECK(prompt["params"]["sessionId"] == "s-1");
    talk.words("new");
    talk.answer(prompt, {{"stopReason", "end_turn"}});
    CHECK(talk.runner().has_sessions());
    const Report report = talk.runner().report();
    CHECK(report.text == "new");
    CHECK(report.session_id == "s-1");
}

TEST_CASE("a session that cannot be loaded is replaced by a new one, once") {
    Talk talk(true);
    talk.answer(talk.next(),
                {{"protocolVersion", 1},
                 {"agentCapabilities", {{"sessionCapabilities", {{"resume", Json::object()}}}}}});
    const Json resume = talk.next();
    CHECK(resume["method"] == "session/resume");
    talk.fail(resume, -32002, "Resource not found");
    const Json fresh = talk.next();
    CHECK(fresh["method"] == "session/new");
    talk.answer(fresh, {{"sessionId", "s-2"}});
    CHECK(talk.next()["params"]["sessionId"] == "s-2");
    CHECK(talk.runner().report().session_replaced);
}

TEST_CASE("an agent that keeps no sessions begins anew and is not asked to resume again") {
    Talk talk(true);
    talk.answer(talk.next(), {{"protocolVersion", 1}});
    CHECK(talk.next()["method"] == "session/new");
    CHECK(!talk.runner().has_sessions());
}

TEST_CASE("permissions are given, anything else that an agent asks for is not offered") {
    Talk talk;
    (void)talk.open();
    const auto ask = [&talk](const std::string& method, Json params) {
        talk.say({{"id", "r-1"}, {"method", method}, {"params", std::move(params)}});
        return talk.next();
    };
    const Json options = {{{"optionId", "n"}, {"kind", "reject_once"}},
                          {{"optionId", "a"}, {"kind", "allow_always"}},
                          {{"optionId", "o"}, {"kind", "allow_once"}}};
    Json given = ask("session/request_permission", {{"options", options}});
    CHECK(given["id"] == "r-1");
    CHECK(given["result"]["outcome"] == Json{{"outcome", "selected"}, {"optionId", "o"}});
    given = ask("session/request_permission", {{"options", {options[0], options[1]}}});
    CHECK(given["result"]["outcome"]["optionId"] == "a");
    given = ask("session/request_permission", {{"options", {options[0]}}});
    CHECK(given["result"]["outcome"] == Json{{"outcome", "cancelled"}});
    for (const char* method : {"fs/read_text_file", "terminal/create", "anything"})
        CHECK(ask(method, Json::object())["error"]["code"] == -32601);
    talk.say({{"method", "some/notification"}});
    CHECK(talk.next().is_null());
}

TEST_CASE("how the turn stopped is its outcome") {
    const std::pair<const char*, const char*> reasons[] = {
        {"max_tokens", "max_tokens"}, {"max_turn_requests", "limit of"},
        {"refusal", "refused"},       {"cancelled", "cancelled"},
        {"bored", "unknown"},         {"", "unknown"}};
    for (const auto& [reason, said] : reasons) {
        CAPTURE(reason);
        Talk talk;
        const Json prompt = talk.open();
        talk.words("half");
        talk.answer(prompt, {{"stopReason", reason}});
        const Report report = talk.runner().report();
        CHECK(!report.text);
        CHECK(report.error.find(said) != std::string::npos);
    }
}

TEST_CASE("an error ends the turn and is told whole") {
    Talk talk;
    const Json prompt = talk.open();
    talk.say({{"id", prompt["id"]},
              {"error",
               {{"code", -32603},
                {"message", "Internal error"},
                {"data", {{"details", "401 from the model"}}}}}});
    CHECK(talk.runner().has_answer());
    CHECK(talk.runner().report().error ==
          "the agent answers with an error: Internal error: {\"details\":\"401 from the model\"} "
          "(code -32603)");
    Talk closed;
    closed.answer(closed.next(), {{"protocolVersion", 1}});
    closed.fail(closed.next(), -32000, "Authentication required");
    CHECK(closed.runner().report().error.find("Authentication required") != std::string::npos);
    Talk newer;
    newer.answer(newer.next(), {{"protocolVersion", 2}});
    CHECK(newer.runner().report().error.find("version 2") != std::string::npos);
    Talk nameless;
    nameless.answer(nameless.next(), {{"protocolVersion", 1}});
    nameless.answer(nameless.next(), Json::object());
    CHECK(nameless.runner().report().error.find("did not name it") != std::string::npos);
}

TEST_CASE("what is no message of the protocol is passed over") {
    Talk talk;
    const Json prompt = talk.open();
    for (const char* junk : {"Listening...", "{", "[]", "{\"jsonrpc\":\"2.0\"}",
                             R"({"jsonrpc":"2.0","id":77,"result":{"stopReason":"end_turn"}})",
                             R"({"jsonrpc":"2.0","method":3,"id":[1]})",
                             R"({"jsonrpc":"2.0","method":"session/update","params":[]})",
                             R"({"jsonrpc":"2.0","method":"session/update"})"})
        talk.runner().output(std::string(junk) + "\n");
    CHECK(!talk.runner().has_answer());
    CHECK(talk.next().is_null());
    talk.words("still here");
    talk.answer(prompt, {{"stopReason", "end_turn"}});
    CHECK(talk.runner().report().text == "still here");
}

TEST_CASE("what an agent says behind its answer is read until it has gone") {
    Talk talk;
    const Json prompt = talk.open();
    talk.words("Half, ");
    talk.answer(prompt, {{"stopReason", "end_turn"}});
    CHECK(talk.runner().has_answer());
    talk.words("and the rest");
    talk.say({{"id", "q-1"}, {"method", "fs/read_text_file"}, {"params", Json::object()}});
    CHECK(talk.next().is_null());
    talk.words(".");
    CHECK(talk.runner().report().text == "Half, and the rest.");
    // There as well, words after a tool call start a new text.
    Talk late;
    const Json asked = late.open();
    late.words("I will.");
    late.update({{"sessionUpdate", "tool_call"}, {"title", "make"}, {"kind", "execute"}});
    late.answer(asked, {{"stopReason", "end_turn"}});
    late.words("Done.");
    CHECK(late.runner().report().text == "Done.");
    // They do not turn a failed turn into a success.
    Talk refused;
    const Json last = refused.open();
    refused.answer(last, {{"stopReason", "refusal"}});
    refused.words("Done.");
    CHECK(!refused.runner().report().text);
}

TEST_CASE("an agent that ends before it answered has not answered") {
    Talk talk;
    (void)talk.open();
    talk.words("half");
    const Report report = talk.runner().report();
    CHECK(!report.text);
    CHECK(!report.complete);
    CHECK(report.output_tail.find("half") != std::string::npos);
}

TEST_CASE("a message or an answer beyond all measure ends the turn, and says so") {
    Talk loud;
    (void)loud.open();
    loud.runner().output(std::string((4 << 20) + 1, 'x'));
    CHECK(loud.runner().has_answer());
    CHECK(loud.runner().report().error == "the agent sent a message of more than 4 MiB");
    Talk endless;
    (void)endless.open();
    for (int i = 0; i < 17; ++i)
        endless.words(std::string(64 << 10, 'y'));
    CHECK(endless.runner().has_answer());
    CHECK(endless.runner().report().error == "the agent's answer is longer than 1 MiB");
}

TEST_CASE("an agent that asks on and on is answered within bounds") {
    Talk talk;
    (void)talk.open();
    const std::string question =
        Json{{"jsonrpc", "2.0"}, {"id", std::string(64 << 10, 'i')}, {"method", "more"}}.dump();
    std::size_t told = 0;
    for (int i = 0; i < 200; ++i) {
        talk.runner().output(question + "\n");
        told += talk.runner().take_words().size();
    }
    CHECK(told > (4 << 20) - (64 << 10));
    CHECK(told < (4 << 20) + (128 << 10));
}

TEST_CASE("a plan's entry that is under way is the step") {
    Talk talk;
    (void)talk.open();
    talk.update({{"sessionUpdate", "plan"},
                 {"entries",
                  {{{"content", "read"}, {"status", "completed"}},
                   {{"content", "write"}, {"status", "in_progress"}}}}});
    const auto progress = talk.runner().progress();
    REQUIRE(progress);
    CHECK(progress->message == "plan: write");
    talk.update({{"sessionUpdate", "usage_update"},
                 {"used", 5},
                 {"size", 10},
                 {"cost", {{"amount", 0.5}, {"currency", "USD"}}}});
    CHECK(talk.runner().report().session_cost_usd == 0.5);
}

TEST_CASE("a session that no later turn could name is used and not remembered") {
    for (const std::string& id :
         {std::string("a b"), std::string(1 << 16, 'x'), std::string("-s")}) {
        Talk talk;
        talk.answer(talk.next(), {{"protocolVersion", 1}});
        talk.answer(talk.next(), {{"sessionId", id}});
        const Json prompt = talk.next();
        CHECK(prompt["params"]["sessionId"] == id);
        talk.words("done");
        talk.answer(prompt, {{"stopReason", "end_turn"}});
        const Report report = talk.runner().report();
        CHECK(report.text == "done");
        CHECK(report.session_id.empty());
    }
}
