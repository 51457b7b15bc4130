// A server on this machine's loopback that a worker's egress door may lead to: it accepts
// connections and handles each as the test says.
#pragma once

#include "control/http/listening_socket.h"
#include "tests/service/gate/doors.h"

#include <poll.h>
#include <sys/socket.h>

namespace gate_tests {

class FarServer {
public:
    // `serve` runs on a thread of its own for each connection, and owns it.
    explicit FarServer(std::function<void(UniqueFd)> serve)
        : listener_(must(listen_on_tcp("127.0.0.1", 0))), serve_(std::move(serve)) {
        port = bound_port(listener_.get());
        acceptor_ = std::jthread([this](const std::stop_token& stop) { accept(stop); });
    }
    ~FarServer() {
        acceptor_.request_stop();
        ::shutdown(listener_.get(), SHUT_RDWR);
        acceptor_.join();
        connections_.clear();
    }
    FarServer(const FarServer&) = delete;
    FarServer& operator=(const FarServer&) = delete;

    std::uint16_t port = 0;
    std::atomic<int> accepted = 0;

private:
    void accept(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            pollfd waits{listener_.get(), POLLIN, 0};
            ::poll(&waits, 1, -1);
            UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!fd.valid()) continue;
            ++accepted;
            connections_.emplace_back(
                [this, fd = std::make_shared<UniqueFd>(std::move(fd))] { serve_(std::move(*fd)); });
        }
    }

    UniqueFd listener_;
    std::function<void(UniqueFd)> serve_;
    std::vector<std::jthread> connections_;
    std::jthread acceptor_;
};

// Reads until the other side has finished sending.
inline std::string all_of(int fd) {
    std::string all;
    for (char buffer[65536];;) {
        const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0) return all;
        all.append(buffer, static_cast<std::size_t>(got));
    }
}
inline std::string head_of(int fd) {
    std::string head;
    for (char c = 0; !head.ends_with("\r\n\r\n") && ::recv(fd, &c, 1, 0) == 1;)
        head.push_back(c);
    return head;
}
// Returns false if the other side has closed.
inline bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}
// Sends back everything that arrives, and then closes the sending side.
inline void echo(const UniqueFd& fd) {
    for (char buffer[65536];;) {
        const ssize_t got = ::recv(fd.get(), buffer, sizeof buffer, 0);
        if (got <= 0 || !send_all(fd.get(), {buffer, static_cast<std::size_t>(got)})) break;
    }
    ::shutdown(fd.get(), SHUT_WR);
}

}  // namespace gate_tests
