#include "control/daemon/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstddef>
#include <cstring>

namespace control {

namespace {

contracts::Environment told(const std::string& socket) {
    return contracts::Environment([socket](const std::string& name) {
        return name == "NOTIFY_SOCKET" ? std::optional(socket) : std::nullopt;
    });
}

// The datagram socket through which systemd hears from its services.
struct Manager {
    contracts::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    std::string name = "@orchestratord-test-" + std::to_string(::getpid());

    Manager() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
        REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                       static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0);
    }
    std::string received() const {
        std::array<char, 512> bytes{};
        const ssize_t count = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
        return count < 0 ? "nothing" : std::string(bytes.data(), static_cast<std::size_t>(count));
    }
};

}  // namespace

TEST_CASE("a service manager is told of the start, of life and of the end") {
    const Manager systemd;
    const ServiceManager manager(told(systemd.name));
    REQUIRE(manager.is_there());
    manager.serving("http://127.0.0.1:8080");
    CHECK(systemd.received() == "READY=1\nSTATUS=serving at http://127.0.0.1:8080");
    manager.alive();
    CHECK(systemd.received() == "WATCHDOG=1");
    manager.stopping();
    CHECK(systemd.received().starts_with("STOPPING=1\n"));
    CHECK(systemd.received() == "nothing");
}

TEST_CASE("a service manager that takes nothing stops nobody") {
    const Manager systemd;
    const ServiceManager manager(told(systemd.name));
    for (int i = 0; i < 10'000; ++i)
        manager.alive();
    CHECK(systemd.received() == "WATCHDOG=1");
}

TEST_CASE("without a service manager nothing is told") {
    for (const char* socket : {"relative/path", "@", "/does/not/exist", "vsock:2:1234"}) {
        const ServiceManager manager(told(socket));
        CHECK_FALSE(manager.is_there());
        manager.serving("");
    }
    CHECK_FALSE(ServiceManager(told(std::string(200, 'x').insert(0, "/"))).is_there());
}

}  // namespace control
