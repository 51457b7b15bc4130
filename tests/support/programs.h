// The programs that a suite starts.
#pragma once

#include <string>

namespace tests {

// The directory of the programs: this build's, or the one that ORCH_TEST_PROGRAMS names.
[[nodiscard]] std::string program_directory();

// The path of one program.
[[nodiscard]] std::string program(const std::string& name);

}  // namespace tests
