// Message to JSON, by the message's field list. Absent optional fields are left out.
#pragma once

#include "contracts/fields/field_list.h"

namespace contracts {

[[nodiscard]] Json write_group(Group& group);

template <class M>
[[nodiscard]] Json write_message(const M& message) {
    struct Whole final : Group {
        M& message;
        explicit Whole(M& whole) : message(whole) {}
        void visit(FieldList& fields) override { visit_fields(message, fields); }
    };
    M copy = message;  // a field list may touch its members, the caller's message stays as it is
    Whole whole(copy);
    return write_group(whole);
}

template <class M>
[[nodiscard]] std::string format_message(const M& message) {
    return dump_json(write_message(message));
}

}  // namespace contracts
