// One kind of message without its type, so that a test can go through all of them.
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
    // Reads, and writes what was read.
    std::function<contracts::Result<contracts::Json>(std::string_view)> read;
    // The same as the text that goes out.
    std::function<std::string(std::string_view)> rewrite;
    contracts::Json schema;
    std::vector<ListedField> fields;
};

// When the entry was written, as far as `read` knows.
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

// The value at a field's path inside its document; null when it, or something on the way, is not
// there.
inline contracts::Json* find_field(contracts::Json& document, const ListedField& field) {
    contracts::Json* at = &document;
    for (const std::string& part : field.path) {
        if (!at->is_object() || !at->contains(part)) return nullptr;
        at = &(*at)[part];
    }
    return at;
}

// Takes the field out; false when it was not there.
inline bool erase_field(contracts::Json& document, const ListedField& field) {
    ListedField parent = field;
    parent.path.pop_back();
    contracts::Json* holder = find_field(document, parent);
    return holder != nullptr && holder->is_object() && holder->erase(field.path.back()) > 0;
}

}  // namespace tests
