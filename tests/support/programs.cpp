#include "tests/support/programs.h"

#include <cstdlib>

namespace tests {

std::string program_directory() {
    const char* named = std::getenv("ORCH_TEST_PROGRAMS");
    return named != nullptr && *named != '\0' ? named : ORCH_BIN_DIR;
}

std::string program(const std::string& name) {
    return program_directory() + '/' + name;
}

}  // namespace tests
