// For programs with secrets in their memory.
#pragma once

#include <sys/resource.h>

namespace contracts {

// For this process and its children. A limit of one byte: the kernel then neither writes a file nor
// starts a program for the dump (a limit of 0 does not prevent the latter).
inline void leave_no_core() {
    const rlimit one_byte{1, 1};
    (void)::setrlimit(RLIMIT_CORE, &one_byte);
}

}  // namespace contracts
