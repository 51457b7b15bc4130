#include "cli/commands/completion_script.h"
#include "cli/commands/project_findings.h"
#include "tests/support/child_process.h"
#include "tests/unit/cli_commands/terminal.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

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

TEST_CASE("a task that nobody takes up is found, and what is young or at work is not") {
    constexpr contracts::Timestamp kNow{std::chrono::hours(500'000)};
    Task task = task_of(TaskType::engineering, TaskStatus::queued);
    task.created_at = kNow - std::chrono::minutes(11);
    REQUIRE(waiting(task, kNow));
    CHECK(waiting(task, kNow)->next_step.find("graphs") != std::string::npos);
    task.type = TaskType::deploy;
    CHECK(waiting(task, kNow)->next_step.find("deploy:queue") != std::string::npos);
    task.updated_at = kNow - std::chrono::minutes(9);
    CHECK_FALSE(waiting(task, kNow));
    task.updated_at.reset();
    task.status = TaskStatus::running;
    CHECK_FALSE(waiting(task, kNow));

    WorkerTerminal terminal([&](const contracts::AgentRequest& request) {
        if (!request.path->starts_with("/api/tasks?status=queued"))
            return tests::api_reply(200, Json::array());
        Json row{{"id", "t1"}, {"project_id", "p1"}, {"type", "deploy"}, {"status", "queued"}};
        row["created_at"] = "2026-01-10T12:00:00Z";
        Json other = row;
        other["id"] = "t2";
        other["project_id"] = "p2";
        Json third = row;
        third["id"] = "t3";
        return tests::api_reply(200, Json::array({row, other, third}));
    });
    CHECK(terminal.run({"diagnose", "projects"}).json()["data"][0]["name"] == "task t1");
    CHECK(terminal.run({"diagnose", "projects", "-q"}).out == "p1\np2\n");
}

TEST_CASE("every page of projects is looked at") {
    int page = 0;
    WorkerTerminal terminal([&](const contracts::AgentRequest& request) {
        if (request.path->starts_with("/api/tasks?")) return tests::api_reply(200, Json::array());
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

TEST_CASE("work that no daemon picks up is told with what to do") {
    Json answer = Json::array({{{"work", "engineering:queue"}, {"picked_up_by", {"d1"}}},
                               {{"work", "deploy:queue"},
                                {"picked_up_by", Json::array()},
                                {"problem", "no daemon reads deploy:queue"},
                                {"next_step", "start a daemon with the role graphs"}}});
    WorkerTerminal terminal([&](const contracts::AgentRequest& request) {
        CHECK(*request.path == "/api/work");
        return tests::api_reply(200, answer);
    });
    Run run = terminal.run({"diagnose", "work"});
    CHECK(run.exit_code == 0);
    CHECK(run.json()["message"] == "work that no daemon picks up: 1");
    REQUIRE(run.json()["data"].size() == 1);
    CHECK(run.json()["data"][0]["problem"] == "no daemon reads deploy:queue");
    CHECK(terminal.run({"diagnose", "work", "-o", "table"})
              .out.find("start a daemon with the role graphs") != std::string::npos);
    answer.erase(1);
    run = terminal.run({"diagnose", "work"});
    CHECK(run.json()["message"] == "daemons pick up all work");
    CHECK(run.json()["data"].empty());
}

TEST_CASE("diagnose infra: servers that need somebody, and open incidents, with what to do") {
    const auto server = [](const char* handle, const char* status) {
        return Json{{"id", std::string("id-") + handle},
                    {"name", handle},
                    {"handle", handle},
                    {"ip_address", "192.0.2.1"},
                    {"status", status},
                    {"provider_id", handle},
                    {"is_managed", true},
                    {"last_health_check", "2001-01-01T00:00:00Z"}};
    };
    Json servers = Json::array({server("well", "reserved"), server("broken", "error"),
                                server("lost", "active"), server("new", "new")});
    Json incidents = Json::array({{{"id", "i1"},
                                   {"server_id", "id-broken"},
                                   {"severity", "high"},
                                   {"status", "open"},
                                   {"title", "The disk of broken is nearly full"},
                                   {"description", "remove images"},
                                   {"created_at", "2026-01-01T00:00:00Z"}}});
    WorkerTerminal terminal([&](const contracts::AgentRequest& request) {
        return tests::api_reply(200,
                                request.path->starts_with("/api/servers") ? servers : incidents);
    });
    Run run = terminal.run({"diagnose", "infra"});
    CHECK(run.exit_code == 0);
    REQUIRE(run.json()["data"].size() == 4);
    CHECK(run.json()["data"][0]["problem"] == "could not be set up");
    CHECK(run.json()["data"][1]["problem"] == "was not looked at within half an hour");
    CHECK(run.json()["data"][2]["next_step"] == "orchestrator infra provision id-new");
    CHECK(run.json()["data"][3]["server"] == "broken");
    CHECK(run.json()["data"][3]["problem"] == "The disk of broken is nearly full");
    servers = incidents = Json::array();
    CHECK(terminal.run({"diagnose", "infra"}).json()["message"] ==
          "nothing is wrong with the servers");
}

TEST_CASE("a start that nobody would pick up says so") {
    for (const auto& [type, words, queue] :
         {std::tuple("deploy", std::vector<std::string>{"deploy", "start", "--project", "p1"},
                     "deploy:queue"),
          std::tuple("engineering",
                     std::vector<std::string>{"engineering", "start", "--project", "p1", "--spec",
                                              "a blog"},
                     "engineering:queue")}) {
        Json task = some_task(type);
        WorkerTerminal quiet(healthy(some_project(), task));
        CHECK(quiet.run(words).json()["message"].get<std::string>().ends_with("task t1"));
        const std::string warning = std::string("no daemon reads ") + queue;
        task["warning"] = warning + "; start a daemon with the role graphs";
        WorkerTerminal terminal(healthy(some_project(), task));
        const Run run = terminal.run(words);
        CHECK(run.exit_code == 0);
        CHECK(run.json()["message"].get<std::string>().ends_with(
            "task t1, but " + warning + "; start a daemon with the role graphs"));
    }
}

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> words(1);
    for (const char c : line) {
        if (c != ' ' && c != '\n')
            words.back() += c;
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

// The words that a shell offers to complete the last of `words`, in the shell's order.
std::string offered_by(Shell shell, const std::vector<std::string>& words) {
    const tests::TemporaryDirectory directory;
    const std::string script =
        directory.write("complete", completion_script(shell, commands::all()));
    std::string line;
    for (const std::string& word : words)
        line += " '" + word + "'";
    const std::string last = std::to_string(words.size() - 1);
    switch (shell) {
        case Shell::bash:
            return tests::run_successfully(
                {.argv = {"bash", "-c",
                          ". " + script + "; COMP_WORDS=(" + line + "); COMP_CWORD=" + last +
                              "; _orchestrator; echo \"${COMPREPLY[*]}\""}});
        case Shell::zsh:  // completing needs a terminal, so the candidates are enough
            return tests::run_successfully(
                {.argv = {"zsh", "-f", "-c",
                          "compdef() { }; compadd() { shift; print -- $@ }; . " + script +
                              "; words=(" + line + "); CURRENT=" + std::to_string(words.size()) +
                              "; _orchestrator"}});
        case Shell::fish: {
            std::string typed;
            for (const std::string& word : words)
                typed += (typed.empty() ? "" : " ") + word;
            const std::string found = tests::run_successfully(
                {.argv = {"fish", "--no-config", "-c",
                          "source " + script + "; complete -C '" + typed +
                              "' | string replace -r '\\t.*' '' | string join ' '; true"}});
            return found;
        }
    }
    return {};
}

TEST_CASE("each shell completes commands, options and values") {
    const Shell shell = GENERATE(Shell::bash, Shell::zsh, Shell::fish);
    CAPTURE(static_cast<int>(shell));
    const auto offers = [&](const std::vector<std::string>& words, std::string expected) {
        std::string found;
        for (const std::string& word : split(offered_by(shell, words)))
            if (word.starts_with(words.back())) found += (found.empty() ? "" : " ") + word;
        if (shell == Shell::fish) {  // this shell sorts
            std::vector<std::string> words_expected = split(expected);
            std::ranges::sort(words_expected);
            expected.clear();
            for (const std::string& word : words_expected)
                expected += (expected.empty() ? "" : " ") + word;
        }
        CHECK(found == expected);
    };
    offers({"orchestrator", ""},
           "project engineering deploy domain docs infra schedule queue settings flow worker "
           "egress audit daemon token remind "
           "reminder usage budget "
           "web respond diagnose mcp completion man "
           "version");
    offers({"orchestrator", "project", ""}, "create list get tasks delete secret");
    offers({"orchestrator", "project", "cr"}, "create");
    offers({"orchestrator", "project", "secret", ""}, "set list unset");
    offers({"orchestrator", "token", "r"}, "revoke");
    offers({"orchestrator", "project", "create", "--na"}, "--name");
    offers({"orchestrator", "project", "create", "--name", "x", "--req"}, "--request-id");
    offers({"orchestrator", "project", "list", "-o", ""}, "json table");
    offers({"orchestrator", "project", "create", "--modules", ""}, "backend telegram frontend");
    offers({"orchestrator", "completion", "z"}, "zsh");
    if (shell == Shell::fish) return;  // it takes an option's value for a command, and offers files
    offers({"orchestrator", "-o", "table", "project", "secret", ""}, "set list unset");
    offers({"orchestrator", "--output", "table", ""},
           "project engineering deploy domain docs infra schedule queue settings flow worker "
           "egress audit daemon token remind "
           "reminder usage budget "
           "web respond diagnose mcp completion man "
           "version");
    offers({"orchestrator", "-o", "t"}, "table");
    offers({"orchestrator", "help", "i"}, "infra");
    offers({"orchestrator", "help", "token", "r"}, "revoke");
}

TEST_CASE("where a value is typed that only its writer knows, bash offers no options") {
    CHECK(offered_by(Shell::bash, {"orchestrator", "project", "create", "--spec-file", ""}) ==
          "\n");
    CHECK(offered_by(Shell::bash, {"orchestrator", "token", "create", "--allow", ""}) == "\n");
}

}  // namespace cli::commands
