// The $1 $2 … of a statement.
#pragma once

#include "contracts/base/result.h"

namespace control {

// How many values it takes. SQLite counts them by their first appearance: if that is not the order
// of the numbers, the statement is `fatal` here as well.
[[nodiscard]] contracts::Result<std::size_t> count_parameters(std::string_view sql);

}  // namespace control
