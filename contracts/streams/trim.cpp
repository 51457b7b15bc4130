#include "contracts/streams/trim.h"

#include "contracts/base/number.h"
#include "contracts/streams/publisher.h"

#include <algorithm>
#include <limits>

namespace contracts {

namespace {

// An entry's id, in the order of the stream.
using Id = std::pair<std::int64_t, std::int64_t>;

Id id_of(std::string_view text) {
    const std::size_t dash = std::min(text.find('-'), text.size());
    return {whole_number(text.substr(0, dash), 0).value_or(0),
            whole_number(text.substr(std::min(dash + 1, text.size())), 0).value_or(0)};
}

// The value of `name` in a group's description: names and values in turn.
ReplyView value_of(ReplyView group, std::string_view name) {
    for (std::size_t i = 0; i + 1 < group.size(); i += 2)
        if (group[i].text() == name) return group[i + 1];
    return ReplyView(nullptr);
}

}  // namespace

Result<void> trim_acknowledged(Connection& connection, std::string_view stream) {
    Result<Reply> length = connection.command({"XLEN", stream});
    if (!length) return length.fault();
    const std::int64_t excess = length->view().integer() - kStreamLength;
    if (excess <= 0) return {};
    Result<Reply> groups = connection.command({"XINFO", "GROUPS", stream});
    if (!groups) return groups.fault();
    // No group needs an entry before this one.
    Id needed{std::numeric_limits<std::int64_t>::max(), 0};
    for (std::size_t i = 0; i < groups->view().size(); ++i) {
        const ReplyView group = groups->view()[i];
        needed = std::min(needed, id_of(value_of(group, "last-delivered-id").text()));
        if (value_of(group, "pending").integer() == 0) continue;
        Result<Reply> pending =
            connection.command({"XPENDING", stream, value_of(group, "name").text()});
        if (!pending) return pending.fault();
        if (!pending->view()[1].is_nil())
            needed = std::min(needed, id_of(pending->view()[1].text()));
    }
    if (groups->view().size() == 0) return {};
    const std::string first = std::to_string(needed.first) + '-' + std::to_string(needed.second);
    Result<Reply> done =
        connection.command({"XTRIM", stream, "MINID", "~", first, "LIMIT", std::to_string(excess)});
    if (!done) return done.fault();
    return {};
}

}  // namespace contracts
