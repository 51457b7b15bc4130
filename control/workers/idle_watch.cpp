#include "control/workers/idle_watch.h"

#include "contracts/streams/names.h"
#include "control/store/worker_life.h"
#include "control/workers/answers.h"

#include <algorithm>
#include <charconv>

namespace control {

using namespace contracts;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kLook = 1s;

struct EntryNumber {
    std::uint64_t time = 0;
    std::uint64_t sequence = 0;
    auto operator<=>(const EntryNumber&) const = default;
};

EntryNumber number_of(std::string_view id) {
    EntryNumber number;
    const char* const end = id.data() + id.size();
    const auto time = std::from_chars(id.data(), end, number.time);
    if (time.ptr != end) std::from_chars(time.ptr + 1, end, number.sequence);
    return number;
}

// A member of XINFO's answer about one group; nil if there is none with that name.
ReplyView about_group(ReplyView group, std::string_view name) {
    for (std::size_t at = 0; at + 1 < group.size(); at += 2)
        if (group[at].text() == name) return group[at + 1];
    return group[group.size()];
}

// The last message's id, if the workers' group has received and acknowledged everything.
std::optional<std::string> quiet_after(ReplyView groups, ReplyView newest) {
    std::string last(newest[0][0].text());
    for (std::size_t at = 0; at < groups.size(); ++at) {
        const ReplyView group = groups[at];
        if (about_group(group, "name").text() != names::kWorkersGroup) continue;
        const bool answered = about_group(group, "pending").integer() == 0;
        const auto delivered = number_of(about_group(group, "last-delivered-id").text());
        if (answered && number_of(last) <= delivered) return last;
    }
    return std::nullopt;  // also if the worker has not started to read yet
}

}  // namespace

IdleWatch::IdleWatch(const WorkersSetting& setting, EndSoon end_soon)
    : setting_(setting),
      end_soon_(std::move(end_soon)),
      bus_(setting.redis),
      loop_("idle workers", [this] { return pass(); }, wake_, setting.log) {}

void IdleWatch::stop() {
    loop_.request_stop();
    bus_.interrupt();
    loop_.stop();
}

Result<std::chrono::milliseconds> IdleWatch::pass() {
    if (setting_.pause_after == 0s && setting_.stop_after == 0s) return 1h;
    Result<std::vector<WorkerRow>> running =
        workers::of_daemon(setting_.database, setting_.instance, WorkerPhase::running);
    if (!running) return running.fault();
    std::erase_if(*running, [](const WorkerRow& worker) {
        return worker.config.worker_type != WorkerType::po || !worker.delete_request_id.empty();
    });
    frozen_.clear();
    for (const WorkerRow& worker : *running)
        if (worker.paused_at) frozen_.emplace(worker.id, worker);
    std::erase_if(quiet_, [&](const auto& known) {
        return std::ranges::none_of(
            *running, [&](const WorkerRow& worker) { return worker.id == known.first; });
    });
    if (running->empty()) return kLook;
    Result<std::vector<std::optional<std::string>>> seen = look(*running);
    if (!seen) return seen.fault();
    for (std::size_t at = 0; at < running->size(); ++at)
        if (Result<void> done = judge((*running)[at], (*seen)[at]); !done)
            return fail(std::move(done.error()).context((*running)[at].id));
    return wait_for_messages();
}

Result<std::vector<std::optional<std::string>>> IdleWatch::look(
    const std::vector<WorkerRow>& workers) {
    std::vector<OwnedCommand> questions;
    for (const WorkerRow& worker : workers) {
        questions.push_back({"XINFO", "GROUPS", input_stream(worker)});
        questions.push_back({"XREVRANGE", input_stream(worker), "+", "-", "COUNT", "1"});
    }
    Result<Connection*> connection = bus_.connection();
    if (!connection) return connection.fault();
    Result<std::vector<Reply>> replies = (*connection)->pipeline(questions);
    if (!replies) return replies.fault();
    std::vector<std::optional<std::string>> seen;
    for (std::size_t at = 0; at + 1 < replies->size(); at += 2)
        seen.push_back(quiet_after((*replies)[at].view(), (*replies)[at + 1].view()));
    return seen;
}

