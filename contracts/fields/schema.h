// Message to JSON Schema (2020-12), by the message's field list: what /openapi.json publishes.
#pragma once

#include "contracts/fields/field_list.h"

namespace contracts {

[[nodiscard]] Json schema_of_group(Group& group);

template <class M>
[[nodiscard]] Json schema_of() {
    M message{};
    GroupOf<M> group(message);
    return schema_of_group(group);
}

}  // namespace contracts
