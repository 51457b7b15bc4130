// The part of JSON Schema that our schemas use: type, enum, required, properties, items, bounds,
// pattern.
#pragma once

#include "contracts/base/json.h"

#include <string>

namespace tests {

// Empty: the document is as the schema says; else the first fault. Throws on a keyword it does not
// know.
[[nodiscard]] std::string schema_fault(const contracts::Json& schema,
                                       const contracts::Json& document);

}  // namespace tests
