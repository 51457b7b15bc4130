// Values that our databases cannot store.
#pragma once

#include "control/store/database.h"

namespace control {

// A text must be UTF-8 without the character U+0000, which PostgreSQL cannot hold; else `invalid`,
// with the number of the value.
[[nodiscard]] Result<void> check_values(const std::vector<Value>& values);

}  // namespace control
