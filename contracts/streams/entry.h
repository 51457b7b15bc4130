// One entry of a stream, and the forms in which Redis returns entries.
#pragma once

#include "contracts/fields/read.h"
#include "contracts/streams/reply.h"

#include <string>
#include <vector>

namespace contracts {

struct Entry {
    std::string stream;
    std::string id;
    std::string data;             // the value of the field `data`; empty when the entry has none
    std::string raw;              // every field and value as one JSON object when `data` is missing
    std::int64_t deliveries = 1;  // how often it has been delivered, including this time

    // The time in the id.
    [[nodiscard]] Timestamp time() const;
    [[nodiscard]] ReadContext context() const { return ReadContext{time()}; }
};

// Fails as parse_message; an entry without `data` fails with the field "data".
[[nodiscard]] Result<void> check_has_data(const Entry& entry);
template <class M>
[[nodiscard]] Result<M> parse_entry(const Entry& entry) {
    if (auto checked = check_has_data(entry); !checked) return checked.fault();
    return parse_message<M>(entry.data, entry.context());
}

// The result of a read or a claim. `trimmed`: ids (of `stream`) that were pending but are no longer
// in the stream.
struct Entries {
    std::vector<Entry> present;
    std::vector<std::string> trimmed;
};

// [[id, [field, value …]] …], as XRANGE returns it and XREADGROUP and XAUTOCLAIM contain it.
void read_entries(std::string_view stream, ReplyView list, Entries& into);

// The reply to XREADGROUP and XREAD: entries of several streams, in the order of the request. Nil:
// none.
[[nodiscard]] Entries read_streams(ReplyView reply);

struct Claimed {
    Entries entries;
    std::string cursor;    // "0-0": the end
    bool unnamed = false;  // Redis 6.2 returns nil for a trimmed entry: it is ours now, and our
                           // pending list has its id
};
[[nodiscard]] Claimed read_claimed(std::string_view stream, ReplyView reply);

}  // namespace contracts
