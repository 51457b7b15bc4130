// A word to every admin from a periodic task, in the transaction of what it reports.
#pragma once

#include "contracts/messages/notice.h"
#include "control/store/database.h"

namespace control {

// Between two notices of a kind. The chat drops a second one within an hour of when it saw the
// first: a little more.
inline constexpr std::chrono::minutes kQuietBetweenNotices{65};

struct AdminNotice {
    std::string key;   // names the event: told once
    std::string text;  // as of contracts::Notice
    // The chat passes on one an hour of those that are about the same server and state.
    std::optional<std::string> server_id{};
    std::string state{};
};

[[nodiscard]] Result<void> tell_admins(Queries& db, AdminNotice notice, contracts::Timestamp now);

}  // namespace control
