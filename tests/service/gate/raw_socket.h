// A client of a door that sees every byte as it comes.
#pragma once

#include "tests/support/unix_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gate_tests {

class RawSocket {
public:
    explicit RawSocket(const std::string& path) : fd_(tests::connect_unix(path)) {
        if (!fd_.valid())
            throw std::runtime_error("connect " + path + ": " + std::to_string(errno));
    }

    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0) throw std::runtime_error("send: " + std::to_string(errno));
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    // As much as is taken at once.
    [[nodiscard]] std::size_t send_some(std::string_view bytes) const {
        const ssize_t sent =
            ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent > 0 ? static_cast<std::size_t>(sent) : 0;
    }
    // Whether something can be sent within a moment that is long for a loopback.
    [[nodiscard]] bool takes_more() const {
        pollfd waits{fd_.get(), POLLOUT, 0};
        return ::poll(&waits, 1, 500) == 1;
    }
    // Says that nothing more comes; answers are still read.
    void finish() const { ::shutdown(fd_.get(), SHUT_WR); }

    [[nodiscard]] bool readable() const {
        pollfd now{fd_.get(), POLLIN, 0};
        return ::poll(&now, 1, 0) == 1;
    }
    // Waits for more; false at the end.
    bool receive(std::string& into, std::size_t most = 65536) const {
        pollfd waits{fd_.get(), POLLIN, 0};
        if (::poll(&waits, 1, 20'000) != 1) throw std::runtime_error("nothing came in 20 s");
        std::string bytes(most, '\0');
        const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
        if (got <= 0) return false;
        into.append(bytes, 0, static_cast<std::size_t>(got));
        return true;
    }
    // Until `end` is in it; throws when the far side ends before.
    [[nodiscard]] std::string until(std::string_view end) const {
        std::string all;
        while (all.find(end) == std::string::npos)
            if (!receive(all)) throw std::runtime_error("ended after: " + all);
        return all;
    }
    // One answer of an HTTP server that has a length or comes in chunks.
    [[nodiscard]] std::string answer() const {
        std::string all = until("\r\n\r\n");
        constexpr std::string_view kLength = "Content-Length: ";
        const std::size_t length = all.find(kLength);
        const std::size_t body = all.find("\r\n\r\n") + 4;
        if (length < body) {
            const std::size_t size = std::stoul(all.substr(length + kLength.size()));
            while (all.size() < body + size)
                if (!receive(all)) throw std::runtime_error("ended after: " + all);
            return all;
        }
        while (!all.ends_with("\r\n0\r\n\r\n"))
            if (!receive(all)) throw std::runtime_error("ended after: " + all);
        return all;
    }
    [[nodiscard]] std::string rest() const {
        std::string all;
        while (receive(all)) {
        }
        return all;
    }
    void close() { fd_.reset(); }

private:
    contracts::UniqueFd fd_;
};

}  // namespace gate_tests
