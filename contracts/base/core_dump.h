// For programs whose memory has secrets in it.
#pragma once

#include <sys/resource.h>

namespace contracts {

// Of this process and its children. One byte: neither a file nor a program that the kernel would
// start for it (a limit of 0 does not stop the latter).
inline void leave_no_core() {
    const rlimit one_byte{1, 1};
    (void)::setrlimit(RLIMIT_CORE, &one_byte);
}

}  // namespace contracts
