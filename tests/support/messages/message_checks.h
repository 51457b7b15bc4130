// Checks that hold for every message, whatever its fields; each is the body of a Catch2 test.
#pragma once

#include "tests/support/messages/message_kind.h"

#include <catch2/catch_test_macros.hpp>

namespace tests {

// Valid messages read back as they were written.
void check_round_trip(const MessageKind& kind);
// A missing or null required field is named in the error; every other field may be absent.
void check_absent_fields(const MessageKind& kind);
// A field with a wrong type, an unknown choice or a value out of bounds is named in the error.
void check_wrong_values(const MessageKind& kind);
// Unknown fields are ignored, at any depth.
void check_unknown_fields(const MessageKind& kind);
// Every mutation of the bytes yields a message that reads back, or an error with a reason.
void check_mutations(const MessageKind& kind);
// The published schema accepts what we write and rejects what the reader rejects.
void check_schema(const MessageKind& kind);

// A message that a reader must refuse, and the field at fault; no field if it is not JSON.
struct BadMessage {
    std::string text;
    std::string field;
};
// At least `least` invalid messages, the same in every run: each lacks a required field, has one
// wrong value, or is cut off.
[[nodiscard]] std::vector<BadMessage> bad_messages(const MessageKind& kind, std::size_t least);

inline void check_message(const MessageKind& kind) {
    INFO(kind.name);
    check_round_trip(kind);
    check_absent_fields(kind);
    check_wrong_values(kind);
    check_unknown_fields(kind);
    check_mutations(kind);
    check_schema(kind);
}

}  // namespace tests
