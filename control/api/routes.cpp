#include "control/api/routes.h"

#include "contracts/entities/secrets.h"
#include "control/api/audit.h"
#include "control/api/branch_files.h"
#include "control/api/catalog.h"
#include "control/api/chat.h"
#include "control/api/commands.h"
#include "control/api/deployment_health.h"
#include "control/api/documents.h"
#include "control/api/domains.h"
#include "control/api/egress.h"
#include "control/api/flows.h"
#include "control/api/handlers.h"
#include "control/api/inventory.h"
#include "control/api/keys.h"
#include "control/api/live_settings.h"
#include "control/api/openapi.h"
#include "control/api/platform.h"
#include "control/api/provisioning.h"
#include "control/api/queues.h"
#include "control/api/reminders.h"
#include "control/api/resources.h"
#include "control/api/route_forms.h"
#include "control/api/schedule.h"
#include "control/api/secrets.h"
#include "control/api/spending.h"
#include "control/api/web_access.h"
#include "control/api/webhooks.h"
#include "control/api/worker_entry.h"
#include "control/store/conversations.h"

#include <algorithm>

namespace control {

using contracts::Json;

namespace {

constexpr FilterParameter kProjectFilters[] = {
    {"status", contracts::kProjectStatusNames}, {"name"}, {"owner_id"}};
constexpr FilterParameter kTaskFilters[] = {
    {"project_id"}, {"status", contracts::kTaskStatusNames}, {"type", contracts::kTaskTypeNames}};
constexpr FilterParameter kExecutionFilters[] = {
    {"task_id"}, {"worker_id"}, {"status", contracts::kExecutionStatusNames}};
constexpr FilterParameter kUserFilters[] = {{"telegram_id"}};
constexpr FilterParameter kServerFilters[] = {
    {"status", contracts::kServerStatusNames}, {"handle"}, {"provider_id"}};
constexpr FilterParameter kIncidentFilters[] = {{"server_id"},
                                                {"status", contracts::kIncidentStatusNames},
                                                {"severity", contracts::kSeverityNames}};
constexpr FilterParameter kDeploymentFilters[] = {{"project_id"}, {"server_id"}, {"status"}};
constexpr FilterParameter kAllocationFilters[] = {{"server_id"}, {"project_id"}};
constexpr FilterParameter kAgentConfigFilters[] = {{"name"}, {"type", contracts::kAgentTypeNames}};
constexpr FilterParameter kApiKeyFilters[] = {{"name"}};
constexpr FilterParameter kModelFilters[] = {{"provider"}, {"name"}};
constexpr FilterParameter kDocumentFilters[] = {{"source"}, {"path"}};
constexpr FilterParameter kConversationFilters[] = {{"role", contracts::kSpeakerNames},
                                                    {"channel", contracts::kChannelNames}};
constexpr FilterParameter kFlowFilters[] = {
    {"status", kThreadStatusNames}, {"graph"}, {"subject"}, {"task_id"}, {"project_id"}};
constexpr FilterParameter kWorkerFilters[] = {
    {"state", kWorkerPhaseNames}, {"type", contracts::kWorkerTypeNames}, {"task_id"}};
constexpr FilterParameter kAuditFilters[] = {{"caller"}, {"user_id"}, {"action"}, {"subject"}};
constexpr FilterParameter kRefusalFilters[] = {{"worker_id"}, {"task_id"}, {"host"}};
constexpr FilterParameter kCommandFilters[] = {
    {"target", kCommandTargetNames}, {"target_id"}, {"task_id"}, {"status", kCommandStatusNames}};
constexpr FilterParameter kUsageFilters[] = {{"by", kUsageByNames}, {"task_id"}, {"project_id"},
                                             {"user_id"},           {"since"},   {"until"}};
constexpr FilterParameter kDirectoryParameters[] = {
    {"path", {}, false, "of the directory; absent: the root"}};
constexpr FilterParameter kFileParameters[] = {{"path", {}, true, "of the file"}};
constexpr FilterParameter kSearchParameters[] = {{"query", {}, true}};

void handle_metrics(Exchange&& exchange) {
    if (exchange.context->metrics == nullptr)
        return exchange.refuse({ErrorKind::not_found, "this daemon has no metrics"});
    exchange.reply({200, {{"Content-Type", kMetricsType}}, exchange.context->metrics->text()});
}

void handle_openapi(Exchange&& exchange) {
    exchange.reply(json_response(200, openapi()));
}

// GET /api/rag/search?query=words&limit=5: parts of documents, the best match first.
void handle_search(Exchange&& exchange) {
    Result<PageRequest> request = page_of(exchange);
    if (!request) return exchange.refuse(request.error());
    if (!request->cursor.empty())
        return exchange.refuse({ErrorKind::invalid, "is not supported: a search has only one page",
                                "cursor", "raise the limit"});
    if (request->filters.size() != 1)
        return exchange.refuse({ErrorKind::invalid, "is required, once", "query", "send words"});
    Result<std::vector<contracts::RagChunk>> found = rag_documents::search(
        exchange.context->database, request->filters[0].value, request->limit);
    if (!found) return exchange.refuse(found.error());
    exchange.reply(json_text_response(200, format_messages(*std::move(found))));
}

// A conversation can be read by its user only, not by administrators.
void handle_conversation(Exchange&& exchange) {
    Result<PageRequest> request = page_of(exchange);
    if (!request) return exchange.refuse(request.error());
    request->owner.user_id = exchange.caller->user_id;
    Result<Page<contracts::ConversationMessage>> page =
        conversations::list(exchange.context->database, *request);
    if (!page) return exchange.refuse(page.error());
    exchange.reply(page_response(exchange, *std::move(page)));
}

constexpr auto kAnything = +[] {
    return Json{{"type", "object"}};
};

using ProjectRoutes = RoutesOf<ProjectResource>;
using TaskRoutes = RoutesOf<TaskResource>;
using ExecutionRoutes = RoutesOf<TaskExecutionResource>;
using UserRoutes = RoutesOf<UserResource>;

constexpr auto kHealth = &contracts::schema_of<Health>;

constexpr Route kRoutes[] = {
    {"GET", "/health", "Whether the store answers", Access::open, 200, handle_health, nullptr,
     kHealth, "Health"},
    {"GET", "/readyz", "Whether the store, the bus, the runtime and every role work", Access::open,
     200, handle_ready, nullptr, &contracts::schema_of<Readiness>, "Readiness"},
    {"GET", "/livez", "Whether the process runs", Access::open, 200, handle_alive, nullptr, kHealth,
     "Health"},
    {"GET", "/metrics", "The daemon's metrics, for Prometheus", Access::admins, 200,
     handle_metrics},
    {"GET", "/openapi.json", "This description", Access::open, 200, handle_openapi, nullptr,
     kAnything},

    {"POST", "/api/webhooks/github",
     "Take a delivery of GitHub's, signed with the App's webhook secret", Access::open, 202,
     handle_github_webhook, nullptr, kAnything},

    whole_route<DaemonEntry>("/api/daemons", "List the daemons that work on this store",
                             handle_daemons, "Daemon"),
    {.method = "POST",
     .pattern = "/api/daemons/{name}/forget",
     .summary = "Declare a daemon gone for good; others answer for its workers",
     .access = Access::admins,
     .success = 200,
     .handle = handle_forget_daemon,
     .answer = &contracts::schema_of<DaemonEntry>,
     .entity = "Daemon",
     .has_versions = false},
    {"GET",
     "/api/work",
     "List the streams and calls that work waits in, and the daemons that pick it up",
     Access::commands,
     200,
     handle_work,
     nullptr,
     &contracts::schema_of<WorkEntry>,
     "Work",
     true,
     {},
     true,
     false},
    {"GET",
     "/api/schedule",
     "List the periodic tasks, how each went last and when it is due",
     Access::commands,
     200,
     handle_schedule,
     nullptr,
     &contracts::schema_of<ScheduleEntry>,
     "ScheduleEntry",
     true,
     {},
     true,
     false},
    {.method = "POST",
     .pattern = "/api/schedule/{name}/run",
     .summary = "Have a periodic task run now",
     .access = Access::commands,
     .success = 200,
     .handle = handle_schedule_run,
     .answer = &contracts::schema_of<ScheduleEntry>,
     .entity = "ScheduleEntry",
     .has_versions = false},

    whole_route<QueueEntry>("/api/queues",
                            "List the queues, how long each is and how much has failed",
                            handle_queues, "Queue"),
    whole_route<DeadLetterEntry>("/api/queues/{name}/dead_letters",
                                 "List the failed messages of a queue, the newest first",
                                 handle_dead_letters, "DeadLetter"),
    {.method = "POST",
     .pattern = "/api/queues/{name}/dead_letters/{id}/requeue",
     .summary = "Send a failed message once more",
     .access = Access::admins,
     .success = 204,
     .handle = handle_requeue_letter,
     .has_versions = false},
    {.method = "POST",
     .pattern = "/api/queues/{name}/dead_letters/{id}/drop",
     .summary = "Drop a failed message",
     .access = Access::admins,
     .success = 204,
     .handle = handle_drop_letter,
     .has_versions = false},

    whole_route<SettingEntry>("/api/settings",
                              "List the settings that may be changed while the daemon runs",
                              handle_settings, "Setting"),
    {.method = "PUT",
     .pattern = "/api/settings/{name}",
     .summary = "Change a setting, or return to the environment's value",
     .access = Access::admins,
     .success = 200,
     .handle = handle_set_setting,
     .body = &contracts::schema_of<NewSettingValue>,
     .answer = &contracts::schema_of<SettingEntry>,
     .entity = "Setting",
     .has_versions = false},
    whole_route<SettingChangeEntry>("/api/setting_changes",
                                    "List changes of settings and their authors, the newest first",
                                    handle_setting_changes, "SettingChange"),

    {"GET", "/api/projects", "List projects, the newest first", Access::commands, 200,
     handle_list<ProjectResource>, nullptr, ProjectRoutes::kEntity, "Project", true,
     kProjectFilters},
    {"POST", "/api/projects", "Create a project", Access::commands, 201,
     handle_create<ProjectResource>, ProjectRoutes::kNew, ProjectRoutes::kEntity, "Project"},
    {"GET", "/api/projects/{id}", "Read a project", Access::commands, 200,
     handle_get<ProjectResource>, nullptr, ProjectRoutes::kEntity, "Project"},
    change_route<ProjectResource>("/api/projects/{id}", "Change a project", "Project",
                                  Access::commands),
    {"DELETE", "/api/projects/{id}", "Delete a project without tasks", Access::commands, 204,
     handle_erase<ProjectResource>},

    {"GET", "/api/projects/{id}/secrets", "List a project's secrets without their values",
     Access::commands, 200, handle_list_secrets, nullptr,
     &contracts::schema_of<contracts::ProjectSecret>, "ProjectSecret", true},
    {"PUT", "/api/projects/{id}/secrets/{name}", "Set a project's secret", Access::commands, 204,
     handle_set_secret, &contracts::schema_of<contracts::SecretValue>},
    {.method = "DELETE",
     .pattern = "/api/projects/{id}/secrets/{name}",
     .summary = "Remove a project's secret",
     .access = Access::commands,
     .success = 204,
     .handle = handle_erase_secret,
     .has_versions = false},

    {.method = "GET",
     .pattern = "/api/projects/{id}/documents",
     .summary =
         "List a project's documents, and the files that could not be read as one, with the reason",
     .access = Access::commands,
     .success = 200,
     .handle = handle_documents,
     .answer = &contracts::schema_of<ProjectDocument>,
     .entity = "ProjectDocument",
     .is_list = true,
     .has_pages = false},
    {.method = "GET",
     .pattern = "/api/projects/{id}/documents/search",
     .summary =
         "Find parts of a project's documents by words, and by meaning if a model is configured",
     .access = Access::commands,
     .success = 200,
     .handle = handle_search_documents,
     .answer = &contracts::schema_of<FoundPart>,
     .entity = "FoundPart",
     .is_list = true,
     .filters = kSearchParameters,
     .has_pages = false},

    {.method = "GET",
     .pattern = "/api/projects/{id}/domains",
     .summary = "List the domains under which a project is reached over https",
     .access = Access::commands,
     .success = 200,
     .handle = handle_list_domains,
     .answer = &contracts::schema_of<ProjectDomain>,
     .entity = "ProjectDomain",
     .is_list = true,
     .has_pages = false},
    {.method = "PUT",
     .pattern = "/api/projects/{id}/domains/{name}",
     .summary = "Serve a project under a domain, once its DNS entry leads here",
     .access = Access::commands,
     .success = 200,
     .handle = handle_add_domain,
     .answer = &contracts::schema_of<ProjectDomain>,
     .entity = "ProjectDomain",
     .has_versions = false},
    {.method = "DELETE",
     .pattern = "/api/projects/{id}/domains/{name}",
     .summary = "Stop serving a project under a domain",
     .access = Access::commands,
     .success = 204,
     .handle = handle_remove_domain,
     .has_versions = false},

    {"GET", "/api/tasks", "List tasks, the newest first", Access::commands, 200,
     handle_list<TaskResource>, nullptr, TaskRoutes::kEntity, "Task", true, kTaskFilters},
    {"POST", "/api/tasks", "Create a task", Access::commands, 201, handle_create<TaskResource>,
     TaskRoutes::kNew, &contracts::schema_of<NewTaskAnswer>, "NewTaskAnswer"},
    {"GET", "/api/tasks/{id}", "Read a task", Access::commands, 200, handle_get<TaskResource>,
     nullptr, TaskRoutes::kEntity, "Task"},
    change_route<TaskResource>("/api/tasks/{id}",
                               "Change a task; without admin rights, only cancel it", "Task",
                               Access::commands),
    {"DELETE", "/api/tasks/{id}", "Delete a task that is not running", Access::commands, 204,
     handle_erase<TaskResource>},

    {"GET", "/api/task_executions", "List executions, the newest first", Access::commands, 200,
     handle_list<TaskExecutionResource>, nullptr, ExecutionRoutes::kEntity, "TaskExecution", true,
     kExecutionFilters},
    {"POST", "/api/task_executions", "Record an execution", Access::commands, 201,
     handle_create<TaskExecutionResource>, ExecutionRoutes::kNew, ExecutionRoutes::kEntity,
     "TaskExecution"},
    {"GET", "/api/task_executions/{id}", "Read an execution", Access::commands, 200,
     handle_get<TaskExecutionResource>, nullptr, ExecutionRoutes::kEntity, "TaskExecution"},
    change_route<TaskExecutionResource>("/api/task_executions/{id}", "Change an execution",
                                        "TaskExecution", Access::commands),
    {"DELETE", "/api/task_executions/{id}", "Delete an execution", Access::commands, 204,
     handle_erase<TaskExecutionResource>},

    list_route<FlowResource>("/api/flows", "List flows (runs of graphs), the newest first", "Flow",
                             kFlowFilters),
    read_route<FlowDetailResource>(
        "/api/flows/{id}", "Read a flow: its checkpoint, what it waits for, its graph drawn",
        "FlowDetail"),
    whole_route<ThreadStep>("/api/flows/{id}/steps", "List a flow's last steps, the newest first",
                            handle_flow_steps, "FlowStep"),
    whole_route<FlowEffect>("/api/flows/{id}/effects",
                            "List a flow's effects (messages and calls) that are not done yet",
                            handle_flow_effects, "FlowEffect"),
    whole_route<FlowGraph>("/api/graphs", "List the graphs that flows run along", handle_graphs,
                           "Graph"),
    list_route<WorkerResource>("/api/workers", "List workers, the newest first", "Worker",
                               kWorkerFilters),
    read_route<WorkerResource>("/api/workers/{id}",
                               "Read a worker; if it has ended, with its last output", "Worker"),

    whole_route<TranscriptLine>("/api/workers/{id}/transcript",
                                "List what an agent said and did until its worker ended, the "
                                "oldest first",
                                handle_transcript, "TranscriptLine"),
    {.method = "GET",
     .pattern = "/api/workers/{id}/files",
     .summary = "List a directory of the branch that a worker's work is on, as the forge has it",
     .access = Access::admins,
     .success = 200,
     .handle = handle_branch_files,
     .answer = &contracts::schema_of<BranchEntry>,
     .entity = "BranchEntry",
     .is_list = true,
     .filters = kDirectoryParameters},
    {.method = "GET",
     .pattern = "/api/workers/{id}/file",
     .summary = "Read a text file of that branch, at most 256 KiB; what looks like a key is masked",
     .access = Access::admins,
     .success = 200,
     .handle = handle_branch_file,
     .answer = &contracts::schema_of<BranchFile>,
     .entity = "BranchFile",
     .filters = kFileParameters,
     .has_versions = false},

    list_route<EgressRefusalResource>("/api/egress/refusals",
                                      "List hosts that workers were not allowed to reach, the "
                                      "newest first",
                                      "EgressRefusal", kRefusalFilters),

    list_route<AuditResource>("/api/audit_log",
                              "List what was changed through the API, by whom, the newest first",
                              "AuditEntry", kAuditFilters),

    list_route<CommandResource>(
        "/api/commands", "List commands of people to flows, workers and projects, the newest first",
        "Command", kCommandFilters),
    create_route<CommandResource>(
        "/api/commands",
        "Send a command to a flow, a worker or a project; without admin rights, only answer your "
        "own task's question or redeploy your own project",
        "Command", Access::commands),
    read_route<CommandResource>("/api/commands/{id}", "Read a command and its outcome", "Command",
                                Access::commands),

    {"GET", "/api/users", "List users, the newest first", Access::bots, 200,
     handle_list<UserResource>, nullptr, UserRoutes::kEntity, "User", true, kUserFilters},
    {"POST", "/api/users", "Create a user", Access::bots, 201, handle_create<UserResource>,
     UserRoutes::kNew, UserRoutes::kEntity, "User"},
    {"GET", "/api/users/{id}", "Read a user", Access::bots, 200, handle_get<UserResource>, nullptr,
     UserRoutes::kEntity, "User"},
    change_route<UserResource>("/api/users/{id}", "Change a user", "User"),
    {"DELETE", "/api/users/{id}", "Delete a user without projects", Access::admins, 204,
     handle_erase<UserResource>},

    {"GET", "/api/conversations", "Read your own conversation, the newest message first",
     Access::users, 200, handle_conversation, nullptr,
     &contracts::schema_of<contracts::ConversationMessage>, "ConversationMessage", true,
     kConversationFilters},
    {.method = "GET",
     .pattern = "/api/chat",
     .summary = "Read your own chat on the web page, the newest line first",
     .access = Access::people,
     .success = 200,
     .handle = handle_chat_lines,
     .answer = &contracts::schema_of<ChatLine>,
     .entity = "ChatLine",
     .is_list = true,
     .has_versions = false},
    {.method = "POST",
     .pattern = "/api/chat",
     .summary = "Write to your own Product Owner",
     .access = Access::people,
     .success = 201,
     .handle = handle_create<ChatLineResource>,
     .body = &contracts::schema_of<NewChatLine>,
     .answer = &contracts::schema_of<ChatLine>,
     .entity = "ChatLine",
     .has_versions = false},

    list_route<ServerResource>("/api/servers", "List servers, the newest first", "Server",
                               kServerFilters, Access::commands),
    create_route<ServerResource>("/api/servers", "Create a server", "Server", Access::commands),
    read_route<ServerResource>("/api/servers/{id}", "Read a server", "Server", Access::commands),
    {.method = "POST",
     .pattern = "/api/servers/{id}/provision",
     .summary = "Have a managed server provisioned",
     .access = Access::commands,
     .success = 200,
     .handle = handle_provision,
     .body = &contracts::schema_of<ProvisionOrder>,
     .answer = RoutesOf<ServerResource>::kEntity,
     .entity = "Server",
     .has_versions = false},
    {.method = "POST",
     .pattern = "/api/servers/{id}/release",
     .summary = "Take a server out of use",
     .access = Access::commands,
     .success = 200,
     .handle = handle_release,
     .answer = RoutesOf<ServerResource>::kEntity,
     .entity = "Server",
     .has_versions = false},
    change_route<ServerResource>("/api/servers/{id}", "Change a server", "Server"),
    erase_route<ServerResource>("/api/servers/{id}", "Delete a server that nothing refers to"),

    list_route<IncidentResource>("/api/incidents", "List incidents, the newest first", "Incident",
                                 kIncidentFilters, Access::commands),
    create_route<IncidentResource>("/api/incidents", "Create an incident", "Incident"),
    read_route<IncidentResource>("/api/incidents/{id}", "Read an incident", "Incident"),
    change_route<IncidentResource>("/api/incidents/{id}", "Change an incident", "Incident",
                                   Access::commands),
    erase_route<IncidentResource>("/api/incidents/{id}", "Delete an incident"),

    list_route<ServiceDeploymentResource>("/api/service_deployments",
                                          "List deployments, the newest first", "ServiceDeployment",
                                          kDeploymentFilters, Access::commands),
    create_route<ServiceDeploymentResource>("/api/service_deployments", "Create a deployment",
                                            "ServiceDeployment"),
    read_route<ServiceDeploymentResource>("/api/service_deployments/{id}", "Read a deployment",
                                          "ServiceDeployment"),
    change_route<ServiceDeploymentResource>("/api/service_deployments/{id}", "Change a deployment",
                                            "ServiceDeployment"),
    erase_route<ServiceDeploymentResource>("/api/service_deployments/{id}", "Delete a deployment"),
    {.method = "GET",
     .pattern = "/api/deployment_health",
     .summary = "List how deployments have answered in the last week, by the hour",
     .access = Access::commands,
     .success = 200,
     .handle = handle_deployment_health,
     .answer = &contracts::schema_of<DeploymentHealth>,
     .entity = "DeploymentHealth",
     .is_list = true,
     .filters = kDeploymentFilters,
     .has_versions = false},

    list_route<AllocationResource>("/api/allocations", "List allocations, the newest first",
                                   "Allocation", kAllocationFilters),
    create_route<AllocationResource>("/api/allocations", "Create an allocation", "Allocation",
                                     Access::commands),
    read_route<AllocationResource>("/api/allocations/{id}", "Read an allocation", "Allocation"),
    change_route<AllocationResource>("/api/allocations/{id}", "Change an allocation", "Allocation"),
    erase_route<AllocationResource>("/api/allocations/{id}", "Delete an allocation"),

    list_route<AgentConfigResource>("/api/agent_configs", "List agents' settings, the newest first",
                                    "AgentConfig", kAgentConfigFilters),
    create_route<AgentConfigResource>("/api/agent_configs", "Create an agent's settings",
                                      "AgentConfig"),
    read_route<AgentConfigResource>("/api/agent_configs/{id}", "Read an agent's settings",
                                    "AgentConfig"),
    change_route<AgentConfigResource>("/api/agent_configs/{id}", "Change an agent's settings",
                                      "AgentConfig"),
    erase_route<AgentConfigResource>("/api/agent_configs/{id}", "Delete an agent's settings"),

    list_route<ApiKeyResource>("/api/api_keys", "List API keys, the newest first", "ApiKey",
                               kApiKeyFilters, Access::commands),
    {"POST", "/api/api_keys",
     "Create an API key with at most your own permissions; only this answer contains the key "
     "itself",
     Access::commands, 201, handle_create<ApiKeyResource>, RoutesOf<ApiKeyResource>::kNew,
     &contracts::schema_of<contracts::CreatedApiKey>, "CreatedApiKey"},
    read_route<ApiKeyResource>("/api/api_keys/{id}", "Read an API key", "ApiKey"),
    change_route<ApiKeyResource>(
        "/api/api_keys/{id}",
        "Change an API key; without admin rights, only revoke one that you created", "ApiKey",
        Access::commands),
    erase_route<ApiKeyResource>("/api/api_keys/{id}", "Delete an API key and its token"),

    list_route<AvailableModelResource>("/api/available_models", "List models, the newest first",
                                       "AvailableModel", kModelFilters),
    create_route<AvailableModelResource>("/api/available_models", "Create a model",
                                         "AvailableModel"),
    read_route<AvailableModelResource>("/api/available_models/{id}", "Read a model",
                                       "AvailableModel"),
    change_route<AvailableModelResource>("/api/available_models/{id}", "Change a model",
                                         "AvailableModel"),
    erase_route<AvailableModelResource>("/api/available_models/{id}", "Delete a model"),

    list_route<ReminderResource>("/api/reminders", "List pending reminders, the newest first",
                                 "Reminder", {}, Access::commands),
    create_route<ReminderResource>("/api/reminders",
                                   "Schedule a reminder for the user's Product Owner", "Reminder",
                                   Access::commands),
    {.method = "DELETE",
     .pattern = "/api/reminders/{id}",
     .summary = "Cancel a reminder",
     .access = Access::commands,
     .success = 204,
     .handle = handle_erase<ReminderResource>},

    {.method = "GET",
     .pattern = "/api/usage",
     .summary = "Sum up the usage and cost of model calls",
     .access = Access::commands,
     .success = 200,
     .handle = handle_usage,
     .answer = &contracts::schema_of<UsageEntry>,
     .entity = "Usage",
     .is_list = true,
     .filters = kUsageFilters,
     .has_pages = false},
    {.method = "GET",
     .pattern = "/api/budgets",
     .summary = "List the caps on the cost of model calls",
     .access = Access::commands,
     .success = 200,
     .handle = handle_budgets,
     .answer = &contracts::schema_of<BudgetEntry>,
     .entity = "Budget",
     .is_list = true,
     .has_pages = false},
    {.method = "POST",
     .pattern = "/api/budgets",
     .summary = "Set or remove a cap on the cost of model calls; workers may not",
     .access = Access::commands,
     .success = 200,
     .handle = handle_set_budget,
     .body = &contracts::schema_of<NewBudget>,
     .answer = &contracts::schema_of<BudgetEntry>,
     .entity = "Budget",
     .has_versions = false},

    list_route<RagDocumentResource>("/api/rag", "List documents, the newest first", "RagDocument",
                                    kDocumentFilters),
    create_route<RagDocumentResource>("/api/rag", "Create a document", "RagDocument"),
    {"GET", "/api/rag/search", "Find the parts of documents that contain all of these words",
     Access::admins, 200, handle_search, nullptr, &contracts::schema_of<contracts::RagChunk>,
     "RagChunk", true, kSearchParameters, true, false},
    read_route<RagDocumentResource>("/api/rag/{id}", "Read a document", "RagDocument"),
    change_route<RagDocumentResource>("/api/rag/{id}", "Change a document", "RagDocument"),
    erase_route<RagDocumentResource>("/api/rag/{id}", "Delete a document"),

    {"POST", "/api/web_links",
     "Create a link that signs in to the web page once, with the permissions of the calling token",
     Access::commands, 201, handle_new_web_link, nullptr, &contracts::schema_of<WebLink>,
     "WebLink"},
    {"GET",
     "/api/web_sessions",
     "List who is signed in to the web page, the newest first",
     Access::commands,
     200,
     handle_web_sessions,
     nullptr,
     &contracts::schema_of<WebSessionEntry>,
     "WebSession",
     true,
     {},
     true,
     false},
    {.method = "DELETE",
     .pattern = "/api/web_sessions/{id}",
     .summary = "End a session of the web page",
     .access = Access::commands,
     .success = 204,
     .handle = handle_end_web_session,
     .has_versions = false},
};

}  // namespace

bool answers_at_once(const Route& route) {
    return route.handle == handle_alive || route.handle == handle_openapi;
}

std::span<const Route> routes() {
    return kRoutes;
}

}  // namespace control
