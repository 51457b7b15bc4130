// Every way in which a line on the agent's socket can be wrong: the error names the field, and
// nothing is sent to the API or the bus.
#include "contracts/fields/read.h"
#include "contracts/messages/engineering.h"
#include "tests/support/messages/message_checks.h"
#include "tests/support/temporary_directory.h"
#include "wrapper/wall/agent_door.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

using namespace wrapper;
using contracts::Json;
using contracts::UniqueFd;

namespace {

constexpr std::size_t kCases = 1200;

UniqueFd stream_socket(int flags) {
    return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

// A fake server that only records whether it was called.
class Listener {
public:
    explicit Listener(const std::string& path) {
        const sockaddr_un address = address_of(path);
        REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                0);
        REQUIRE(::listen(fd_.get(), 1) == 0);
    }
    [[nodiscard]] bool was_called() const {
        return UniqueFd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)).valid();
    }

private:
    UniqueFd fd_ = stream_socket(SOCK_NONBLOCK);
};

// A worker that allows everything, with one client.
class Worker {
public:
    Worker() {
        REQUIRE(door_.open());
        const sockaddr_un address = address_of(directory_ / "agent.sock");
        REQUIRE(::connect(caller_.get(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0);
    }
    void say(const std::string& line) {
        REQUIRE(::send(caller_.get(), (line + "\n").data(), line.size() + 1, MSG_DONTWAIT) ==
                static_cast<ssize_t>(line.size() + 1));
    }
    contracts::AgentFault refusal_of(const std::string& line) {
        say(line);
        std::string answer;
        for (int turns = 0; turns < 100 && !answer.ends_with('\n'); ++turns) {
            turn();
            char bytes[64 << 10];
            const ssize_t got = ::recv(caller_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
            if (got > 0) answer.append(bytes, static_cast<std::size_t>(got));
        }
        CAPTURE(line, answer);
        const auto reply = contracts::parse_message<contracts::AgentReply>(answer);
        REQUIRE(reply);
        REQUIRE_FALSE(reply->ok);
        REQUIRE(reply->fault);
        return *reply->fault;
    }
    void turn() {
        poll_.begin();
        poll_.wake_at(clock_.instant() + std::chrono::milliseconds(1));
        door_.watch(poll_);
        poll_.wait(clock_);
        door_.step(poll_);
    }

private:
    DoorSettings settings() {
        DoorSettings settings;
        settings.path = directory_ / "agent.sock";
        settings.agent_uid = ::geteuid();
        settings.allowed = *contracts::AllowedCommands::parse("*");
        settings.user_id = "u-1";
        settings.redis.path = directory_ / "bus.sock";
        settings.api_url = "unix://" + directory_ / "api.sock";
        return settings;
    }

    tests::TemporaryDirectory directory_;
    contracts::SystemClock clock_;
    AgentDoor door_{settings(), clock_,
                    contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                                   contracts::LogLevel::error, contracts::LogFormat::json, "test")};
    PollSet poll_;
    UniqueFd caller_ = stream_socket(0);

public:
    Listener api{directory_ / "api.sock"};
    Listener bus{directory_ / "bus.sock"};
};

}  // namespace

TEST_CASE("a bad request is refused, its field named and nothing forwarded, in a thousand ways") {
    Worker worker;
    const auto kind = tests::kind_of<contracts::AgentRequest>("AgentRequest");
    for (const tests::BadMessage& bad : tests::bad_messages(kind, kCases)) {
        const contracts::AgentFault fault = worker.refusal_of(bad.text);
        CAPTURE(bad.text, bad.field);
        REQUIRE(fault.error == to_text(contracts::ErrorKind::invalid));
        REQUIRE(fault.field.value_or("") == bad.field);
    }
    CHECK_FALSE(worker.api.was_called());
    CHECK_FALSE(worker.bus.was_called());
}

TEST_CASE("a bad message in a good request is refused by its path, in a thousand ways") {
    Worker worker;
    const auto kind = tests::kind_of<contracts::EngineeringMessage>("EngineeringMessage");
    std::size_t cases = 0;
    for (const tests::BadMessage& bad : tests::bad_messages(kind, 2 * kCases)) {
        if (bad.field.empty()) continue;
        const Json request = {{"command", "engineering.start"},
                              {"action", "publish"},
                              {"stream", "engineering:queue"},
                              {"message", Json::parse(bad.text)}};
        const contracts::AgentFault fault = worker.refusal_of(request.dump());
        CAPTURE(bad.text, bad.field);
        REQUIRE(fault.error == to_text(contracts::ErrorKind::invalid));
        REQUIRE(fault.field.value_or("") == "message." + bad.field);
        ++cases;
    }
    CHECK(cases > 1000);
    CHECK_FALSE(worker.api.was_called());
    CHECK_FALSE(worker.bus.was_called());
}

TEST_CASE("a good request is forwarded, so that nothing forwarded means something") {
    Worker worker;
    worker.say(
        R"({"command":"project.list","action":"api","method":"GET","path":"/api/projects"})");
    bool called = false;
    for (int turns = 0; turns < 100 && !called; ++turns) {
        worker.turn();
        called = worker.api.was_called();
    }
    CHECK(called);
    CHECK_FALSE(worker.bus.was_called());
}
