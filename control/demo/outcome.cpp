#include "control/demo/outcome.h"

#include "contracts/entities/entities.h"
#include "contracts/fields/read.h"
#include "control/http/client.h"

namespace control::demo {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::Task;
using contracts::TaskStatus;
using contracts::TaskType;

namespace {

bool has_stopped(const Task& task) {
    return task.status == TaskStatus::failed || task.status == TaskStatus::cancelled;
}

std::string described(const Task& task) {
    std::string text("the ");
    text.append(contracts::to_text(task.type)).append(" task is ");
    text.append(contracts::to_text(task.status));
    if (task.result) text.append(": ").append(contracts::dump_json(*task.result));
    return text;
}

}  // namespace

Result<Outcome> look_at_project(HttpClient& http, const ApiAccess& api) {
    Result<Json> tasks = ask_api(http, api, "GET", "/api/tasks?limit=50");
    if (!tasks) return tasks.fault();
    Outcome outcome;
    for (const Json& row : *tasks) {
        Result<Task> task = contracts::read_message<Task>(row);
        if (!task) return task.fault();
        if (has_stopped(*task)) return fail(ErrorKind::fatal, described(*task));
        if (task->status != TaskStatus::completed || !task->result) continue;
        if (task->type == TaskType::engineering) outcome.built = *task->result;
        if (task->type == TaskType::deploy)
            outcome.url = contracts::text_at(*task->result, "deployed_url");
    }
    return outcome;
}

}  // namespace control::demo
