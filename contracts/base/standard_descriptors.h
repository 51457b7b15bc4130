// Descriptors 0 to 2 exist, so that no file or socket of ours is taken for one of them: what is
// printed or logged would be written into it. For the first line of main. Fails silently: where
// /dev/null is missing they stay closed.
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
