#include "tests/support/unix_socket.h"

#include "contracts/base/result.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <cerrno>
#include <stdexcept>

namespace tests {

using contracts::UniqueFd;

namespace {

[[noreturn]] void give_up(const std::string& what) {
    throw std::runtime_error(contracts::system_error(errno, what).describe());
}

UniqueFd unix_socket() {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.valid()) give_up("socket");
    return fd;
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

}  // namespace

UniqueFd listen_unix(const std::string& path, int backlog) {
    UniqueFd fd = unix_socket();
    const sockaddr_un address = address_of(path);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd.get(), backlog) != 0)
        give_up("listen at " + path);
    return fd;
}

UniqueFd connect_unix(const std::string& path) {
    UniqueFd fd = unix_socket();
    const sockaddr_un address = address_of(path);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return fd;
    const int reason = errno;
    fd.reset();
    errno = reason;
    return fd;
}

}  // namespace tests
