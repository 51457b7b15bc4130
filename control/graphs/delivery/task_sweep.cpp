#include "control/graphs/delivery/task_sweep.h"

#include "contracts/base/json.h"
#include "contracts/entities/opening.h"
#include "contracts/streams/answer.h"
#include "contracts/streams/names.h"
#include "control/graphs/engine/graph.h"
#include "control/store/projects.h"

namespace control::graphs {

using contracts::AnswerOutcome;
using contracts::Task;

namespace {

constexpr std::size_t kAtOnce = 100;
constexpr std::string_view kNobody = "sweep";  // a project without an owner

std::string_view queue_of(const Task& task) {
    return task.type == contracts::TaskType::deploy ? contracts::names::kDeployQueue
                                                    : contracts::names::kEngineeringQueue;
}

}  // namespace

TaskSweep::TaskSweep(Database& db, contracts::RedisAddress redis, const contracts::Clock& clock,
                     contracts::Log log)
    : db_(db), bus_(std::move(redis)), clock_(clock), log_(std::move(log)) {}

Result<std::int64_t> TaskSweep::run_once(std::chrono::milliseconds queued_for) {
    Result<std::vector<Task>> found =
        tasks::not_taken_up(db_, clock_.now() - queued_for, place_, kAtOnce);
    if (!found) return fail(std::move(found.error()));
    std::int64_t sent = 0;
    for (const Task& task : *found) {
        Result<bool> done = send(task);
        if (!done) return fail(std::move(done.error()).context("task " + task.id));
        if (*done) ++sent;
        place_ = {task.created_at, task.id};
    }
    if (found->size() < kAtOnce) place_ = {};
    return sent;
}

Result<bool> TaskSweep::send(const Task& task) {
    Result<Stored<contracts::Project>> project = projects::find(db_, task.project_id);
    if (!project) return fail(std::move(project.error()));
    Result<contracts::Connection*> bus = bus_.connection();
    if (!bus) return fail(std::move(bus.error()));
    const std::string request_id = task.request_id.value_or(uuid_of("sweep:" + task.id));
    const contracts::Json message = contracts::opening_message(
        task, request_id, project->entity.owner_id.value_or(std::string(kNobody)), clock_);
    Result<AnswerOutcome> outcome = contracts::answer_once(
        **bus,
        contracts::sent_once(queue_of(task), task.id, request_id, contracts::dump_json(message)),
        nullptr);
    if (!outcome) return fail(std::move(outcome.error()).context("send its message"));
    if (*outcome != AnswerOutcome::published) return false;
    log_.warning("a queued task had no message: it is sent", {{"task_id", task.id}});
    return true;
}

}  // namespace control::graphs
