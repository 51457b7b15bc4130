// Whether a request already has its output, according to the output stream: an answer that an older
// worker or another program published has no worker:answered key. Reads one page of the stream at a
// time, from the request's own entry on, because no answer is older than its request.
#pragma once

#include "contracts/streams/connection.h"

namespace contracts {

// The most pages that are read for one request.
inline constexpr int kMostAnswerPages = 64;

// The question for one page that begins at `from`, an entry's id or the `look_on` of the last page.
[[nodiscard]] OwnedCommand look_for_answer(std::string_view output_stream, std::string_view from);

struct GivenAnswer {
    bool found = false;
    std::string look_on{};  // where the next page begins, if this one is full; empty: the end
};
// A key that is not a stream, or cannot be read, has no answer.
[[nodiscard]] GivenAnswer find_answer(std::string_view request_id, ReplyView page);

}  // namespace contracts
