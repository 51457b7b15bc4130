#include "raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace control {

namespace {

constexpr int kPatienceMs = 20'000;

void dial(int fd, const sockaddr* address, socklen_t size) {
    if (::connect(fd, address, size) != 0)
        throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
}

}  // namespace

RawClient::RawClient(const std::string& unix_path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
    dial(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

RawClient::RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    dial(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

bool RawClient::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void RawClient::shut_sending() const {
    ::shutdown(fd_.get(), SHUT_WR);
}

bool RawClient::fill() {
    pollfd waits{fd_.get(), POLLIN, 0};
    if (::poll(&waits, 1, kPatienceMs) != 1) throw std::runtime_error("no answer");
    char bytes[65536];
    const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    pending_.append(bytes, static_cast<std::size_t>(got));
    return true;
}

std::string RawClient::receive() {
    std::size_t end = std::string::npos;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) return {};
    end += 4;
    const std::size_t length = pending_.substr(0, end).find("Content-Length: ");
    if (length != std::string::npos) end += std::stoul(pending_.substr(length + 16));
    while (pending_.size() < end)
        if (!fill()) return {};
    std::string answer = pending_.substr(0, end);
    pending_.erase(0, end);
    return answer;
}

std::string RawClient::receive_to(std::string_view mark) {
    std::size_t found = std::string::npos;
    while ((found = pending_.find(mark)) == std::string::npos)
        if (!fill()) return std::exchange(pending_, {});
    std::string text = pending_.substr(0, found + mark.size());
    pending_.erase(0, text.size());
    return text;
}

bool RawClient::hung_up(int limit_ms) const {
    pollfd waits{fd_.get(), POLLIN, 0};
    char byte = 0;
    return ::poll(&waits, 1, limit_ms) == 1 && ::recv(fd_.get(), &byte, 1, 0) <= 0;
}

}  // namespace control
