// Sockets that listen, as plain descriptors: non-blocking, closed on exec.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <cstdint>
#include <string>

namespace control {

// `address` is numeric. A port in use is `conflict` and names it.
[[nodiscard]] contracts::Result<contracts::UniqueFd> listen_on_tcp(const std::string& address,
                                                                   std::uint16_t port);
[[nodiscard]] std::uint16_t bound_port(int fd);

// Replaces an existing socket at `path`; any other file there is `conflict`. The socket has mode
// 0600 from the beginning. Paths longer than a socket address can hold are supported.
[[nodiscard]] contracts::Result<contracts::UniqueFd> listen_on_unix(const std::string& path);

// The file that a socket was bound to, so that closing it removes this file and not a later one
// with the same name.
struct SocketFile {
    std::string path;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
};
[[nodiscard]] SocketFile socket_file(const std::string& path);
void remove_socket_file(const SocketFile& file);

}  // namespace control
