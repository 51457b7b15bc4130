#include "wrapper/wall/agent_door.h"
#include "wrapper/wall/agent_environment.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temporary_directory.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

using namespace wrapper;
using contracts::Json;

namespace {

const Json kTaskMessage = {
    {"version", "1"},      {"request_id", "r-1"},        {"task_id", "t-1"},
    {"project_id", "p-1"}, {"user_id", "somebody-else"}, {"callback_stream", "worker:commands"},
    {"extra", 1}};

contracts::UniqueFd connected(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    contracts::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return fd;
}

contracts::Result<std::string> checked(std::string_view stream, const Json& message) {
    return checked_message(stream, message, "u-1", contracts::SystemClock().now());
}

}  // namespace

TEST_CASE(
    "a message of the agent is from its worker's user, calls nobody back, has no more fields") {
    const auto text = checked("engineering:queue", kTaskMessage);
    REQUIRE(text);
    const Json message = Json::parse(*text);
    CHECK(message["user_id"] == "u-1");
    CHECK(message["task_id"] == "t-1");
    CHECK(!message.contains("callback_stream"));
    CHECK(!message.contains("extra"));
    CHECK(message.contains("timestamp"));
}

TEST_CASE("a message that breaks its contract is refused with the field's path") {
    Json message = kTaskMessage;
    message.erase("task_id");
    CHECK(checked("deploy:queue", message).error().field == "message.task_id");
    message = kTaskMessage;
    message["command"] = "explode";
    CHECK(checked("graphs:commands", message).error().field == "message.command");
    CHECK(checked("worker:commands", kTaskMessage).error().kind ==
          contracts::ErrorKind::permission);
}

TEST_CASE("an agent may cancel a task, in a sentence, and command nothing else of its graph") {
    Json message = kTaskMessage;
    message["command"] = "cancel";
    message["text"] = "no longer wanted";
    CHECK(checked("graphs:commands", message));
    message["text"] = std::string(4096, 'x');
    CHECK(checked("graphs:commands", message).error().field == "message.text");
    message.erase("text");
    for (const char* command : {"pause", "resume", "retry", "answer"}) {
        message["command"] = command;
        CHECK(checked("graphs:commands", message).error().kind == contracts::ErrorKind::permission);
    }
}

TEST_CASE("a caller that does not read its answers is not listened to, and then hears them all") {
    const tests::TemporaryDirectory directory;
    const contracts::SystemClock clock;
    DoorSettings settings;
    settings.path = directory / "agent.sock";
    settings.agent_uid = ::geteuid();
    AgentDoor door(settings, clock,
                   contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                                  contracts::LogLevel::error, contracts::LogFormat::json, "test"));
    REQUIRE(door.open());
    const contracts::UniqueFd caller = connected(settings.path);
    PollSet poll;
    const auto turn = [&] {
        poll.begin();
        poll.wake_at(clock.instant() + std::chrono::milliseconds(1));
        door.watch(poll);
        poll.wait(clock);
        door.step(poll);
    };
    const std::string lines(64 << 10, '\n');
    std::size_t asked = 0;
    int refused = 0;  // consecutive turns in which not a byte was accepted
    while (refused < 20) {
        const ssize_t sent = ::send(caller.get(), lines.data(), lines.size(), MSG_DONTWAIT);
        refused = sent > 0 ? 0 : refused + 1;
        asked += sent > 0 ? static_cast<std::size_t>(sent) : 0;
        REQUIRE(asked < (4 << 20));
        turn();
    }
    std::size_t answered = 0;
    while (answered < asked) {
        char bytes[64 << 10];
        const ssize_t got = ::recv(caller.get(), bytes, sizeof bytes, MSG_DONTWAIT);
        for (ssize_t i = 0; i < got; ++i)
            answered += bytes[i] == '\n';
        REQUIRE(got != 0);
        turn();
    }
    CHECK(answered == asked);
}

TEST_CASE("an API's answer is read in each of its forms") {
    const auto whole = [](std::string_view bytes, bool ended) {
        auto answer = read_answer(bytes, ended);
        REQUIRE(answer.has_value());
        REQUIRE(answer->has_value());
        return **answer;
    };
    CHECK(whole("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", false).status == 201);
    CHECK(whole("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nLink: <x>; rel=\"next\"\r\n\r\n", false)
              .link == "<x>; rel=\"next\"");
    CHECK(whole("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                "chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n",
                false)
              .body == "abcde");
    CHECK(whole("HTTP/1.0 200 OK\r\n\r\nuntil the end", true).body == "until the end");
    CHECK(whole("HTTP/1.1 204 No Content\r\n\r\n", false).status == 204);
}

TEST_CASE("an API's answer that is cut, too large or no HTTP is an error, never a hang") {
    const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for (std::size_t size = 0; size < good.size(); ++size) {
        CHECK(!read_answer(good.substr(0, size), false).has_value());
        const auto ended = read_answer(good.substr(0, size), true);
        REQUIRE(ended.has_value());
        CHECK(!ended->has_value());
    }
    for (const char* bad : {"SSH-2.0\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 100 Go\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        const auto answer = read_answer(bad, false);
        REQUIRE(answer.has_value());
        CHECK(!answer->has_value());
    }
}

TEST_CASE("with a way to the outside the agent's programs learn of it, each by its variable") {
    AgentEnvironment environment;
    add_relays(environment, RelayedPorts{7080, 0, 0});
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"})
        CHECK(environment.find(name) == "http://127.0.0.1:7080");
    CHECK(environment.find("NO_PROXY") == "127.0.0.1,localhost");
    CHECK(environment.find("no_proxy") == "127.0.0.1,localhost");
    CHECK(environment.find("NODE_USE_ENV_PROXY") == "1");
    CHECK(environment.find("JAVA_TOOL_OPTIONS") ==
          "-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=7080 "
          "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=7080");
    CHECK(environment.find("GIT_CONFIG_COUNT").empty());
}

TEST_CASE("the agent learns its ways out by its environment") {
    AgentEnvironment environment;
    environment.set("A=1");
    environment.set("A", "2");
    environment.set("AB", "3");
    add_relays(environment, RelayedPorts{0, 7081, 7082});
    const std::vector<std::string> entries = environment.take();
    const auto has = [&](const std::string& entry) {
        return std::find(entries.begin(), entries.end(), entry) != entries.end();
    };
    CHECK(has("A=2"));
    CHECK(!has("A=1"));
    CHECK(has("AB=3"));
    CHECK(has("ANTHROPIC_BASE_URL=http://127.0.0.1:7081"));
    CHECK(has("GIT_CONFIG_KEY_0=url.http://127.0.0.1:7082/.insteadOf"));
    CHECK(has("GIT_CONFIG_VALUE_0=http://forge.worker/"));
    CHECK(has("NO_PROXY=127.0.0.1,localhost"));
    for (const std::string& entry : entries)
        CHECK(!entry.starts_with("HTTPS_PROXY"));
}
