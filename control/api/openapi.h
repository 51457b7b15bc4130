// The description of the API that it serves itself, OpenAPI 3.1, written from the routes' table.
#pragma once

#include "contracts/base/json.h"

namespace control {

[[nodiscard]] contracts::Json openapi();

}  // namespace control
