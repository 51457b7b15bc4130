#include "wrapper/wall/relay.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

using namespace wrapper;
using contracts::UniqueFd;
using tests::TemporaryDirectory;

namespace {

contracts::Log quiet() {
    return contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                          contracts::LogLevel::error, contracts::LogFormat::json, "test");
}

UniqueFd listen_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ::unlink(path.c_str());
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd.get(), 128) == 0);
    return fd;
}

UniqueFd call(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return fd;
}

class Clockwork {
public:
    explicit Clockwork(const std::string& directory)
        : relays(directory, RelayPorts::any, clock, quiet()) {}

    void turn() {
        poll.begin();
        poll.wake_at(clock.instant() + std::chrono::milliseconds{20});
        relays.watch(poll);
        poll.wait(clock);
        relays.step(poll);
    }
    void turn_until(const std::function<bool()>& done) {
        const contracts::Instant limit = clock.instant() + tests::kPatience * 3;
        while (!done()) {
            REQUIRE(clock.instant() < limit);
            turn();
        }
    }
    UniqueFd accepted(const UniqueFd& listener) {
        UniqueFd fd;
        turn_until([&] {
            fd.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
            return fd.valid();
        });
        return fd;
    }
    std::string received(const UniqueFd& fd, std::size_t size) {
        std::string got;
        turn_until([&] {
            char bytes[4096];
            ssize_t count = 0;
            while ((count = ::recv(fd.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
                got.append(bytes, static_cast<std::size_t>(count));
            return got.size() >= size || count == 0;
        });
        return got;
    }

    contracts::SystemClock clock;
    Relays relays;
    PollSet poll;
};

}  // namespace

TEST_CASE("a door is offered only where its socket is, and later when it comes") {
    const TemporaryDirectory directory;
    Clockwork work(directory.text());
    CHECK(work.relays.open().model == 0);
    const UniqueFd model = listen_at(directory / "model.sock");
    const RelayedPorts ports = work.relays.open();
    CHECK(ports.model != 0);
    CHECK(ports.git == 0);
    CHECK(work.relays.open().model == ports.model);
}

TEST_CASE("bytes go both ways, and an end is passed on while the other way goes on") {
    const TemporaryDirectory directory;
    const UniqueFd model = listen_at(directory / "model.sock");
    Clockwork work(directory.text());
    const UniqueFd near = call(work.relays.open().model);
    const UniqueFd far = work.accepted(model);
    REQUIRE(::send(near.get(), "ask", 3, 0) == 3);
    CHECK(work.received(far, 3) == "ask");
    ::shutdown(near.get(), SHUT_WR);
    work.turn_until([&] {
        char byte = 0;
        return ::recv(far.get(), &byte, 1, MSG_DONTWAIT) == 0;
    });
    REQUIRE(::send(far.get(), "answer", 6, MSG_NOSIGNAL) == 6);
    CHECK(work.received(near, 6) == "answer");
    ::shutdown(far.get(), SHUT_WR);
    work.turn_until([&] { return work.relays.connections() == 0; });
}

TEST_CASE("more than any buffer holds goes through in order") {
    const TemporaryDirectory directory;
    const UniqueFd model = listen_at(directory / "model.sock");
    Clockwork work(directory.text());
    const UniqueFd near = call(work.relays.open().model);
    const UniqueFd far = work.accepted(model);
    constexpr std::size_t kTotal = 24 << 20;
    std::size_t sent = 0;
    std::size_t got = 0;
    bool right = true;
    work.turn_until([&] {
        char bytes[65521];
        for (std::size_t i = 0; i < sizeof bytes; ++i)
            bytes[i] = static_cast<char>((sent + i) % 251);
        if (sent < kTotal) {
            const ssize_t count = ::send(near.get(), bytes, std::min(sizeof bytes, kTotal - sent),
                                         MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count > 0) sent += static_cast<std::size_t>(count);
        }
        // The reader is slower than the writer.
        const ssize_t count = ::recv(far.get(), bytes, 50'000, MSG_DONTWAIT);
        for (ssize_t i = 0; i < count; ++i)
            right =
                right && bytes[i] == static_cast<char>((got + static_cast<std::size_t>(i)) % 251);
        if (count > 0) got += static_cast<std::size_t>(count);
        return got == kTotal;
    });
    CHECK(right);
}

TEST_CASE("a connection that comes while the daemon is away is held until it is back") {
    const TemporaryDirectory directory;
    UniqueFd model = listen_at(directory / "model.sock");
    Clockwork work(directory.text());
    const std::uint16_t port = work.relays.open().model;
    model.reset();
    ::unlink((directory / "model.sock").c_str());
    const UniqueFd near = call(port);
    REQUIRE(::send(near.get(), "ask", 3, 0) == 3);
    for (int i = 0; i < 10; ++i)
        work.turn();
    CHECK(work.relays.connections() == 1);
    model = listen_at(directory / "model.sock");
    const UniqueFd far = work.accepted(model);
    CHECK(work.received(far, 3) == "ask");
}

TEST_CASE("callers beyond the limit wait in the port's queue") {
    const TemporaryDirectory directory;
    UniqueFd model = listen_at(directory / "model.sock");
    Clockwork work(directory.text());
    const std::uint16_t port = work.relays.open().model;
    std::vector<UniqueFd> callers;
    for (std::size_t i = 0; i < kMostRelayed + 20; ++i) {
        callers.push_back(call(port));
        work.turn();
        CHECK(work.relays.connections() == std::min(i + 1, kMostRelayed));
    }
    callers.clear();
    model.reset();
    ::unlink((directory / "model.sock").c_str());
    work.turn_until([&] { return work.relays.connections() <= 20; });
}
