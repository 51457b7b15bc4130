#include "control/graphs/kit/notify.h"

#include "contracts/fields/write.h"
#include "contracts/streams/names.h"
#include "control/graphs/module.h"

namespace control::graphs {

void notify(const Moment& moment, const TaskPart& task, contracts::NoticeKind kind,
            std::string text, Json data) {
    contracts::Notice notice;
    static_cast<contracts::QueueMeta&>(notice) = meta_of(task, moment.turn.now);
    notice.request_id = moment.effects.next_request_id();
    if (task.user_id != kNobody) notice.user_id = task.user_id;
    notice.kind = kind;
    notice.task_id = task.task_id;
    notice.project_id = task.project_id;
    notice.text = std::move(text);
    notice.data = std::move(data);
    moment.effects.publish(std::string(contracts::names::kChatNotices),
                           contracts::write_message(notice));
}

std::string as_sentence(std::string text) {
    while (text.ends_with('\n') || text.ends_with(' '))
        text.pop_back();
    const bool ends = text.ends_with('.') || text.ends_with('!') || text.ends_with('?');
    return ends ? text : text + '.';
}

}  // namespace control::graphs
