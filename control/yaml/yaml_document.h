// One YAML document as JSON: maps and lists keep their structure, every scalar becomes its text.
// Everything that yaml_events.h refuses is refused here as well, and a key without a value gets an
// empty text. Failure: `invalid`, prefixed with line and column. Thread: any.
#pragma once

#include "contracts/base/json.h"

#include <string_view>

namespace control {

[[nodiscard]] contracts::Result<contracts::Json> read_yaml_document(std::string_view text);

}  // namespace control
