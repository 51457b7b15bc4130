// Bytes on the agent's socket of a worker that allows nothing: each line is refused in order, and
// the next caller is still served.
#include "wrapper/wall/agent_door.h"
#include "contracts/fields/read.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_directory.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>

using contracts::UniqueFd;
using fuzz::require;
using wrapper::AgentDoor;

namespace {

class House {
public:
    House() { require(door_.open().has_value(), "the door opens"); }

    UniqueFd call() {
        UniqueFd caller(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.data(), path_.size());
        require(::connect(caller.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
                "the door takes a caller");
        return caller;
    }
    void turn() {
        poll_.begin();
        poll_.wake_at(clock_.instant());
        door_.watch(poll_);
        poll_.wait(clock_);
        door_.step(poll_);
    }

private:
    wrapper::DoorSettings settings() {
        wrapper::DoorSettings settings;
        settings.path = path_;
        settings.agent_uid = ::geteuid();
        return settings;
    }

    tests::TemporaryDirectory directory_;
    std::string path_ = directory_ / "agent.sock";
    contracts::SystemClock clock_;
    AgentDoor door_{settings(), clock_,
                    contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                                   contracts::LogLevel::error, contracts::LogFormat::json, "fuzz")};
    wrapper::PollSet poll_;
};

void check_answer(std::string_view line) {
    const auto reply = contracts::parse_message<contracts::AgentReply>(line);
    require(reply.has_value(), "an answer is what the protocol says");
    require(!reply->ok && reply->fault && !reply->fault->message.empty(),
            "nothing is allowed here");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static House house;
    const UniqueFd caller = house.call();
    const std::string_view bytes = fuzz::text_of(data, size);
    const auto asked = std::ranges::count(bytes, '\n');
    const std::size_t piece = 1 + size / 3;
    std::size_t sent = 0;
    std::string answers;
    // Accepting takes a turn, reading a piece another, and in the worst case each line one more.
    const auto most = asked + 16;
    for (std::ptrdiff_t turn = 0; turn < most; ++turn) {
        if (turn > 4 && std::ranges::count(answers, '\n') >= asked) break;
        if (sent < size) {
            const std::string_view part = bytes.substr(sent, piece);
            const ssize_t count =
                ::send(caller.get(), part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            sent += count > 0 ? static_cast<std::size_t>(count) : 0;
        }
        house.turn();
        char read[64 << 10];
        const ssize_t got = ::recv(caller.get(), read, sizeof read, MSG_DONTWAIT);
        if (got > 0) answers.append(read, static_cast<std::size_t>(got));
    }
    require(std::ranges::count(answers, '\n') == asked, "each line has one answer");
    std::string_view rest = answers;
    while (!rest.empty())
        check_answer(fuzz::take_until(rest, '\n'));
    return 0;
}
