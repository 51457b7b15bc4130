#include "control/graphs/intake/task_sweep.h"

#include "contracts/base/json.h"
#include "contracts/entities/opening.h"
#include "contracts/streams/answer.h"
#include "control/store/projects.h"

#include <algorithm>

namespace control::graphs {

using contracts::AnswerOutcome;
using contracts::Task;
using contracts::TaskType;

namespace {

constexpr std::size_t kAtOnce = 100;

// The message contract's stream for types that no module takes.
std::string_view stream_of(TaskType type) {
    switch (type) {
        case TaskType::engineering:
            return contracts::names::kEngineeringQueue;
        case TaskType::deploy:
            return contracts::names::kDeployQueue;
    }
    return {};
}

}  // namespace

TaskSweep::TaskSweep(Database& db, contracts::RedisAddress redis,
                     const std::vector<Module>& modules, TakeUp take_up,
                     const contracts::Clock& clock, contracts::Log log)
    : db_(db),
      bus_(std::move(redis)),
      take_up_(std::move(take_up)),
      clock_(clock),
      log_(std::move(log)) {
    for (std::size_t i = 0; i < std::size(contracts::kTaskTypeNames); ++i) {
        Round round{.type = static_cast<TaskType>(i), .stream = {}};
        round.stream = stream_of(round.type);
        for (const Module& module : modules) {
            if (module.task_type != round.type) continue;
            round.module = &module;
            if (const Stream* queue = module.opening()) round.stream = queue->name;
        }
        rounds_.push_back(std::move(round));
    }
}

Result<std::int64_t> TaskSweep::run_once(std::chrono::milliseconds queued_for) {
    std::int64_t moved = 0;
    for (Round& round : rounds_) {
        Result<std::int64_t> more = pass(round, queued_for);
        if (!more) return more;
        moved += *more;
    }
    return moved;
}

Result<std::int64_t> TaskSweep::pass(Round& round, std::chrono::milliseconds queued_for) {
    const Timestamp now = clock_.now();
    tasks::Place after = round.place;
    // A message sent longer ago than this counts as never sent.
    if (round.module == nullptr)
        after.created_at = std::max(after.created_at, now - contracts::names::kAnsweredTtl);
    Result<std::vector<Task>> found =
        tasks::not_taken_up(db_, round.type, now - queued_for, after, kAtOnce);
    if (!found) return found.fault();
    std::int64_t moved = 0;
    for (const Task& task : *found) {
        Result<bool> done = move(round, task.id);
        if (!done && contracts::is_retryable(done.error().kind))
            return fail(std::move(done.error()).context("task " + task.id));
        if (!done)
            log_.warning("a queued task was skipped",
                         {{"task_id", task.id}, {"error", done.error().describe()}});
        else if (*done)
            ++moved;
        round.place = {task.created_at, task.id};
    }
    if (found->size() < kAtOnce) round.place = {};
    return moved;
}

Result<contracts::Entry> TaskSweep::opening(const Round& round, const Task& task,
                                            const std::string& request_id) {
    Result<Stored<contracts::Project>> project = projects::find(db_, task.project_id);
    if (!project) return project.fault();
    const std::string user = project->entity.owner_id.value_or(std::string(kNobody));
    contracts::Entry entry;
    entry.stream = round.stream;
    entry.id = std::to_string(clock_.now().time_since_epoch().count()) + "-0";
    entry.data = contracts::dump_json(contracts::opening_message(task, request_id, user, clock_));
    return entry;
}

Result<bool> TaskSweep::move(const Round& round, const std::string& task_id) {
    // It may have been cancelled while other tasks were handled.
    Result<Stored<Task>> row = tasks::find(db_, task_id);
    if (!row) return row.fault();
    const Task& task = row->entity;
    if (task.status != contracts::TaskStatus::queued) return false;
    if (round.module == nullptr && !task.request_id) return false;
    const std::string request_id = task.request_id.value_or(uuid_of("sweep:" + task.id));
    Result<contracts::Entry> message = opening(round, task, request_id);
    if (!message) return message.fault();

    Result<contracts::Connection*> bus = bus_.connection();
    if (!bus) return bus.fault();
    Result<AnswerOutcome> outcome = contracts::answer_once(
        **bus, contracts::sent_once(round.stream, task.id, request_id, message->data), nullptr);
    if (!outcome) return fail(std::move(outcome.error()).context("send its message"));
    if (*outcome == AnswerOutcome::published) {
        log_.warning("a queued task had no message: sending it", {{"task_id", task.id}});
        return true;
    }
    if (round.module == nullptr) return false;
    if (Result<void> taken = take_up_(*round.module, *message); !taken) return taken.fault();
    log_.warning("a queued task's message was lost: opening its thread", {{"task_id", task.id}});
    return true;
}

}  // namespace control::graphs