Result<void> IdleWatch::judge(const WorkerRow& worker,
                              const std::optional<std::string>& last_message) {
    if (!last_message) {
        quiet_.erase(worker.id);
        return worker.paused_at ? wake(worker) : Result<void>();
    }
    const Instant now = setting_.clock.instant();
    Quiet& quiet = quiet_.try_emplace(worker.id, Quiet{*last_message, now}).first->second;
    if (quiet.last_message != *last_message) quiet = {*last_message, now};
    const auto length = now - quiet.since;
    if (setting_.stop_after > 0s && length >= setting_.stop_after) return retire(worker, quiet);
    const bool freezes = can_freeze_ && setting_.pause_after > 0s && !worker.paused_at;
    return freezes && length >= setting_.pause_after ? freeze(worker, quiet) : Result<void>();
}

Result<void> IdleWatch::freeze(const WorkerRow& worker, Quiet& quiet) {
    Result<bool> marked =
        worker_life::set_paused(setting_.database, worker.id, setting_.clock.now());
    if (!marked) return marked.fault();
    if (!*marked) return {};
    if (Result<void> paused = setting_.runtime.pause(worker.instance_id); !paused) {
        // It is tried again after another quiet period.
        quiet.since = setting_.clock.instant();
        can_freeze_ = paused.error().kind != ErrorKind::fatal;
        setting_.log.warning("could not pause a worker",
                             {{"worker_id", worker.id}, {"error", paused.error().describe()}});
        Result<bool> cleared = worker_life::set_paused(setting_.database, worker.id, {});
        return cleared ? Result<void>() : cleared.fault();
    }
    setting_.log.info("worker paused", {{"worker_id", worker.id}});
    frozen_.emplace(worker.id, worker);
    return show(worker.id, WorkerStatus::paused);
}

Result<void> IdleWatch::wake(const WorkerRow& worker) {
    Result<void> resumed = setting_.runtime.resume(worker.instance_id);
    // A worker that has ended in the meantime is not woken; its end is noticed elsewhere.
    if (!resumed && is_retryable(resumed.error().kind)) return resumed;
    frozen_.erase(worker.id);
    quiet_.erase(worker.id);
    Result<bool> cleared = worker_life::set_paused(setting_.database, worker.id, {});
    if (!cleared) return cleared.fault();
    if (!resumed || !*cleared) return {};
    setting_.log.info("worker woken", {{"worker_id", worker.id}});
    return show(worker.id, WorkerStatus::running);
}

// Marks the worker as stopped first, so that later senders have a new one created. Earlier messages
// are answered for, because this worker is ending.
Result<void> IdleWatch::retire(const WorkerRow& worker, const Quiet& quiet) {
    if (Result<void> shown = show(worker.id, WorkerStatus::stopped); !shown) return shown;
    Result<std::vector<std::optional<std::string>>> seen = look({worker});
    if (!seen) return seen.fault();
    if (seen->front() != quiet.last_message) return wake(worker);
    end_soon_(worker.id, EndCause::idle);
    return {};
}

// Waits without consuming anything: the worker reads its messages itself.
Result<std::chrono::milliseconds> IdleWatch::wait_for_messages() {
    if (frozen_.empty()) return kLook;
    OwnedCommand command{"XREAD", "COUNT", "1", "BLOCK", std::to_string(kLook.count()), "STREAMS"};
    OwnedCommand after;
    for (const auto& [id, worker] : frozen_) {
        command.push_back(input_stream(worker));
        const std::string& last = quiet_[id].last_message;
        after.push_back(last.empty() ? "0-0" : last);
    }
    command.insert(command.end(), after.begin(), after.end());
    Result<Connection*> connection = bus_.connection();
    if (!connection) return connection.fault();
    Result<Reply> reply = (*connection)->command(command, kLook + kCommandTimeout);
    if (!reply) return reply.fault();
    for (std::size_t at = 0; at < reply->view().size(); ++at) {
        const std::string_view stream = reply->view()[at][0].text();
        const auto found = std::ranges::find_if(
            frozen_, [&](const auto& one) { return input_stream(one.second) == stream; });
        if (found == frozen_.end()) continue;
        const WorkerRow worker = found->second;
        if (Result<void> woken = wake(worker); !woken) return woken.fault();
    }
    return 0ms;
}

Result<void> IdleWatch::show(const std::string& worker_id, WorkerStatus status) {
    Result<Connection*> connection = bus_.connection();
    if (!connection) return connection.fault();
    Result<Reply> set =
        (*connection)
            ->command({"HSET", names::worker_status(worker_id), "status", to_text(status),
                       "updated_at", format_timestamp(setting_.clock.now())});
    if (!set) return set.fault();
    return {};
}

}  // namespace control
