#include "control/scheduler/admin_notice.h"

#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "contracts/streams/names.h"
#include "control/store/outbox.h"

namespace control {

Result<void> tell_admins(Queries& db, const std::string& key, contracts::NoticeKind kind,
                         std::string text, std::optional<std::string> server_id,
                         contracts::Timestamp now) {
    contracts::Notice notice;
    notice.correlation_id = contracts::make_uuid4();
    notice.timestamp = now;
    notice.request_id = contracts::make_uuid4();
    notice.kind = kind;
    notice.server_id = std::move(server_id);
    notice.text = std::move(text);
    return outbox::post(db, "notice:" + key, contracts::names::kChatNotices,
                        contracts::write_message(notice));
}

}  // namespace control
