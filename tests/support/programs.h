// The programs that a suite starts.
#pragma once

#include <string>

namespace tests {

// The directory they lie in: this build's, or that of another build which ORCH_TEST_PROGRAMS names.
[[nodiscard]] std::string program_directory();

// The path of one of them.
[[nodiscard]] std::string program(const std::string& name);

}  // namespace tests
