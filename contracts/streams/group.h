// The commands with which a member of a consumer group reads streams, and what their replies mean.
// They do no I/O: a Consumer waits for each reply, the inbox of the worker-wrapper polls for them,
// and the daemon reads in the place of a worker that has ended.
#pragma once

#include "contracts/streams/connection.h"
#include "contracts/streams/entry.h"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace contracts {

struct GroupMember {
    std::string_view group;
    std::string_view consumer;
};

// Creates the group from the beginning of the stream, and the stream if it is missing. Fails with
// the code group_exists if there is nothing to do.
[[nodiscard]] OwnedCommand make_group(std::string_view stream, std::string_view group);
// Whether a read failed because the group is missing or was removed while the read waited.
[[nodiscard]] bool is_lost_group(const Error& error);
[[nodiscard]] bool is_lost_group(ReplyView reply);

// At most `count` new entries of each stream. `wait` zero: does not wait for one.
[[nodiscard]] OwnedCommand read_new(const GroupMember& member, std::span<const std::string> streams,
                                    std::size_t count, std::chrono::milliseconds wait);

// The member's own pending entries with ids after `after`; "0": from the first one.
[[nodiscard]] OwnedCommand read_pending(const GroupMember& member, std::string_view stream,
                                        std::string_view after, std::size_t count);
struct PendingPage {
    Entries entries;
    std::string last;  // the id to continue after; empty at the end
};
[[nodiscard]] PendingPage read_pending_page(ReplyView reply);

// Claims entries that have been pending for `idle` with any consumer; `read_claimed` reads the
// reply.
[[nodiscard]] OwnedCommand claim_idle(const GroupMember& member, std::string_view stream,
                                      std::chrono::milliseconds idle, std::string_view cursor,
                                      std::size_t count);

// How often a pending entry has been delivered; at least 1.
[[nodiscard]] OwnedCommand count_deliveries(const Entry& entry, std::string_view group);
[[nodiscard]] std::int64_t deliveries_in(ReplyView reply);

[[nodiscard]] OwnedCommand acknowledge(std::string_view stream, std::string_view group,
                                       std::span<const std::string> ids);

// Keeps others from claiming a pending entry while it is worked on: XCLAIM to ourselves, which
// answers with the id, or with nothing when another consumer has claimed it. `age`: the time since
// it was delivered or last kept; `claim_after`: as the group's consumers have it.
[[nodiscard]] OwnedCommand keep_command(const Entry& entry, const GroupMember& member,
                                        std::chrono::milliseconds age,
                                        std::chrono::milliseconds claim_after);

}  // namespace contracts
