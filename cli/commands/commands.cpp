#include "cli/commands/commands.h"

namespace cli::commands {

namespace {

constexpr CommandEntry kCommands[] = {
    {"project", "create", "make a project; with --start its first task, too", Reach::api_and_bus,
     project_create,
     "project create --name blog --modules backend,telegram --spec \"a blog with comments\""},
    {"project", "list", "the projects", Reach::api, project_list,
     "project list --limit 20 -o table"},
    {"project", "get", "one project", Reach::api, project_get,
     "project get 0198c0de-0000-7000-8000-000000000001"},
    {"project", "tasks", "the tasks of a project", Reach::api, project_tasks,
     "project tasks 0198c0de-0000-7000-8000-000000000001 -o table"},
    {"project", "secret set", "set a secret of a project, from standard input or a file",
     Reach::api, project_secret_set,
     "project secret set TOKEN --project 0198c0de-0000-7000-8000-000000000001 --value-file token"},
    {"project", "secret list", "the names of a project's secrets", Reach::api, project_secret_list,
     "project secret list --project 0198c0de-0000-7000-8000-000000000001 -o table"},
    {"project", "secret unset", "remove a secret of a project", Reach::api, project_secret_unset,
     "project secret unset TOKEN --project 0198c0de-0000-7000-8000-000000000001"},
    {"engineering", "start", "have something built or changed", Reach::api_and_bus,
     engineering_start,
     "engineering start --project 0198c0de-0000-7000-8000-000000000001 --spec-file change.md"},
    {"engineering", "status", "one engineering task", Reach::api, engineering_status,
     "engineering status 0198c0de-0000-7000-8000-00000000000a"},
    {"engineering", "wait", "wait until an engineering task has ended", Reach::api,
     engineering_wait, "engineering wait 0198c0de-0000-7000-8000-00000000000a --timeout 600"},
    {"engineering", "cancel", "cancel an engineering task", Reach::api_and_bus, engineering_cancel,
     "engineering cancel 0198c0de-0000-7000-8000-00000000000a"},
    {"deploy", "start", "bring a project to a server", Reach::api_and_bus, deploy_start,
     "deploy start --project 0198c0de-0000-7000-8000-000000000001"},
    {"deploy", "status", "what is deployed of a project, or one deployment task", Reach::api,
     deploy_status, "deploy status --project 0198c0de-0000-7000-8000-000000000001"},
    {"deploy", "wait", "wait until a deployment has ended", Reach::api, deploy_wait,
     "deploy wait 0198c0de-0000-7000-8000-00000000000b"},
    {"deploy", "stop", "end a project's deployment and free its port", Reach::api_and_bus,
     deploy_stop, "deploy stop --project 0198c0de-0000-7000-8000-000000000001"},
    {"deploy", "logs", "the last output of what is deployed", Reach::api_and_bus, deploy_logs,
     "deploy logs --project 0198c0de-0000-7000-8000-000000000001"},
    {"infra", "servers", "the servers", Reach::api, infra_servers, "infra servers -o table"},
    {"infra", "incidents", "what is wrong with servers", Reach::api, infra_incidents,
     "infra incidents -o table"},
    {"token", "create", "make a token that may less than your own", Reach::api, token_create,
     "token create --name tester --allow project.get,project.tasks --project "
     "0198c0de-0000-7000-8000-000000000001 --expires-in 3600"},
    {"token", "list", "the tokens that you made", Reach::api, token_list, "token list -o table"},
    {"token", "revoke", "end a token that you made, and those made with it", Reach::api,
     token_revoke, "token revoke 0198c0de-0000-7000-8000-00000000000c"},
    {"respond",
     {},
     "tell the user who waits something before the answer",
     Reach::user,
     respond,
     "respond --message \"The plan stands, I begin with the backend.\""},
    {"diagnose", "api", "whether the API answers", Reach::api, diagnose_api, "diagnose api"},
    {"diagnose", "redis", "whether Redis answers", Reach::bus, diagnose_redis, "diagnose redis"},
    {"diagnose", "projects", "projects whose state makes no sense, and what to do", Reach::api,
     diagnose_projects, "diagnose projects -o table"},
    {"diagnose", "work", "work that no daemon picks up, and what to do", Reach::api, diagnose_work,
     "diagnose work -o table"},
    {"mcp",
     {},
     "serve the commands as tools of the Model Context Protocol, over standard input and output",
     Reach::nothing,
     mcp,
     "mcp"},
    {"completion",
     {},
     "a completion script for bash, zsh or fish",
     Reach::nothing,
     completion,
     "completion bash"},
    {"man", {}, "the manual page of this program", Reach::nothing, man, "man > orchestrator.1"},
    {"version", {}, "the version of this program", Reach::nothing, version, "version"},
};

}  // namespace

std::span<const CommandEntry> all() {
    return kCommands;
}

}  // namespace cli::commands
