// A client of a door that shows every byte as it arrives.
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

    // Sends as much as the socket accepts at once; returns the number of bytes.
    [[nodiscard]] std::size_t send_some(std::string_view bytes) const {
        const ssize_t sent =
            ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent > 0 ? static_cast<std::size_t>(sent) : 0;
    }
    // Whether something can be sent within a time that is long for a loopback.
    [[nodiscard]] bool takes_more() const {
        pollfd waits{fd_.get(), POLLOUT, 0};
        return ::poll(&waits, 1, 500) == 1;
    }
    // Closes the sending side; answers can still be read.
    void finish() const { ::shutdown(fd_.get(), SHUT_WR); }

    [[nodiscard]] bool readable() const {
        pollfd now{fd_.get(), POLLIN, 0};
        return ::poll(&now, 1, 0) == 1;
    }
    // Waits for more bytes; false at the end of the stream.
    bool receive(std::string& into, std::size_t most = 65536) const {
        pollfd waits{fd_.get(), POLLIN, 0};
        if (::poll(&waits, 1, 20'000) != 1) throw std::runtime_error("nothing came in 20 s");
        std::string bytes(most, '\0');
        const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
        if (got <= 0) return false;
        into.append(bytes, 0, static_cast<std::size_t>(got));
        return true;
    }
    // Reads until `end` has come; throws if the other side closes before that.
    [[nodiscard]] std::string until(std::string_view end) const {
        std::string all;
        while (all.find(end) == std::string::npos)
            if (!receive(all)) throw std::runtime_error("ended after: " + all);
        return all;
    }
    // Reads one HTTP response that has a length or is chunked.
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
