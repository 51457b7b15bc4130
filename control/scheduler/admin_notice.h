// A word to every admin from a periodic task, in the transaction of what it reports.
#pragma once

#include "contracts/messages/notice.h"
#include "control/store/database.h"

namespace control {

// `key` names the event: told once. `text` as of contracts::Notice.
[[nodiscard]] Result<void> tell_admins(Queries& db, const std::string& key,
                                       contracts::NoticeKind kind, std::string text,
                                       std::optional<std::string> server_id,
                                       contracts::Timestamp now);

}  // namespace control
