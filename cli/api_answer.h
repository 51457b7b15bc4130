// Translates an HTTP answer of the API into a result or an error.
#pragma once

#include "cli/destination.h"

namespace cli {

// `body` is null if the answer had none. A status of 400 or more becomes an Error of its kind, with
// the text of the problem document.
[[nodiscard]] contracts::Result<ApiAnswer> read_answer(std::int64_t status, contracts::Json body,
                                                       std::string_view link);

// The `cursor` of a Link header's rel="next"; empty: no further page.
[[nodiscard]] std::string next_cursor(std::string_view link);

// Percent-encodes a part of a path or a query.
[[nodiscard]] std::string encoded(std::string_view text);

}  // namespace cli
