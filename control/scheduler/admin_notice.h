// A notice to every administrator from a periodic task, in the transaction of what it reports.
#pragma once

#include "contracts/messages/notice.h"
#include "control/store/database.h"

namespace control {

// The least time between two notices of a kind. A little more than an hour, because the chat drops
// a second one within an hour of receiving the first.
inline constexpr std::chrono::minutes kQuietBetweenNotices{65};

struct AdminNotice {
    std::string key;   // identifies the event: reported once
    std::string text;  // as for contracts::Notice
    // The chat passes on one notice an hour for the same server and state.
    std::optional<std::string> server_id{};
    std::string state{};
};

[[nodiscard]] Result<void> tell_admins(Queries& db, AdminNotice notice, contracts::Timestamp now);

}  // namespace control
