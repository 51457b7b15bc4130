#include "contracts/streams/group.h"

#include "contracts/streams/words.h"

#include <algorithm>

namespace contracts {

using std::chrono::milliseconds;

OwnedCommand make_group(std::string_view stream, std::string_view group) {
    return words({"XGROUP", "CREATE", stream, group, "0", "MKSTREAM"});
}

bool is_lost_group(const Error& error) {
    return error.code == ErrorCode::no_group || error.code == ErrorCode::unblocked;
}

bool is_lost_group(ReplyView reply) {
    return reply.is_error() &&
           (reply.text().starts_with("NOGROUP") || reply.text().starts_with("UNBLOCKED"));
}

OwnedCommand read_new(const GroupMember& member, std::span<const std::string> streams,
                      std::size_t count, milliseconds wait) {
    OwnedCommand command = words(
        {"XREADGROUP", "GROUP", member.group, member.consumer, "COUNT", std::to_string(count)});
    if (wait > milliseconds(0)) add_words(command, {"BLOCK", std::to_string(wait.count())});
    command.emplace_back("STREAMS");
    command.insert(command.end(), streams.begin(), streams.end());
    command.insert(command.end(), streams.size(), ">");
    return command;
}

OwnedCommand read_pending(const GroupMember& member, std::string_view stream,
                          std::string_view after, std::size_t count) {
    return words({"XREADGROUP", "GROUP", member.group, member.consumer, "COUNT",
                  std::to_string(count), "STREAMS", stream, after});
}

PendingPage read_pending_page(ReplyView reply) {
    const ReplyView list = reply[0][1];
    return {
        .entries = read_streams(reply),
        .last = list.size() == 0 ? std::string() : std::string(list[list.size() - 1][0].text())};
}

OwnedCommand claim_idle(const GroupMember& member, std::string_view stream, milliseconds idle,
                        std::string_view cursor, std::size_t count) {
    return words({"XAUTOCLAIM", stream, member.group, member.consumer, std::to_string(idle.count()),
                  cursor, "COUNT", std::to_string(count)});
}

OwnedCommand count_deliveries(const Entry& entry, std::string_view group) {
    return words({"XPENDING", entry.stream, group, entry.id, entry.id, "1"});
}

std::int64_t deliveries_in(ReplyView reply) {
    // [[id, consumer, idle, deliveries]]
    return std::max<std::int64_t>(1, reply[0][3].integer());
}

OwnedCommand acknowledge(std::string_view stream, std::string_view group,
                         std::span<const std::string> ids) {
    OwnedCommand command = words({"XACK", stream, group});
    command.insert(command.end(), ids.begin(), ids.end());
    return command;
}

OwnedCommand keep_command(const Entry& entry, const GroupMember& member, milliseconds age,
                          milliseconds claim_after) {
    // If another consumer claimed the entry, after it was idle for `claim_after`, its idle time is
    // now at most age - claim_after; if it is still ours, at least `age`. The bound in the middle
    // separates the two cases.
    const milliseconds idle = std::max(milliseconds(0), age - claim_after / 2);
    return words({"XCLAIM", entry.stream, member.group, member.consumer,
                  std::to_string(idle.count()), entry.id, "JUSTID"});
}

}  // namespace contracts
