// How the static programs end if the C++ runtime or the C library would throw or print.
#pragma once

#include <unistd.h>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

[[noreturn]] inline void end_with(const char* why) {
    for (const char* part : {"terminating: ", why, "\n"})
        if (::write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
    std::abort();
}
