#include "control/store/project_work.h"

#include "contracts/base/id.h"
#include "contracts/entities/removal.h"
#include "control/store/commands.h"
#include "control/store/tasks.h"

namespace control::project_work {

using contracts::Timestamp;

namespace {

constexpr std::int64_t kAtOnce = 100;

// A project's other tasks: $1 is the project, $2 the remover, $3 and $4 the specs of removals.
constexpr const char* kOthers =
    "tasks.project_id = $1 AND tasks.id <> $2 AND NOT (tasks.type = 'deploy' AND tasks.spec IN "
    "($3, $4) AND tasks.id > $2)";
constexpr const char* kTaskOfThread =
    " JOIN tasks ON tasks.id = threads.subject AND tasks.type = threads.graph ";
constexpr const char* kOpen = "threads.status IN ('running', 'waiting', 'paused', 'blocked')";

std::vector<Value> values_for(const std::string& project_id, const std::string& remover) {
    return {project_id, remover, std::string(contracts::kRemoval),
            std::string(contracts::kRemovalWithRepository)};
}

Result<std::int64_t> number(Queries& db, const std::string& sql, const std::string& project_id,
                            const std::string& remover) {
    Result<Rows> found = db.query(sql, values_for(project_id, remover));
    if (!found) return found.fault();
    return found->rows.front().integer(0);
}

std::string many(std::int64_t number, const char* one) {
    return std::to_string(number) + ' ' + one + (number == 1 ? "" : "s");
}

Result<void> cancel_untaken(Queries& db, const std::string& project_id, const std::string& remover,
                            Timestamp now) {
    Result<Rows> found =
        db.query(std::string("SELECT tasks.id FROM tasks WHERE ") + kOthers +
                     " AND tasks.status IN ('queued', 'running') AND NOT EXISTS (SELECT 1 FROM "
                     "threads WHERE threads.graph = tasks.type AND threads.subject = tasks.id) "
                     "LIMIT " +
                     std::to_string(kAtOnce),
                 values_for(project_id, remover));
    if (!found) return found.fault();
    for (const Row& row : found->rows)
        if (Result<void> set = tasks::set_status(db, row.text(0), contracts::TaskStatus::cancelled,
                                                 std::nullopt, now);
            !set)
            return set;
    return {};
}

}  // namespace

std::string OpenWork::in_words() const {
    std::string text;
    const auto add = [&](std::int64_t number, const char* one) {
        if (number > 0) text += (text.empty() ? "" : ", ") + many(number, one);
    };
    add(tasks, "task");
    add(flows, "flow");
    add(calls, "call");
    add(workers, "worker");
    return text;
}

Result<OpenWork> count(Queries& db, const std::string& project_id, const std::string& remover) {
    OpenWork work;
    const std::string others = kOthers;
    const struct {
        std::int64_t& into;
        std::string sql;
    } questions[] = {
        {work.tasks, "SELECT COUNT(*) FROM tasks WHERE " + others +
                         " AND tasks.status IN ('queued', 'running')"},
        {work.flows, std::string("SELECT COUNT(*) FROM threads") + kTaskOfThread + "WHERE " +
                         others + " AND " + kOpen},
        {work.calls, std::string("SELECT COUNT(*) FROM thread_outbox JOIN threads ON threads.id = "
                                 "thread_outbox.thread_id") +
                         kTaskOfThread + "WHERE thread_outbox.kind = 'call' AND " + others},
        {work.workers,
         "SELECT COUNT(*) FROM workers WHERE state IN ('queued', 'creating', "
         "'running') AND task_id IN (SELECT tasks.id FROM tasks WHERE " +
             others + ")"},
    };
    for (const auto& question : questions) {
        Result<std::int64_t> counted = number(db, question.sql, project_id, remover);
        if (!counted) return counted.fault();
        question.into = *counted;
    }
    return work;
}

Result<void> cancel(Queries& db, const std::string& project_id, const std::string& remover,
                    Timestamp now) {
    if (Result<void> done = cancel_untaken(db, project_id, remover, now); !done) return done;
    Result<Rows> found =
        db.query(std::string("SELECT threads.id, tasks.id FROM threads") + kTaskOfThread +
                     "WHERE " + kOthers + " AND " + kOpen +
                     " AND NOT EXISTS (SELECT 1 FROM commands WHERE commands.target = 'flow' AND "
                     "commands.target_id = threads.id AND commands.command = 'cancel' AND "
                     "commands.status = 'waiting') LIMIT " +
                     std::to_string(kAtOnce),
                 values_for(project_id, remover));
    if (!found) return found.fault();
    for (const Row& row : found->rows) {
        PersonCommand command;
        command.id = contracts::make_uuid7(now);
        command.target = CommandTarget::flow;
        command.target_id = row.text(0);
        command.task_id = row.text(1);
        command.command = CommandVerb::cancel;
        command.text = "the project is being deleted";
        command.asked_by = "task " + remover;
        command.created_at = now;
        if (Result<void> put = commands::insert(db, command); !put) return put;
    }
    return {};
}

}  // namespace control::project_work
