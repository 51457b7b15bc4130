#include "control/graphs/delivery/task_sweep.h"

#include "contracts/base/json.h"
#include "contracts/entities/opening.h"
#include "contracts/fields/read.h"
#include "contracts/streams/answer.h"
#include "contracts/streams/names.h"
#include "control/graphs/engine/graph.h"
#include "control/store/projects.h"

namespace control::graphs {

using contracts::AnswerOutcome;
using contracts::EngineeringMessage;
using contracts::Task;
using contracts::TaskType;

namespace {

constexpr std::size_t kAtOnce = 100;
constexpr std::string_view kNobody = "sweep";  // a project without an owner

}  // namespace

TaskSweep::TaskSweep(Database& db, contracts::RedisAddress redis, TakeUp take_up,
                     const contracts::Clock& clock, contracts::Log log)
    : db_(db),
      bus_(std::move(redis)),
      take_up_(std::move(take_up)),
      clock_(clock),
      log_(std::move(log)) {}

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
    // Beyond this it is not known any more what was sent.
    if (round.type == TaskType::deploy)
        after.created_at = std::max(after.created_at, now - contracts::names::kAnsweredTtl);
    Result<std::vector<Task>> found =
        tasks::not_taken_up(db_, round.type, now - queued_for, after, kAtOnce);
    if (!found) return fail(std::move(found.error()));
    std::int64_t moved = 0;
    for (const Task& task : *found) {
        Result<bool> done = move(task.id);
        if (!done && contracts::is_retryable(done.error().kind))
            return fail(std::move(done.error()).context("task " + task.id));
        if (!done)
            log_.warning("a queued task was passed over",
                         {{"task_id", task.id}, {"error", done.error().describe()}});
        else if (*done)
            ++moved;
        round.place = {task.created_at, task.id};
    }
    if (found->size() < kAtOnce) round.place = {};
    return moved;
}

Result<bool> TaskSweep::move(const std::string& task_id) {
    // It may have been cancelled while others were moved.
    Result<Stored<Task>> row = tasks::find(db_, task_id);
    if (!row) return fail(std::move(row.error()));
    const Task& task = row->entity;
    const bool deploys = task.type == TaskType::deploy;
    if (task.status != contracts::TaskStatus::queued || (deploys && !task.request_id)) return false;
    Result<Stored<contracts::Project>> project = projects::find(db_, task.project_id);
    if (!project) return fail(std::move(project.error()));
    const std::string request_id = task.request_id.value_or(uuid_of("sweep:" + task.id));
    const contracts::Json message = contracts::opening_message(
        task, request_id, project->entity.owner_id.value_or(std::string(kNobody)), clock_);

    Result<contracts::Connection*> bus = bus_.connection();
    if (!bus) return fail(std::move(bus.error()));
    Result<AnswerOutcome> outcome = contracts::answer_once(
        **bus,
        contracts::sent_once(
            deploys ? contracts::names::kDeployQueue : contracts::names::kEngineeringQueue, task.id,
            request_id, contracts::dump_json(message)),
        nullptr);
    if (!outcome) return fail(std::move(outcome.error()).context("send its message"));
    if (*outcome == AnswerOutcome::published) {
        log_.warning("a queued task had no message: it is sent", {{"task_id", task.id}});
        return true;
    }
    if (deploys) return false;
    Result<EngineeringMessage> opening = contracts::read_message<EngineeringMessage>(message);
    if (!opening) return fail(std::move(opening.error()));
    if (Result<void> taken = take_up_(*opening); !taken) return fail(std::move(taken.error()));
    log_.warning("a queued task's message went astray: it is taken up", {{"task_id", task.id}});
    return true;
}

}  // namespace control::graphs
