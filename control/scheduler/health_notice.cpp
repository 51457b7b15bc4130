#include "control/scheduler/health_notice.h"

#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "contracts/messages/notice.h"
#include "contracts/streams/names.h"
#include "control/scheduler/admin_notice.h"
#include "control/store/outbox.h"

namespace control {

using contracts::Json;
using contracts::Timestamp;

namespace {

// A recovery is not reported if the failure never was.
bool is_news(const HealthNews& news, Timestamp now) {
    const bool was_up = news.told != "down";
    return news.is_up != was_up && (!news.told_at || now - *news.told_at >= kQuietBetweenNotices);
}

std::string words_of(const HealthNews& news) {
    if (news.is_up) return news.project_name + " answers again at " + news.url + ".";
    return news.project_name + " does not answer any more at " + news.url + ": " + news.reason +
           ". Its last lines: orchestrator deploy logs --project " + news.project_id;
}

contracts::Notice notice_of(const HealthNews& news, Timestamp now) {
    contracts::Notice notice;
    notice.request_id = contracts::make_uuid4();
    notice.correlation_id = notice.request_id;
    notice.timestamp = now;
    notice.kind = contracts::NoticeKind::incident;
    notice.project_id = news.project_id;
    notice.server_id = news.server_id;
    notice.text = words_of(news);
    notice.data = {{"state", news.is_up ? "up" : "down"},
                   {"deployment_id", news.deployment_id},
                   {"url", news.url}};
    return notice;
}

}  // namespace

Result<void> tell_admins(Queries& db, const HealthNews& news, Timestamp now) {
    if (!is_news(news, now)) return {};
    const contracts::Notice notice = notice_of(news, now);
    const auto told = db.query(
        news.is_up ? "UPDATE service_deployments SET told = 'up', told_up_at = $1 WHERE id = $2"
                   : "UPDATE service_deployments SET told = 'down', told_down_at = $1 WHERE id = "
                     "$2",
        {now.time_since_epoch().count(), news.deployment_id});
    if (!told) return told.fault();
    return outbox::post(db, "notice:" + notice.request_id, contracts::names::kChatNotices,
                        contracts::write_message(notice));
}

}  // namespace control
