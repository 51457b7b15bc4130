// Makes sure that descriptors 0 to 2 exist, so that none of them becomes a file or socket of ours,
// which would receive what is printed or logged. For the first line of main. Fails silently:
// without /dev/null they stay closed.
#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace contracts {

inline void open_standard_descriptors() {
    int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO) {
        ::fcntl(fd, F_SETFD, 0);
        fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    }
    if (fd >= 0) ::close(fd);
}

}  // namespace contracts
