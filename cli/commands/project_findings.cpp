#include "cli/commands/project_findings.h"

#include "cli/commands/every_row.h"
#include "cli/input.h"

#include <algorithm>

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Json;
using contracts::Project;
using contracts::ProjectStatus;
using contracts::Result;
using contracts::Task;
using contracts::TaskStatus;
using contracts::TaskType;

// A daemon picks up queued work within a moment, and sweeps for work whose message was lost.
constexpr std::chrono::minutes kTakenUpWithin{10};

// The type of task that must be in progress while a project has this status.
std::optional<TaskType> work_of(ProjectStatus status) {
    switch (status) {
        case ProjectStatus::scaffolding:
        case ProjectStatus::developing:
        case ProjectStatus::testing:
            return TaskType::engineering;
        case ProjectStatus::deploying:
            return TaskType::deploy;
        default:
            return std::nullopt;
    }
}

bool needs_repository(ProjectStatus status) {
    switch (status) {
        case ProjectStatus::scaffolded:
        case ProjectStatus::developing:
        case ProjectStatus::testing:
        case ProjectStatus::deploying:
        case ProjectStatus::active:
            return true;
        default:
            return false;
    }
}

bool is_going_on(const Task& task, TaskType type) {
    return task.type == type &&
           (task.status == TaskStatus::queued || task.status == TaskStatus::running);
}

std::string start_command(TaskType type, const std::string& project_id) {
    if (type == TaskType::deploy) return "orchestrator deploy start --project " + project_id;
    return "orchestrator engineering start --project " + project_id + " --spec '…'";
}

Result<std::vector<Task>> tasks_of(Session& session, const Project& project) {
    if (!work_of(project.status) || !check_identifier("id", project.id)) return std::vector<Task>();
    Result<ApiAnswer> answer =
        session.destination->api({"GET", std::string("/api/tasks?project_id=") + project.id + '&' +
                                             std::string(kWholePage)});
    if (!answer) return answer.fault();
    return read_list<Task>(*answer);
}

}  // namespace

std::optional<Finding> waiting(const Task& task, contracts::Timestamp now) {
    if (task.status != TaskStatus::queued) return std::nullopt;
    if (now - task.updated_at.value_or(task.created_at) < kTakenUpWithin) return std::nullopt;
    if (task.type == TaskType::deploy)
        return Finding{"no daemon has picked up this deployment",
                       "run a daemon that reads deploy:queue (role graphs)"};
    return Finding{"no daemon has picked up this task",
                   "run a daemon with the role graphs (ROLES)"};
}

std::optional<Finding> odd(const Project& project, std::span<const Task> tasks) {
    if (project.status == ProjectStatus::missing)
        return Finding{"its repository is gone", "restore the repository, or archive the project"};
    if (project.status == ProjectStatus::failed)
        return Finding{"its last work failed", "orchestrator project tasks " + project.id};
    if (needs_repository(project.status) && !project.repository_url)
        return Finding{"it should have a repository but has none",
                       start_command(TaskType::engineering, project.id)};
    const std::optional<TaskType> work = work_of(project.status);
    if (work &&
        std::ranges::none_of(tasks, [&](const Task& task) { return is_going_on(task, *work); }))
        return Finding{"nothing is running although its state says so",
                       start_command(*work, project.id)};
    return std::nullopt;
}

Result<Json> find_odd_projects(Session& session) {
    Json findings = Json::array();
    const auto look_at = [&](const Project& project) -> Result<void> {
        Result<std::vector<Task>> tasks = tasks_of(session, project);
        if (!tasks) return tasks.fault();
        const std::optional<Finding> finding = odd(project, *tasks);
        if (finding)
            findings.push_back(Json{{"project_id", project.id},
                                    {"name", project.name},
                                    {"status", std::string(to_text(project.status))},
                                    {"problem", std::string(finding->problem)},
                                    {"next_step", finding->next_step}});
        return {};
    };
    const auto add_waiting = [&](const Task& task) -> Result<void> {
        if (const std::optional<Finding> finding = waiting(task, session.clock.now()))
            findings.push_back(Json{{"project_id", task.project_id},
                                    {"name", "task " + task.id},
                                    {"status", std::string(to_text(task.status))},
                                    {"problem", std::string(finding->problem)},
                                    {"next_step", finding->next_step}});
        return {};
    };
    if (Result<void> seen = for_every_row<Project>(session, "/api/projects?", look_at); !seen)
        return seen.fault();
    if (Result<void> seen = for_every_row<Task>(session, "/api/tasks?status=queued&", add_waiting);
        !seen)
        return seen.fault();
    return findings;
}

}  // namespace cli::commands
