#include "control/chat/progress.h"

#include "contracts/base/id.h"
#include "contracts/messages/progress.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "contracts/streams/words.h"
#include "control/chat/prompt.h"

namespace control::chat {

namespace names = contracts::names;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kShownBytes = 500;
// The first event seen of a task is not shown if it is older than this.
constexpr std::chrono::seconds kNews{10};

std::string text_of(const std::string& project, const contracts::ProgressEvent& event) {
    std::string text = project + ": ";
    if (event.message)
        text.append(*event.message);
    else if (event.current_step)
        text.append(*event.current_step);
    else
        text.append(contracts::to_text(event.type));
    if (event.progress_pct)
        text.append(" (").append(std::to_string(*event.progress_pct)).append(" %)");
    return head_of(without_nul(std::move(text)), kShownBytes);
}

}  // namespace

void Progress::show(const Shown& shown) {
    if (shown.user_id.empty()) return;
    const std::scoped_lock lock(guard_);
    if (shown.ends) lines_.erase(shown.user_id);
    if (shown.text.empty() || !shown.place) return;
    Line& line = lines_[shown.user_id];
    if (line.place.channel != shown.place->channel || line.place.address != shown.place->address)
        line = Line{.place = *shown.place};
    line.pending = head_of(shown.text, kLongestMessage);
}

Result<milliseconds> Progress::run_once() {
    if (Result<void> followed = follow_tasks(); !followed) return followed.fault();
    const std::scoped_lock lock(guard_);
    bool moves = !last_seen_.empty();
    for (auto& [user_id, line] : lines_) {
        if (line.pending.empty()) continue;
        moves = true;
        if (Result<void> sent = send(user_id, line); !sent) return sent.fault();
    }
    return moves ? needs_.settings.progress_every / 4 : needs_.settings.progress_every;
}

Result<void> Progress::send(const std::string& user_id, Line& line) {
    if (line.pending == line.shown) {
        line.pending.clear();
        return {};
    }
    Result<contracts::Connection*> connection = bus_.connection();
    if (!connection) return connection.fault();
    const std::string pause = std::to_string(needs_.settings.progress_every.count());
    Result<contracts::Reply> free =
        (*connection)->command({"SET", "chat:progress:" + user_id, "1", "NX", "PX", pause});
    if (!free) return free.fault();
    if (free->view().is_nil()) return {};  // too early: a later call shows what is pending by then
    contracts::ChatReply reply;
    static_cast<contracts::QueueMeta&>(reply) = contracts::make_meta(needs_.clock);
    reply.request_id = contracts::make_uuid4();
    reply.address = line.place.address;
    reply.kind = contracts::ReplyKind::progress;
    reply.text = line.pending;
    if (!line.message_id.empty()) reply.replaces = line.message_id;
    Result<std::string> sent = contracts::publish(
        **connection, names::chat_outbox(contracts::to_text(line.place.channel)), reply);
    if (!sent) return sent.fault();
    if (line.message_id.empty()) line.message_id = reply.request_id;
    line.shown = std::exchange(line.pending, {});
    return {};
}

Result<void> Progress::follow_tasks() {
    Result<std::vector<FollowedTask>> tasks = chats::followed_tasks(needs_.database);
    if (!tasks) return tasks.fault();
    if (tasks->empty()) {
        last_seen_.clear();
        return {};
    }
    Result<contracts::Connection*> connection = bus_.connection();
    if (!connection) return connection.fault();
    std::vector<contracts::OwnedCommand> questions;
    for (const FollowedTask& task : *tasks)
        questions.push_back(contracts::words(
            {"XREVRANGE", names::task_progress(task.task_id), "+", "-", "COUNT", "1"}));
    Result<std::vector<contracts::Reply>> replies = (*connection)->pipeline(questions);
    if (!replies) return replies.fault();
    std::map<std::string, std::string> seen;
    for (std::size_t i = 0; i < tasks->size(); ++i) {
        contracts::Entries last;
        contracts::read_entries(names::task_progress((*tasks)[i].task_id), (*replies)[i].view(),
                                last);
        if (last.present.empty()) continue;
        take_event((*tasks)[i], last.present.front());
        seen[(*tasks)[i].task_id] = last.present.front().id;
    }
    last_seen_ = std::move(seen);
    return {};
}

// An invalid event is reported elsewhere, by its own reader; here it is only skipped.
void Progress::take_event(const FollowedTask& task, const contracts::Entry& entry) {
    const auto before = last_seen_.find(task.task_id);
    const bool is_news = before == last_seen_.end() ? entry.time() + kNews > needs_.clock.now()
                                                    : before->second != entry.id;
    if (!is_news) return;
    const auto event = contracts::parse_entry<contracts::ProgressEvent>(entry);
    if (!event) return;
    show({.user_id = task.user_id,
          .place = Place{task.channel, task.address},
          .text = text_of(task.project, *event)});
}

}  // namespace control::chat
