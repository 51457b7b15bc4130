// Message to JSON, by the message's field list. Absent optional fields are left out.
#pragma once

#include "contracts/fields/field_list.h"

namespace contracts {

// Both move the texts and documents out of it. The text is one line, as dump_json writes it.
[[nodiscard]] Json write_group(Group& group);
[[nodiscard]] std::string format_group(Group& group);

// By value, because the content is moved out: move a message that is not needed again.
template <class M>
[[nodiscard]] Json write_message(M message) {
    GroupOf<M> group(message);
    return write_group(group);
}

template <class M>
[[nodiscard]] std::string format_message(M message) {
    GroupOf<M> group(message);
    return format_group(group);
}

}  // namespace contracts
