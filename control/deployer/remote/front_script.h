// front.py, as it was when this program was built.
#pragma once

#include <string_view>

namespace control::deployer {

[[nodiscard]] std::string_view front_script();

}  // namespace control::deployer
