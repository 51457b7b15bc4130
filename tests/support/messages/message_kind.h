// A type-erased kind of message, so that a test can iterate over all of them.
#pragma once

#include "contracts/fields/read.h"
#include "contracts/fields/schema.h"
#include "tests/support/generated_message.h"

#include <functional>
#include <string>
#include <vector>

namespace tests {

struct MessageKind {
    std::string name;
    std::function<contracts::Json(Random&)> generate;
    // Reads a message and returns its JSON.
    std::function<contracts::Result<contracts::Json>(std::string_view)> read;
    // Reads a message and returns the text that we would send for it.
    std::function<std::string(std::string_view)> rewrite;
    contracts::Json schema;
    std::vector<ListedField> fields;
};

// The time at which the entry was written, if `read` can know it.
inline constexpr contracts::Timestamp kEntryTime{std::chrono::milliseconds(1'768'046'400'123)};

template <class M>
[[nodiscard]] MessageKind kind_of(std::string name) {
    return {std::move(name),
            [](Random& random) { return contracts::write_message(generate_message<M>(random)); },
            [](std::string_view text) -> contracts::Result<contracts::Json> {
                contracts::Result<M> message = contracts::parse_message<M>(text, {kEntryTime});
                if (!message) return contracts::fail(std::move(message.error()));
                return contracts::write_message(*message);
            },
            [](std::string_view text) {
                return contracts::format_message(*contracts::parse_message<M>(text, {kEntryTime}));
            },
            contracts::schema_of<M>(),
            fields_of<M>()};
}

// The value at a field's path in a document; null if the value or one of its parents is
// missing.
inline contracts::Json* find_field(contracts::Json& document, const ListedField& field) {
    contracts::Json* at = &document;
    for (const std::string& part : field.path) {
        if (!at->is_object() || !at->contains(part)) return nullptr;
        at = &(*at)[part];
    }
    return at;
}

// Removes the field; returns false if it was not there.
inline bool erase_field(contracts::Json& document, const ListedField& field) {
    ListedField parent = field;
    parent.path.pop_back();
    contracts::Json* holder = find_field(document, parent);
    return holder != nullptr && holder->is_object() && holder->erase(field.path.back()) > 0;
}

}  // namespace tests
