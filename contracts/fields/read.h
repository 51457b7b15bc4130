// JSON to message, by the message's field list.
#pragma once

#include "contracts/base/result.h"
#include "contracts/fields/field_list.h"

namespace contracts {

// The defaults for fields that older writers leave out.
struct ReadContext {
    Timestamp entry_time{};  // the time in the stream entry's id
};

// Fails with kind `invalid`; `field` is the path of the first fault ("config.modules[2]"), the
// message names them all. Unknown fields are ignored. On failure the group is left half read:
// discard it.
[[nodiscard]] Result<void> read_group(const Json& document, Group& group,
                                      const ReadContext& context);

template <class M>
[[nodiscard]] Result<M> read_message(const Json& document, const ReadContext& context = {}) {
    Result<M> message;
    GroupOf<M> group(*message);
    if (Result<void> read = read_group(document, group, context); !read) return read.fault();
    return message;
}

template <class M>
[[nodiscard]] Result<M> parse_message(std::string_view text, const ReadContext& context = {}) {
    Result<Json> document = parse_json(text);
    if (!document) return document.fault();
    return read_message<M>(*document, context);
}

}  // namespace contracts
