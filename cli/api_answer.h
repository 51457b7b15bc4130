// Translates an HTTP answer of the API into a result or an error.
#pragma once

#include "cli/destination.h"

namespace cli {

// `body` is null when the answer had none. An answer of 400 and above becomes an Error of its kind,
// with the words of its problem document.
[[nodiscard]] contracts::Result<ApiAnswer> read_answer(std::int64_t status, contracts::Json body,
                                                       std::string_view link);

// The `cursor` of a Link header's rel="next"; empty: no further page.
[[nodiscard]] std::string next_cursor(std::string_view link);

// A query's or a path's part, percent-encoded.
[[nodiscard]] std::string encoded(std::string_view text);

}  // namespace cli
