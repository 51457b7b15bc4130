// The demo's agents: shell scripts that are built into the program.
#pragma once

#include <string_view>

namespace control::demo {

[[nodiscard]] std::string_view product_owner_script();
[[nodiscard]] std::string_view developer_script();

}  // namespace control::demo
