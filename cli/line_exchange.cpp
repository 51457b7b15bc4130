#include "cli/line_exchange.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cli {

namespace {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Instant;
using contracts::Result;

Error broken(int errno_value, std::string_view what) {
    Error error = contracts::system_error(errno_value, what);
    error.kind = ErrorKind::transient;
    return error;
}

Result<void> wait_for(int fd, short events, Instant deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd ready{fd, events, 0};
        const int count =
            ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (count > 0) return {};
        if (count == 0) return fail(ErrorKind::transient, "did not answer in time");
        if (errno != EINTR) return fail(broken(errno, "poll"));
    }
}

}  // namespace

Result<contracts::UniqueFd> dial_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return fail(ErrorKind::fatal, "the path is longer than a socket path can be",
                    "ORCHESTRATOR_SOCKET");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    contracts::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail(contracts::system_error(errno, "socket"));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        if (errno == EACCES || errno == EPERM)
            return fail(contracts::system_error(errno, "connect"));
        return fail(broken(errno, "connect"));
    }
    return fd;
}

Result<void> send_line(int fd, std::string_view line, Instant deadline) {
    while (!line.empty()) {
        const ssize_t sent = ::send(fd, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            line.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno != EAGAIN) return fail(broken(errno, "send"));
        if (Result<void> ready = wait_for(fd, POLLOUT, deadline); !ready) return ready;
    }
    return {};
}

Result<std::string> receive_line(int fd, std::size_t limit, Instant deadline) {
    std::string line;
    char buffer[16'384];
    for (;;) {
        if (Result<void> ready = wait_for(fd, POLLIN, deadline); !ready) return ready.fault();
        const ssize_t got = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) return fail(broken(errno, "receive"));
        if (got == 0) return fail(ErrorKind::transient, "was closed before it answered");
        const std::string_view piece(buffer, static_cast<std::size_t>(got));
        const std::size_t end = piece.find('\n');
        line.append(piece.substr(0, end));
        if (line.size() > limit) return fail(ErrorKind::fatal, "answered with too long a line");
        if (end == std::string_view::npos) continue;
        if (end + 1 != piece.size()) return fail(ErrorKind::fatal, "answered twice");
        return line;
    }
}

}  // namespace cli
