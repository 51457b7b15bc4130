// Message to JSON, by the message's field list. Absent optional fields are left out.
#pragma once

#include "contracts/fields/field_list.h"

namespace contracts {

// Takes the texts and documents out of it.
[[nodiscard]] Json write_group(Group& group);

// By value, because they are taken: move a message that is not needed again.
template <class M>
[[nodiscard]] Json write_message(M message) {
    GroupOf<M> group(message);
    return write_group(group);
}

template <class M>
[[nodiscard]] std::string format_message(M message) {
    return dump_json(write_message(std::move(message)));
}

}  // namespace contracts
