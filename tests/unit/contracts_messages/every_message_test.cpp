#include "tests/support/messages/every_message.h"
#include "tests/support/messages/message_checks.h"

using namespace tests;

namespace {

template <class Check>
void each(Check check) {
    for (const MessageKind& kind : every_message()) {
        INFO(kind.name);
        check(kind);
    }
}

}  // namespace

TEST_CASE("every message reads back as it was written") {
    each(check_round_trip);
}

TEST_CASE("a required field that is missing or null is named, every other may be absent") {
    each(check_absent_fields);
}

TEST_CASE("a wrong type, an unknown choice or a value out of bounds is named") {
    each(check_wrong_values);
}

TEST_CASE("fields that a reader does not know change nothing") {
    each(check_unknown_fields);
}

TEST_CASE("a thousand mutations of each message end in a message or in an error that says why") {
    each(check_mutations);
}

TEST_CASE("the published schema says what the reader does") {
    each(check_schema);
}
