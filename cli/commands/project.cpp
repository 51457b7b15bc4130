#include "cli/commands/commands.h"
#include "cli/commands/tasks.h"
#include "cli/input.h"
#include "contracts/fields/write.h"

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::NewProject;
using contracts::NewTask;
using contracts::Project;
using contracts::Result;
using contracts::Task;
using contracts::TaskType;

class ProjectCreate final : public Command {
public:
    void declare(Options& options) override {
        options.required("--name", "NAME", name_, "a-z, then at most 62 of a-z 0-9 _ -");
        options.text("--description", "TEXT", description_, "for people");
        options.text("--modules", "LIST", modules_, "backend,telegram,frontend",
                     contracts::kModuleNames);
        options.flag("--start", start_,
                     "also start the first engineering task (implied by --spec)");
        options.flag("--no-start", no_start_,
                     "never start one, even inside a Product Owner's worker");
        spec_.declare(options);
        options.exclusive("--start", "--no-start");
        options.exclusive("--no-start", "--spec");
        options.exclusive("--no-start", "--spec-file");
    }

    Result<Outcome> run(Session& session) override;
    Reach reach(const Settings& settings, Reach entry) const override {
        return starts(settings) ? entry : Reach::api;
    }

private:
    [[nodiscard]] Result<NewProject> checked_project() const;
    // A project is started at once for a product owner, or if it comes with a spec.
    [[nodiscard]] bool starts(const Settings& settings) const {
        return !no_start_ && (start_ || spec_.spec || spec_.file || settings.worker_type == "po");
    }

    std::optional<std::string> name_;
    std::optional<std::string> description_;
    std::optional<std::string> modules_;
    bool start_ = false;
    bool no_start_ = false;
    SpecOptions spec_;
};

Result<NewProject> ProjectCreate::checked_project() const {
    if (Result<void> text = check_text("name", *name_); !text) return text.fault();
    if (description_)
        if (Result<void> text = check_text("description", *description_); !text)
            return text.fault();
    Json project{{"name", *name_}};
    if (description_) project["description"] = *description_;
    if (modules_) {
        Result<std::vector<std::string>> modules = split_list("modules", *modules_);
        if (!modules) return modules.fault();
        for (std::size_t i = 0; i < modules->size(); ++i)
            if (Result<void> text = check_text("modules[" + std::to_string(i) + ']', (*modules)[i]);
                !text)
                return text.fault();
        project["modules"] = std::move(*modules);
    }
    return contracts::read_message<NewProject>(project);
}

Result<Outcome> ProjectCreate::run(Session& session) {
    Result<NewProject> wanted = checked_project();
    if (!wanted) return wanted.fault();
    Result<std::optional<std::string>> spec = spec_.read(session.stdin_fd);
    if (!spec) return spec.fault();
    NewTask task{"not-made-yet", TaskType::engineering, *spec ? *spec : description_};
    if (task.spec && task.spec->empty() && !*spec) task.spec.reset();
    const std::string task_key = session.request_id + ".task";
    if (starts(session.settings)) {
        if (Result<void> checked = check_new(task); !checked) return checked.fault();
        if (const std::size_t more = task_key.size() - session.request_id.size();
            task_key.size() > kMaxIdentifier)
            return fail(ErrorKind::invalid,
                        "must have at most " + std::to_string(kMaxIdentifier - more) +
                            " bytes when a task is started as well",
                        "request_id");
    }

    Result<ApiAnswer> answer = session.destination->api(
        {"POST", "/api/projects", contracts::write_message(*wanted), session.request_id});
    if (!answer) return answer.fault();
    Result<Project> project = read_entity<Project>(*answer);
    if (!project) return project.fault();
    Outcome outcome{std::move(answer->body), "project " + project->name + " was created"};
    if (!starts(session.settings)) return outcome;

    task.project_id = project->id;
    Result<StartedTask> started = start_task(session, task, task_key);
    if (!started)
        return fail(std::move(started.error()).context("project " + project->id + " was created"));
    outcome.data = Json{{"project", std::move(outcome.data)},
                        {"task", contracts::write_message(started->task)}};
    outcome.message += ", " + started->message("its engineering task has started");
    return outcome;
}

class ProjectList final : public Command {
public:
    void declare(Options& options) override { page_.declare(options); }
    Result<Outcome> run(Session& session) override {
        Result<std::string> query = page_.query();
        if (!query) return query.fault();
        return list(session, "/api/projects" + *query, {"id", "name", "status", "modules"});
    }

private:
    Page page_;
};

class ProjectGet final : public Command {
public:
    void declare(Options& options) override { options.argument("ID", id_, "the project's id"); }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("id", *id_); !id) return id.fault();
        Result<ApiAnswer> answer = session.destination->api({"GET", "/api/projects/" + *id_});
        if (!answer) return answer.fault();
        Result<Project> project = read_entity<Project>(*answer);
        if (!project) return project.fault();
        return Outcome{std::move(answer->body),
                       "project " + project->name + " is " + std::string(to_text(project->status))};
    }

private:
    std::optional<std::string> id_;
};

class ProjectTasks final : public Command {
public:
    void declare(Options& options) override {
        options.argument("ID", id_, "the project's id");
        page_.declare(options);
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("id", *id_); !id) return id.fault();
        Result<std::string> query = page_.query("project_id=" + *id_);
        if (!query) return query.fault();
        Result<Outcome> found =
            list(session, "/api/tasks" + *query, {"id", "type", "status", "created_at", "spec"});
        // A mistyped id also finds nothing.
        if (found && found->data.empty())
            found->message = "no task found: either the project has none, or you have no project " +
                             *id_ + " (orchestrator project list)";
        return found;
    }

private:
    std::optional<std::string> id_;
    Page page_;
};

}  // namespace

std::unique_ptr<Command> project_create() {
    return std::make_unique<ProjectCreate>();
}
std::unique_ptr<Command> project_list() {
    return std::make_unique<ProjectList>();
}
std::unique_ptr<Command> project_get() {
    return std::make_unique<ProjectGet>();
}
std::unique_ptr<Command> project_tasks() {
    return std::make_unique<ProjectTasks>();
}

}  // namespace cli::commands
