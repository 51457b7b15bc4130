#include "contracts/streams/entry.h"

#include "contracts/base/number.h"

namespace contracts {

namespace {

Entry read_entry(std::string_view stream, ReplyView id, ReplyView fields) {
    Entry entry{.stream = std::string(stream), .id = std::string(id.text()), .data = {}, .raw = {}};
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
        if (fields[i].text() == "data") {
            entry.data = fields[i + 1].text();
            return entry;
        }
    Json all = Json::object();
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
        all[std::string(fields[i].text())] = fields[i + 1].text();
    entry.raw = dump_json(all);
    return entry;
}

}  // namespace

Timestamp Entry::time() const {
    const std::string_view time = std::string_view(id).substr(0, id.find('-'));
    return Timestamp(std::chrono::milliseconds(whole_number(time, 0).value_or(0)));
}

Result<void> check_has_data(const Entry& entry) {
    if (entry.raw.empty()) return {};
    return fail(ErrorKind::invalid, "is required", "data",
                "put the message as one JSON object into the entry's field data");
}

void read_entries(std::string_view stream, ReplyView list, Entries& into) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        const ReplyView one = list[i];
        if (one[1].is_nil())
            into.trimmed.emplace_back(one[0].text());
        else
            into.present.push_back(read_entry(stream, one[0], one[1]));
    }
}

Entries read_streams(ReplyView reply) {
    Entries entries;
    for (std::size_t i = 0; i < reply.size(); ++i)
        read_entries(reply[i][0].text(), reply[i][1], entries);
    return entries;
}

Claimed read_claimed(std::string_view stream, ReplyView reply) {
    Claimed claimed;
    claimed.cursor = reply[0].text();
    const ReplyView list = reply[1];
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].is_nil())
            claimed.unnamed = true;
        else if (list[i][1].is_nil())
            claimed.entries.trimmed.emplace_back(list[i][0].text());
        else
            claimed.entries.present.push_back(read_entry(stream, list[i][0], list[i][1]));
    }
    for (std::size_t i = 0; i < reply[2].size(); ++i)
        claimed.entries.trimmed.emplace_back(reply[2][i].text());
    return claimed;
}

}  // namespace contracts
