#include "cli/api_answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/tasks.h"
#include "cli/input.h"
#include "contracts/entities/removal.h"
#include "contracts/entities/repository_name.h"
#include "contracts/fields/write.h"

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Project;
using contracts::ProjectStatus;
using contracts::Result;
using contracts::Task;
using contracts::TaskType;

constexpr std::chrono::hours kLongestRemoval{2};

// A task takes the project out of service, so the removal continues if this command is interrupted.
class ProjectDelete final : public Command {
public:
    void declare(Options& options) override {
        options.argument("PROJECT", wanted_, "the project's name or id");
        options.text("--repository", "NAME", repository_,
                     "delete its repository as well: the repository's name confirms it");
        options.flag("--yes", is_sure_, "confirm it: what is deleted does not come back");
    }
    Result<Outcome> run(Session& session) override;

private:
    [[nodiscard]] Result<Project> find(Session& session) const;
    [[nodiscard]] Result<void> check_repository(const Project& project) const;
    [[nodiscard]] Result<std::string> begin(Session& session, const Project& project) const;

    std::optional<std::string> wanted_;
    std::optional<std::string> repository_;
    bool is_sure_ = false;
};

template <class Entity>
Result<std::vector<Entity>> page_of(Session& session, const std::string& target) {
    Result<ApiAnswer> answer = session.destination->api({"GET", target});
    if (!answer) return answer.fault();
    std::vector<Entity> entities;
    for (const Json& row : answer->body) {
        Result<Entity> entity = contracts::read_message<Entity>(row);
        if (!entity) return entity.fault();
        entities.push_back(std::move(*entity));
    }
    return entities;
}

// "acme/shop" from the project's URL; if it has none, the name at our forge.
std::string shown_repository(const Project& project) {
    if (!project.repository_url) return contracts::repository_of(project);
    std::string url = *project.repository_url;
    if (url.ends_with(".git")) url.resize(url.size() - 4);
    const std::size_t slash = url.rfind('/');
    const std::size_t owner =
        slash == 0 || slash == std::string::npos ? slash : url.rfind('/', slash - 1);
    return owner == std::string::npos ? url : url.substr(owner + 1);
}

bool is_whole(const Task& removal) {
    return removal.spec == contracts::kRemovalWithRepository;
}

// The project's removal that is in progress, or else the last one; empty: none was requested.
Result<std::optional<Task>> last_removal(Session& session, const std::string& project_id) {
    Result<std::vector<Task>> tasks =
        page_of<Task>(session, "/api/tasks?type=deploy&limit=100&project_id=" + project_id);
    if (!tasks) return tasks.fault();
    for (Task& task : *tasks)
        if (contracts::is_removal(task.type, task.spec)) return std::optional(std::move(task));
    return std::nullopt;
}

Outcome removed(const Project& project, Outcome outcome) {
    if (outcome.exit_code != 0) return outcome;
    outcome.message = "project " + project.name + " is deleted";
    std::string left;
    for (const Json& kept : outcome.data["result"].value("left", Json::array()))
        left += (left.empty() ? "" : ", ") + kept.get<std::string>();
    if (!left.empty()) outcome.message += "; what stays: " + left;
    return outcome;
}

Result<Project> ProjectDelete::find(Session& session) const {
    if (Result<void> text = check_text("PROJECT", *wanted_); !text) return text.fault();
    Result<std::vector<Project>> named =
        page_of<Project>(session, "/api/projects?limit=2&name=" + encoded(*wanted_));
    if (!named) return named.fault();
    if (named->size() > 1)
        return fail(ErrorKind::conflict, "several projects have this name", "PROJECT",
                    "name its id: orchestrator project list");
    if (!named->empty()) return std::move(named->front());
    if (Result<void> id = check_identifier("PROJECT", *wanted_); !id) return id.fault();
    Result<ApiAnswer> answer = session.destination->api({"GET", "/api/projects/" + *wanted_});
    if (!answer && answer.error().kind == ErrorKind::not_found)
        return fail(ErrorKind::not_found, "there is no project \"" + *wanted_ + '"', "PROJECT",
                    "list yours: orchestrator project list");
    if (!answer) return answer.fault();
    return read_entity<Project>(*answer);
}

Result<void> ProjectDelete::check_repository(const Project& project) const {
    const std::string name = shown_repository(project);
    if (!repository_ || *repository_ == name) return {};
    return fail(ErrorKind::invalid, "is not the repository of project " + project.name,
                "--repository", "its name is " + name);
}

Result<std::string> ProjectDelete::begin(Session& session, const Project& project) const {
    if (!is_sure_)
        return fail(ErrorKind::invalid,
                    "is required: the work on project " + project.name +
                        " is cancelled, its deployment ends and its secrets are erased" +
                        (repository_ ? ", and its repository is deleted" : ""),
                    "--yes");
    const std::string_view spec =
        repository_ ? contracts::kRemovalWithRepository : contracts::kRemoval;
    Result<StartedTask> started =
        start_task(session, {project.id, TaskType::deploy, std::string(spec)}, session.request_id);
    if (!started) return started.fault();
    return std::move(started->task.id);
}

Result<Outcome> ProjectDelete::run(Session& session) {
    Result<Project> project = find(session);
    if (!project) return project.fault();
    if (Result<void> named = check_repository(*project); !named) return named.fault();
    Result<std::optional<Task>> last = last_removal(session, project->id);
    if (!last) return last.fault();
    const bool goes_on = *last && ((*last)->status == contracts::TaskStatus::queued ||
                                   (*last)->status == contracts::TaskStatus::running);
    const bool is_enough = *last && (!repository_ || is_whole(**last));
    if (is_enough && (*last)->status == contracts::TaskStatus::completed &&
        project->status == ProjectStatus::archived)
        return removed(*project, Outcome{contracts::write_message(**last)});
    if (goes_on && !is_enough)
        return fail(ErrorKind::conflict, "the project is being deleted without its repository",
                    "--repository", "repeat this when task " + (*last)->id + " has ended");
    Result<std::string> task = goes_on ? std::move((*last)->id) : begin(session, *project);
    if (!task) return task.fault();
    session.on_interrupt("task " + *task + " goes on",
                         "orchestrator deploy wait " + *task + " waits for it again");
    Result<Outcome> ended = wait_for_task(session, *task, TaskType::deploy, kLongestRemoval);
    if (!ended) return ended;
    return removed(*project, std::move(*ended));
}

}  // namespace

std::unique_ptr<Command> project_delete() {
    return std::make_unique<ProjectDelete>();
}

}  // namespace cli::commands
