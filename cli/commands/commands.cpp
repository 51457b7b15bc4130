#include "cli/commands/commands.h"

namespace cli::commands {

namespace {

constexpr CommandEntry kCommands[] = {
    {"project", "create", "make a project; with --start its first task, too", Reach::api_and_bus,
     project_create},
    {"project", "list", "the projects", Reach::api, project_list},
    {"project", "get", "one project", Reach::api, project_get},
    {"project", "tasks", "the tasks of a project", Reach::api, project_tasks},
    {"engineering", "start", "have something built or changed", Reach::api_and_bus,
     engineering_start},
    {"engineering", "status", "one engineering task", Reach::api, engineering_status},
    {"engineering", "wait", "wait until an engineering task has ended", Reach::api,
     engineering_wait},
    {"engineering", "cancel", "cancel an engineering task", Reach::api_and_bus, engineering_cancel},
    {"deploy", "start", "bring a project to a server", Reach::api_and_bus, deploy_start},
    {"deploy", "status", "one deployment task", Reach::api, deploy_status},
    {"deploy", "wait", "wait until a deployment has ended", Reach::api, deploy_wait},
    {"infra", "servers", "the servers", Reach::api, infra_servers},
    {"infra", "incidents", "what is wrong with servers", Reach::api, infra_incidents},
    {"respond", {}, "tell the user who waits something before the answer", Reach::user, respond},
    {"diagnose", "api", "whether the API answers", Reach::api, diagnose_api},
    {"diagnose", "redis", "whether Redis answers", Reach::bus, diagnose_redis},
    {"diagnose", "projects", "projects whose state makes no sense, and what to do", Reach::api,
     diagnose_projects},
    {"completion", {}, "a completion script for bash, zsh or fish", Reach::nothing, completion},
    {"version", {}, "the version of this program", Reach::nothing, version},
};

}  // namespace

std::span<const CommandEntry> all() {
    return kCommands;
}

}  // namespace cli::commands
