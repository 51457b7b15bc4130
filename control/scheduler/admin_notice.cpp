#include "control/scheduler/admin_notice.h"

#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "contracts/streams/names.h"
#include "control/store/outbox.h"

namespace control {

Result<void> tell_admins(Queries& db, AdminNotice notice, contracts::Timestamp now) {
    contracts::Notice message;
    message.correlation_id = contracts::make_uuid4();
    message.timestamp = now;
    message.request_id = contracts::make_uuid4();
    message.kind = contracts::NoticeKind::incident;
    message.server_id = std::move(notice.server_id);
    message.text = std::move(notice.text);
    if (!notice.state.empty()) message.data = {{"state", std::move(notice.state)}};
    return outbox::post(db, "notice:" + notice.key, contracts::names::kChatNotices,
                        contracts::write_message(message));
}

}  // namespace control
