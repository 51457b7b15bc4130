// What holds for every message, whatever its fields; each is a Catch2 test's body.
#pragma once

#include "tests/support/messages/message_kind.h"

#include <catch2/catch_test_macros.hpp>

namespace tests {

// Valid messages read back as they were written.
void check_round_trip(const MessageKind& kind);
// Each required field, left out or null, is named; each other one may be absent.
void check_absent_fields(const MessageKind& kind);
// Each field with a value of the wrong type, an unknown choice or outside of its bounds is named.
void check_wrong_values(const MessageKind& kind);
// An unknown field changes nothing, at any depth.
void check_unknown_fields(const MessageKind& kind);
// Every mutation of the bytes ends in a message that reads back, or in an error that says why.
void check_mutations(const MessageKind& kind);
// The published schema accepts what is written and refuses what the reader refuses.
void check_schema(const MessageKind& kind);

// A message that a reader must refuse, and the field to blame; none where the text is no JSON.
struct BadMessage {
    std::string text;
    std::string field;
};
// `least` of them or a few more, the same in every run: messages that lack a required field, have
// one wrong value, or are cut off.
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
