#include "control/provision/play_events.h"

#include "contracts/base/json.h"

namespace control::provision {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::text_at;

namespace {

constexpr std::size_t kMostMessage = 1500;

std::int64_t count_at(const Json& event, const char* name) {
    const auto found = event.find(name);
    return found != event.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

void PlayEvents::take(std::string_view line) {
    if (!line.starts_with('{')) return;
    const Result<Json> event = contracts::parse_json(line);
    if (!event || !event->is_object()) return;
    const std::string kind = text_at(*event, "event");
    const std::string task = text_at(*event, "task").substr(0, kMostMessage);
    if (kind == "task" && on_task_) on_task_(task);
    if (kind == "failed" || kind == "unreachable") {
        is_unreachable_ = kind == "unreachable";
        failed_task_ = task;
        message_ = text_at(*event, "message").substr(0, kMostMessage);
    }
    if (kind == "stats") {
        has_ended_ = true;
        counts_ = {.tasks = count_at(*event, "ok"), .changed = count_at(*event, "changed")};
    }
}

Result<PhaseEnd> PlayEvents::end(int exit_code, const std::string& rest) const {
    if (is_unreachable_)
        return fail(ErrorKind::transient,
                    "the server went away at \"" + failed_task_ + "\": " + message_);
    if (!failed_task_.empty())
        return fail(ErrorKind::upstream, "\"" + failed_task_ + "\" failed: " + message_);
    if (has_ended_ && exit_code == 0) return counts_;
    return fail(ErrorKind::upstream, "ansible-playbook ended with " + std::to_string(exit_code) +
                                         " and no word on its tasks: " + rest);
}

}  // namespace control::provision
