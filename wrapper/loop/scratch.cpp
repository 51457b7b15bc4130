#include "wrapper/loop/scratch.h"

namespace wrapper {

std::span<char> scratch() {
    static char buffer[64 << 10];
    return buffer;
}

}  // namespace wrapper
