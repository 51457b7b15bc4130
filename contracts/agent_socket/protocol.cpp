#include "contracts/agent_socket/protocol.h"

namespace contracts {

namespace {

constexpr Bounds kWait{0, 30'000};
constexpr Bounds kRespondText{1, kMaxRespondBytes};

constexpr Grant kGrants[] = {
    {"project.create", AgentAction::api, "POST", "/api/projects"},
    {"project.create", AgentAction::api, "POST", "/api/tasks"},
    {"project.create", AgentAction::publish, {}, {}, "engineering:queue"},
    {"project.list", AgentAction::api, "GET", "/api/projects"},
    {"project.get", AgentAction::api, "GET", "/api/projects/*"},
    {"project.tasks", AgentAction::api, "GET", "/api/tasks"},
    {"project.secret_set", AgentAction::api, "PUT", "/api/projects/*/secrets/*"},
    {"project.secret_list", AgentAction::api, "GET", "/api/projects/*/secrets"},
    {"project.secret_unset", AgentAction::api, "DELETE", "/api/projects/*/secrets/*"},
    {"engineering.start", AgentAction::api, "POST", "/api/tasks"},
    {"engineering.start", AgentAction::publish, {}, {}, "engineering:queue"},
    {"engineering.status", AgentAction::api, "GET", "/api/tasks/*"},
    {"engineering.wait", AgentAction::api, "GET", "/api/tasks/*"},
    {"engineering.wait", AgentAction::follow},
    {"engineering.cancel", AgentAction::api, "GET", "/api/tasks/*"},
    {"engineering.cancel", AgentAction::api, "PATCH", "/api/tasks/*"},
    {"engineering.cancel", AgentAction::publish, {}, {}, "graphs:commands"},
    {"engineering.answer", AgentAction::api, "GET", "/api/tasks/*"},
    {"engineering.answer", AgentAction::api, "POST", "/api/commands"},
    {"engineering.answer", AgentAction::api, "GET", "/api/commands/*"},
    {"deploy.start", AgentAction::api, "POST", "/api/tasks"},
    {"deploy.start", AgentAction::publish, {}, {}, "deploy:queue"},
    {"deploy.start", AgentAction::api, "GET", "/api/tasks/*"},
    {"deploy.start", AgentAction::follow},
    {"deploy.stop", AgentAction::api, "POST", "/api/tasks"},
    {"deploy.stop", AgentAction::publish, {}, {}, "deploy:queue"},
    {"deploy.stop", AgentAction::api, "GET", "/api/tasks/*"},
    {"deploy.stop", AgentAction::follow},
    {"deploy.logs", AgentAction::api, "POST", "/api/tasks"},
    {"deploy.logs", AgentAction::publish, {}, {}, "deploy:queue"},
    {"deploy.logs", AgentAction::api, "GET", "/api/tasks/*"},
    {"deploy.logs", AgentAction::follow},
    {"deploy.status", AgentAction::api, "GET", "/api/tasks/*"},
    {"deploy.status", AgentAction::api, "GET", "/api/tasks"},
    {"deploy.status", AgentAction::api, "GET", "/api/service_deployments"},
    {"deploy.status", AgentAction::api, "GET", "/api/deployment_health"},
    {"deploy.answer", AgentAction::api, "GET", "/api/tasks/*"},
    {"deploy.answer", AgentAction::api, "POST", "/api/commands"},
    {"deploy.answer", AgentAction::api, "GET", "/api/commands/*"},
    {"deploy.wait", AgentAction::api, "GET", "/api/tasks/*"},
    {"deploy.wait", AgentAction::follow},
    {"infra.servers", AgentAction::api, "GET", "/api/servers"},
    {"infra.incidents", AgentAction::api, "GET", "/api/incidents"},
    {"infra.show", AgentAction::api, "GET", "/api/servers/*"},
    {"infra.add", AgentAction::api, "POST", "/api/servers"},
    {"infra.provision", AgentAction::api, "POST", "/api/servers/*/provision"},
    {"infra.release", AgentAction::api, "POST", "/api/servers/*/release"},
    {"infra.reserve_port", AgentAction::api, "POST", "/api/allocations"},
    {"infra.resolve", AgentAction::api, "PATCH", "/api/incidents/*"},
    {"schedule.list", AgentAction::api, "GET", "/api/schedule"},
    {"schedule.run", AgentAction::api, "POST", "/api/schedule/*/run"},
    {"domain.list", AgentAction::api, "GET", "/api/projects/*/domains"},
    {"domain.add", AgentAction::api, "PUT", "/api/projects/*/domains/*"},
    {"domain.remove", AgentAction::api, "DELETE", "/api/projects/*/domains/*"},
    {"docs.list", AgentAction::api, "GET", "/api/projects/*/documents"},
    {"docs.search", AgentAction::api, "GET", "/api/projects/*/documents/search"},
    {"token.create", AgentAction::api, "POST", "/api/api_keys"},
    {"token.list", AgentAction::api, "GET", "/api/api_keys"},
    {"token.revoke", AgentAction::api, "PATCH", "/api/api_keys/*"},
    {"web.link", AgentAction::api, "POST", "/api/web_links"},
    {"web.sessions", AgentAction::api, "GET", "/api/web_sessions"},
    {"web.end", AgentAction::api, "DELETE", "/api/web_sessions/*"},
    {"remind", AgentAction::api, "POST", "/api/reminders"},
    {"reminder.list", AgentAction::api, "GET", "/api/reminders"},
    {"reminder.cancel", AgentAction::api, "DELETE", "/api/reminders/*"},
    {"usage", AgentAction::api, "GET", "/api/usage"},
    {"budget.show", AgentAction::api, "GET", "/api/budgets"},
    {"budget.set", AgentAction::api, "POST", "/api/budgets"},
    {"respond", AgentAction::respond},
    {"diagnose.api", AgentAction::api, "GET", "/health"},
    {"diagnose.redis", AgentAction::follow},
    {"diagnose.projects", AgentAction::api, "GET", "/api/projects"},
    {"diagnose.projects", AgentAction::api, "GET", "/api/tasks"},
    {"diagnose.infra", AgentAction::api, "GET", "/api/servers"},
    {"diagnose.infra", AgentAction::api, "GET", "/api/incidents"},
    {"diagnose.work", AgentAction::api, "GET", "/api/work"},
};

// Refuses a segment that could lead upwards, or hide one that does.
bool is_plain_segment(std::string_view segment) {
    if (segment.empty() || segment == "." || segment == "..") return false;
    for (const char c : segment)
        if (c == '%' || c == '\\' || c == '#' || static_cast<unsigned char>(c) <= 0x20)
            return false;
    return true;
}

bool matches_path(std::string_view pattern, std::string_view path) {
    path = path.substr(0, path.find('?'));
    while (!pattern.empty() || !path.empty()) {
        if (!pattern.starts_with('/') || !path.starts_with('/')) return false;
        pattern.remove_prefix(1);
        path.remove_prefix(1);
        const std::string_view wanted = pattern.substr(0, pattern.find('/'));
        const std::string_view segment = path.substr(0, path.find('/'));
        if (!is_plain_segment(segment) || (wanted != "*" && wanted != segment)) return false;
        pattern.remove_prefix(wanted.size());
        path.remove_prefix(segment.size());
    }
    return true;
}

bool has_control_characters(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return true;
    return false;
}

}  // namespace

void visit_fields(AgentRequest& request, FieldList& fields) {
    fields.required("command", request.command, kIdentifier);
    fields.required("action", request.action);
    fields.optional("method", request.method, kShortText);
    fields.optional("path", request.path, kShortText);
    fields.optional("body", request.body);
    fields.optional("idempotency_key", request.idempotency_key, kIdentifier);
    fields.optional("stream", request.stream, kShortText);
    fields.optional("message", request.message);
    fields.optional("task_id", request.task_id, kIdentifier);
    fields.optional("after", request.after, kIdentifier);
    fields.optional("wait_ms", request.wait_ms, kWait);
    fields.optional("text", request.text, kRespondText);
}

void visit_fields(AgentFault& fault, FieldList& fields) {
    fields.required("error", fault.error);
    fields.required("message", fault.message);
    fields.optional("field", fault.field);
    fields.optional("next_step", fault.next_step);
}

void visit_fields(AgentReply& reply, FieldList& fields) {
    fields.required("ok", reply.ok);
    fields.optional("status", reply.status);
    fields.optional("body", reply.body);
    fields.optional("link", reply.link);
    fields.optional("entry_id", reply.entry_id);
    fields.optional("entries", reply.entries);
    fields.optional("fault", reply.fault);
}

std::span<const Grant> grants() {
    return kGrants;
}

Result<void> check_grant(const AgentRequest& request) {
    const bool api = request.action == AgentAction::api;
    const bool publish = request.action == AgentAction::publish;
    const bool follow = request.action == AgentAction::follow;
    const bool respond = request.action == AgentAction::respond;
    if (api && !request.method) return fail(ErrorKind::invalid, "is required", "method");
    if (api && !request.path) return fail(ErrorKind::invalid, "is required", "path");
    if (api && has_control_characters(*request.path))
        return fail(ErrorKind::invalid, "must not have blanks or control characters", "path");
    if (publish && !request.stream) return fail(ErrorKind::invalid, "is required", "stream");
    if (publish && !request.message) return fail(ErrorKind::invalid, "is required", "message");
    if (follow && !request.task_id) return fail(ErrorKind::invalid, "is required", "task_id");
    if (respond && !request.text) return fail(ErrorKind::invalid, "is required", "text");
    for (const Grant& grant : kGrants) {
        if (grant.command != request.command || grant.action != request.action) continue;
        if (api && grant.method == *request.method && matches_path(grant.path, *request.path))
            return {};
        if (publish && grant.stream == *request.stream) return {};
        if (follow || respond) return {};
    }
    std::string what = request.command + " does not include ";
    if (api)
        what.append(*request.method).append(" ").append(*request.path);
    else if (publish)
        what.append("writing to ").append(*request.stream);
    else
        what.append(follow ? "following a task" : "speaking to a user");
    return fail(ErrorKind::permission, std::move(what));
}

std::vector<std::string_view> commands_for(std::string_view method, std::string_view path) {
    std::vector<std::string_view> commands;
    for (const Grant& grant : kGrants)
        if (grant.action == AgentAction::api && grant.method == method &&
            matches_path(grant.path, path))
            commands.push_back(grant.command);
    return commands;
}

}  // namespace contracts
