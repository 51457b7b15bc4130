#include "cli/commands/completion_script.h"
#include "cli/commands/project_findings.h"
#include "tests/support/child_process.h"
#include "tests/unit/cli_commands/terminal.h"

#include <catch2/catch_test_macros.hpp>

namespace cli::commands {

using contracts::Json;
using contracts::Project;
using contracts::ProjectStatus;
using contracts::Task;
using contracts::TaskStatus;
using contracts::TaskType;

namespace {

Project project_in(ProjectStatus status) {
    Project project;
    project.id = "p1";
    project.name = "blog";
    project.status = status;
    project.repository_url = "http://forge/blog.git";
    return project;
}

Task task_of(TaskType type, TaskStatus status) {
    Task task;
    task.id = "t1";
    task.project_id = "p1";
    task.type = type;
    task.status = status;
    return task;
}

}  // namespace

TEST_CASE("a project is odd when nothing does what its state says is going on") {
    struct Row {
        ProjectStatus status;
        TaskType type;
    };
    for (const Row row : {Row{ProjectStatus::scaffolding, TaskType::engineering},
                          Row{ProjectStatus::developing, TaskType::engineering},
                          Row{ProjectStatus::testing, TaskType::engineering},
                          Row{ProjectStatus::deploying, TaskType::deploy}}) {
        const Project project = project_in(row.status);
        const TaskType other =
            row.type == TaskType::deploy ? TaskType::engineering : TaskType::deploy;
        for (const TaskStatus status : {TaskStatus::queued, TaskStatus::running}) {
            CHECK_FALSE(odd(project, std::array{task_of(row.type, status)}));
            CHECK(odd(project, std::array{task_of(other, status)}));
        }
        for (const TaskStatus status :
             {TaskStatus::completed, TaskStatus::failed, TaskStatus::cancelled})
            CHECK(odd(project, std::array{task_of(row.type, status)}));
        const auto finding = odd(project, {});
        REQUIRE(finding);
        CHECK(finding->next_step.starts_with("orchestrator " + std::string(to_text(row.type)) +
                                             " start --project p1"));
    }
}

TEST_CASE("a project that rests is odd only without its repository, or failed, or missing") {
    for (const ProjectStatus status :
         {ProjectStatus::draft, ProjectStatus::scaffolded, ProjectStatus::active,
          ProjectStatus::archived, ProjectStatus::discovered})
        CHECK_FALSE(odd(project_in(status), {}));
    for (const ProjectStatus status : {ProjectStatus::failed, ProjectStatus::missing})
        CHECK(odd(project_in(status), {}));
    for (const ProjectStatus status : {ProjectStatus::scaffolded, ProjectStatus::active}) {
        Project project = project_in(status);
        project.repository_url.reset();
        CHECK(odd(project, {}));
    }
}

TEST_CASE("every page of projects is looked at") {
    int page = 0;
    WorkerTerminal terminal([&](const contracts::AgentRequest& request) {
        CHECK(request.path->starts_with("/api/projects?limit=500"));
        if (page > 0) CHECK(request.path->ends_with("&cursor=" + std::to_string(page)));
        ++page;
        return tests::api_reply(
            200, Json::array({some_project(page == 3 ? "failed" : "draft")}),
            page < 3 ? "<x?cursor=" + std::to_string(page) + ">; rel=\"next\"" : "");
    });
    const Run run = terminal.run({"diagnose", "projects"});
    CHECK(run.exit_code == 0);
    CHECK(page == 3);
    REQUIRE(run.json()["data"].size() == 1);
    CHECK(run.json()["data"][0]["next_step"] == "orchestrator project tasks p1");
}

TEST_CASE("a shell completes commands, options and values") {
    const tests::TemporaryDirectory directory;
    const std::string script =
        directory.write("complete", completion_script(Shell::bash, commands::all()));
    const auto offered = [&](const std::string& words, int current) {
        return tests::run_successfully({.argv = {"bash", "-c",
                                                 ". " + script + "; COMP_WORDS=(" + words +
                                                     "); COMP_CWORD=" + std::to_string(current) +
                                                     "; _orchestrator; echo \"${COMPREPLY[*]}\""}});
    };
    CHECK(offered("orchestrator ''", 1) ==
          "project engineering deploy infra respond diagnose completion version\n");
    CHECK(offered("orchestrator project ''", 2) == "create list get tasks\n");
    CHECK(offered("orchestrator project cr", 2) == "create\n");
    CHECK(offered("orchestrator project create --na", 3) == "--name\n");
    CHECK(offered("orchestrator project create --name x --req", 5) == "--request-id\n");
    CHECK(offered("orchestrator project list -o ''", 4) == "json table\n");
    CHECK(offered("orchestrator completion z", 2) == "zsh\n");
    for (const Shell shell : {Shell::bash, Shell::zsh, Shell::fish})
        for (const CommandEntry& entry : commands::all())
            CHECK(completion_script(shell, commands::all()).find(entry.group) != std::string::npos);
}

}  // namespace cli::commands
