#include "contracts/streams/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace contracts {

namespace {

std::unexpected<Error> unreachable(const RedisAddress& address, int errno_value) {
    return fail(ErrorKind::transient,
                "cannot reach Redis at " + address.display() + ": " + std::strerror(errno_value),
                "REDIS_URL");
}

int wait_connected(int fd, Instant deadline) {
    pollfd ready{fd, POLLOUT, 0};
    int count = 0;
    do
        count = ::poll(&ready, 1, poll_wait(deadline));
    while (count < 0 && errno == EINTR);
    if (count == 0) return ETIMEDOUT;
    int fault = 0;
    socklen_t size = sizeof fault;
    if (count < 0 || ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size) != 0) return errno;
    return fault;
}

// Returns 0 or an errno. A unix socket whose backlog is full answers EAGAIN and cannot be polled:
// we try again until the deadline.
int connect_by(int fd, const sockaddr* to, socklen_t size, Instant deadline) {
    for (;;) {
        if (::connect(fd, to, size) == 0 || errno == EISCONN) return 0;
        if (errno == EINPROGRESS || errno == EALREADY) return wait_connected(fd, deadline);
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return errno;
        if (poll_wait(deadline) == 0) return ETIMEDOUT;
        ::poll(nullptr, 0, 1);
    }
}

Result<UniqueFd> connect_unix(const RedisAddress& address, Instant deadline) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (address.path.size() >= sizeof to.sun_path)
        return fail(
            ErrorKind::invalid,
            "socket path is longer than " + std::to_string(sizeof to.sun_path - 1) + " bytes",
            "REDIS_URL", "use a shorter directory");
    std::memcpy(to.sun_path, address.path.data(), address.path.size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return unreachable(address, errno);
    const int fault = connect_by(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to, deadline);
    if (fault != 0) return unreachable(address, fault);
    return fd;
}

void set_option(int fd, int level, int name, int value) {
    // Each is a refinement; a kernel without it still has a working socket.
    (void)::setsockopt(fd, level, name, &value, sizeof value);
}

void watch_far_side(int fd) {
    constexpr int kIdle = 15;
    constexpr int kInterval = 5;
    constexpr int kProbes = 3;
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kIdle);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kInterval);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
               static_cast<int>(std::chrono::milliseconds(kSilence).count()));
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

Result<UniqueFd> connect_tcp(const RedisAddress& address, Instant deadline) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int resolved =
        ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
    if (resolved != 0)
        return fail(
            ErrorKind::transient,
            "cannot resolve the host of " + address.display() + ": " + ::gai_strerror(resolved),
            "REDIS_URL");
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
    int fault = EADDRNOTAVAIL;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        UniqueFd fd(::socket(one->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        fault = fd.valid() ? connect_by(fd.get(), one->ai_addr, one->ai_addrlen, deadline) : errno;
        if (fault != 0) continue;
        watch_far_side(fd.get());
        return fd;
    }
    return unreachable(address, fault);
}

}  // namespace

int poll_wait(Instant deadline) {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp(left, milliseconds(0), milliseconds(86'400'000)).count());
}

Result<UniqueFd> connect_socket(const RedisAddress& address, Instant deadline) {
    return address.host.empty() ? connect_unix(address, deadline) : connect_tcp(address, deadline);
}

}  // namespace contracts
