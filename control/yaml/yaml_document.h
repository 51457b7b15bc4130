// One YAML document as JSON: maps and lists as they stand, every scalar as its text. What
// yaml_events.h refuses is refused here as well, and a key without a value is an empty text.
// Failure: `invalid`, with line and column in front. Thread: any.
#pragma once

#include "contracts/base/json.h"

#include <string_view>

namespace control {

[[nodiscard]] contracts::Result<contracts::Json> read_yaml_document(std::string_view text);

}  // namespace control
