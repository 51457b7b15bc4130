#include "control/deployer/local/probe.h"

#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <charconv>

namespace control::deployer {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::UniqueFd;

namespace {

// "HTTP/1.1 200"
constexpr std::size_t kStatusLine = 12;

// Reads until the status is complete, the connection ends or the time is up.
std::string read_start(int fd, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::string text;
    while (text.size() < kStatusLine) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd ready{fd, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0) break;
        char buffer[512];
        const ssize_t size = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (size <= 0) break;
        text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
}

}  // namespace

Result<int> ask_status(UniqueFd connection, const std::string& path, std::uint16_t port,
                       std::chrono::milliseconds limit) {
    const std::string request = "GET " + path +
                                " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                                "\r\nUser-Agent: orchestrator-health\r\nAccept: */*\r\n"
                                "Connection: close\r\n\r\n";
    if (::send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
        return fail(ErrorKind::upstream, "closed the connection at once");
    const std::string answer = read_start(connection.get(), limit);
    int status = 0;
    if (answer.size() >= kStatusLine && answer.starts_with("HTTP/1."))
        std::from_chars(answer.data() + 9, answer.data() + kStatusLine, status);
    if (status >= 100) return status;
    return fail(ErrorKind::upstream,
                answer.empty() ? "gave no answer to GET " + path + " within " +
                                     std::to_string(limit.count() / 1000) + " s"
                               : "answered GET " + path + " with something that is not HTTP");
}

}  // namespace control::deployer
