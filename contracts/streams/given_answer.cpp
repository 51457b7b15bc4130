#include "contracts/streams/given_answer.h"

#include "contracts/base/json.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/words.h"

namespace contracts {

namespace {

// Outputs may be large.
constexpr std::string_view kOutputsAtOnce = "16";
constexpr std::size_t kOutputsOfPage = 16;

}  // namespace

OwnedCommand look_for_answer(std::string_view output_stream, std::string_view from) {
    return words({"XRANGE", output_stream, from, "+", "COUNT", kOutputsAtOnce});
}

GivenAnswer find_answer(std::string_view request_id, ReplyView page) {
    GivenAnswer given;
    Entries entries;
    read_entries({}, page, entries);
    for (const Entry& entry : entries.present) {
        const Result<Json> output = parse_json(entry.data);
        if (output && output->is_object() && text_at(*output, "request_id") == request_id)
            given.found = true;
    }
    if (page.size() == kOutputsOfPage)
        given.look_on.append("(").append(page[kOutputsOfPage - 1][0].text());
    return given;
}

}  // namespace contracts
