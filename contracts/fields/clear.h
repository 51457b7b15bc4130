// Taking fields away from a message, by its field list: those that it may be without.
#pragma once

#include "contracts/fields/field_list.h"

#include <set>

namespace contracts {

using FieldNames = std::set<std::string, std::less<>>;

// The names of the message's optional fields. Those of `names` are empty afterwards; what else is
// named there stays.
FieldNames clear_fields_of_group(Group& group, const FieldNames& names);

template <class M>
void clear_fields(M& message, const FieldNames& names) {
    GroupOf<M> group(message);
    clear_fields_of_group(group, names);
}

// What `clear_fields` can take away.
template <class M>
[[nodiscard]] FieldNames optional_fields() {
    M message{};
    GroupOf<M> group(message);
    return clear_fields_of_group(group, {});
}

}  // namespace contracts
