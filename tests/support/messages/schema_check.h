// The part of JSON Schema that our schemas use: type, enum, required, properties, items, bounds,
// pattern.
#pragma once

#include "contracts/base/json.h"

#include <string>

namespace tests {

// Returns the first violation of the schema, or nothing if the document conforms. Throws on an
// unknown keyword.
[[nodiscard]] std::string schema_fault(const contracts::Json& schema,
                                       const contracts::Json& document);

}  // namespace tests
