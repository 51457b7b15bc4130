#include "control/http/listening_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <cerrno>
#include <cstring>
#include <memory>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::UniqueFd;

namespace {

constexpr int kFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

Result<UniqueFd> bind_and_listen(UniqueFd fd, const sockaddr* address, socklen_t size,
                                 const std::string& name) {
    if (::bind(fd.get(), address, size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
        return fail(contracts::system_error(errno, "listen on " + name));
    return fd;
}

// If the path does not fit into an address, the descriptor of its directory replaces it.
Result<sockaddr_un> unix_address(const std::string& path, UniqueFd& directory) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string name = path;
    if (name.size() >= sizeof address.sun_path) {
        const std::size_t slash = path.rfind('/');
        const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
        directory = UniqueFd(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!directory.valid()) return fail(contracts::system_error(errno, "open " + parent));
        name = "/proc/self/fd/" + std::to_string(directory.get()) + "/" + path.substr(slash + 1);
    }
    if (name.size() >= sizeof address.sun_path)
        return fail(ErrorKind::invalid, "the file name is too long for a socket: " + path);
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    return address;
}

}  // namespace

Result<UniqueFd> listen_on_tcp(const std::string& address, std::uint16_t port) {
    addrinfo wanted{};
    wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0)
        return fail(ErrorKind::invalid, "\"" + address + "\" is not a numeric address", "address",
                    "write 127.0.0.1, 0.0.0.0 or ::1");
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
    UniqueFd fd(::socket(found->ai_family, kFlags, 0));
    if (!fd.valid()) return fail(contracts::system_error(errno, "socket"));
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // accepted ones inherit it
    return bind_and_listen(std::move(fd), found->ai_addr, found->ai_addrlen,
                           address + " port " + std::to_string(port));
}

std::uint16_t bound_port(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    if (address.ss_family == AF_INET)
        return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    return 0;
}

Result<UniqueFd> listen_on_unix(const std::string& path) {
    struct stat there{};
    if (::lstat(path.c_str(), &there) == 0) {
        if (!S_ISSOCK(there.st_mode))
            return fail(ErrorKind::conflict, path + " exists and is not a socket", {},
                        "move it away");
        ::unlink(path.c_str());
    }
    UniqueFd directory;
    Result<sockaddr_un> address = unix_address(path, directory);
    if (!address) return address.fault();
    UniqueFd fd(::socket(AF_UNIX, kFlags, 0));
    if (!fd.valid()) return fail(contracts::system_error(errno, "socket"));
    // Before bind, so that nobody finds the file with a wider mode.
    if (::fchmod(fd.get(), 0600) != 0)
        return fail(contracts::system_error(errno, "fchmod " + path));
    return bind_and_listen(std::move(fd), reinterpret_cast<const sockaddr*>(&*address),
                           sizeof *address, path);
}

SocketFile socket_file(const std::string& path) {
    struct stat there{};
    if (::lstat(path.c_str(), &there) != 0) return {};
    return {path, there.st_dev, there.st_ino};
}

void remove_socket_file(const SocketFile& file) {
    if (file.path.empty()) return;
    const SocketFile there = socket_file(file.path);
    if (there.device == file.device && there.inode == file.inode) ::unlink(file.path.c_str());
}

}  // namespace control
