// Clears optional fields of a message, by its field list.
#pragma once

#include "contracts/fields/field_list.h"

#include <set>

namespace contracts {

using FieldNames = std::set<std::string, std::less<>>;

// Returns the names of the message's optional fields. Those in `names` are empty afterwards; other
// fields are not changed.
FieldNames clear_fields_of_group(Group& group, const FieldNames& names);

template <class M>
void clear_fields(M& message, const FieldNames& names) {
    GroupOf<M> group(message);
    clear_fields_of_group(group, names);
}

// The fields that `clear_fields` can clear.
template <class M>
[[nodiscard]] FieldNames optional_fields() {
    M message{};
    GroupOf<M> group(message);
    return clear_fields_of_group(group, {});
}

}  // namespace contracts
