#include "control/api/commands.h"

#include "contracts/base/id.h"
#include "control/api/resources.h"
#include "control/store/flows.h"
#include "control/store/workers.h"

namespace control {

using contracts::kIdentifier;
using contracts::Timestamp;

namespace {

constexpr contracts::Bounds kNode{1, 255};
constexpr contracts::Bounds kSaid{1, 64 << 10};

Result<void> wrong(std::string_view what, std::string_view field, std::string_view next_step) {
    return fail(ErrorKind::invalid, what, field, next_step);
}

// Flows and tasks take the same commands.
CommandTarget target_group(CommandTarget target) {
    return target == CommandTarget::task ? CommandTarget::flow : target;
}

CommandTarget target_of(CommandVerb command) {
    using enum CommandVerb;
    if (command == kill || command == logs || command == follow) return CommandTarget::worker;
    return command == redeploy ? CommandTarget::project : CommandTarget::flow;
}

std::string_view taken_by(CommandTarget target) {
    if (target == CommandTarget::worker) return "workers take: kill, logs, follow";
    if (target == CommandTarget::project) return "projects take: redeploy";
    return "flows and tasks take: pause, resume, retry, answer, cancel";
}

Result<void> check_form(const NewPersonCommand& body) {
    using enum CommandVerb;
    if (target_of(body.command) != target_group(body.target))
        return wrong("is not a command for this target", "command", taken_by(body.target));
    if (body.node && body.command != retry)
        return wrong("is only used by retry", "node", "leave it out");
    const bool takes_text =
        body.command == answer || body.command == retry || body.command == cancel;
    if (body.text && !takes_text)
        return wrong("is only used by answer, retry and cancel", "text", "leave it out");
    if (!body.text && body.command == answer)
        return wrong("is required", "text", "send the answer");
    return {};
}

// The task that the target belongs to, empty if it belongs to none. `not_found` if the caller may
// not see the target.
Result<std::optional<std::string>> task_of(Queries& db, const Caller& caller,
                                           const NewPersonCommand& body) {
    const auto missing = [](Error error) {
        error.field = "target_id";
        return fail(std::move(error));
    };
    if (body.target == CommandTarget::flow) {
        Result<Stored<Flow>> flow = flows::find(db, body.target_id, caller.owner());
        return flow ? Result<std::optional<std::string>>(std::move(flow->entity.task_id))
                    : missing(std::move(flow.error()));
    }
    if (body.target == CommandTarget::worker) {
        Result<Stored<WorkerRow>> worker = workers::find(db, body.target_id, caller.owner());
        if (!worker) return missing(std::move(worker.error()));
        const std::string task = worker->entity.about("task_id");
        return task.empty() ? std::nullopt : std::optional(task);
    }
    Result<Stored<contracts::Task>> task = tasks::find(db, body.target_id, caller.owner());
    if (!task) return missing(std::move(task.error()));
    if (Result<void> allowed =
            TaskResource::check_type(caller, "POST", "/api/commands", task->entity);
        !allowed)
        return allowed.fault();
    return body.target_id;
}

// A deploy task as `orchestrator deploy start` creates it, under the same permission. Nobody sends
// its message here: the sweep of queued tasks opens it.
Result<std::optional<std::string>> start_deployment(Queries& db, const Caller& caller,
                                                    const NewPersonCommand& body, Timestamp now) {
    if (!caller.is_admin() && !caller.allowed.allows("deploy.start"))
        return fail(ErrorKind::permission, "needs the command deploy.start", "command",
                    "ask an administrator");
    Result<contracts::Task> task = TaskResource::make(db, caller,
                                                      {.project_id = body.target_id,
                                                       .type = contracts::TaskType::deploy,
                                                       .spec = {},
                                                       .request_id = contracts::make_uuid4()},
                                                      now);
    if (task) return std::optional(std::move(task->id));
    if (task.error().field == "project_id") task.error().field = "target_id";
    return task.fault();
}

Result<void> check_permission(const Caller& caller, const NewPersonCommand& body) {
    if (caller.is_admin()) return {};
    if (body.target == CommandTarget::task && body.command == CommandVerb::answer)
        return caller.check_owner();
    if (body.command == CommandVerb::redeploy) return caller.check_owner();
    return fail(ErrorKind::permission,
                "only an administrator may " + std::string(contracts::to_text(body.command)) +
                    " a " + std::string(contracts::to_text(body.target)),
                "command", "ask an administrator");
}

}  // namespace

void visit_fields(NewPersonCommand& body, contracts::FieldList& fields) {
    fields.required("target", body.target);
    fields.required("target_id", body.target_id, kIdentifier);
    fields.required("command", body.command);
    fields.optional("node", body.node, kNode);
    fields.optional("text", body.text, kSaid);
}

Result<void> CommandResource::check_use(const Caller& caller, std::string_view,
                                        const Entity& command) {
    if (caller.is_admin() || (command.user_id && *command.user_id == caller.user_id) ||
        command.asked_by == caller.name)
        return {};
    return fail(ErrorKind::not_found, "there is no command \"" + command.id + '"');
}

Result<PersonCommand> CommandResource::make(Queries& db, const Caller& caller, New&& body,
                                            Timestamp now) {
    if (Result<void> sound = check_form(body); !sound) return sound.fault();
    if (Result<void> allowed = check_permission(caller, body); !allowed) return allowed.fault();
    const bool redeploys = body.command == CommandVerb::redeploy;
    Result<std::optional<std::string>> task =
        redeploys ? start_deployment(db, caller, body, now) : task_of(db, caller, body);
    if (!task) return task.fault();
    Entity command;
    command.id = contracts::make_uuid7(now);
    command.target = body.target;
    command.target_id = std::move(body.target_id);
    command.task_id = *std::move(task);
    command.command = body.command;
    command.node = std::move(body.node);
    command.text = std::move(body.text);
    command.asked_by = caller.name;
    if (!caller.user_id.empty()) command.user_id = caller.user_id;
    command.created_at = now;
    if (redeploys) {
        command.status = CommandStatus::done;
        command.ended_at = now;
    }
    if (Result<void> done = commands::insert(db, command); !done) return done.fault();
    return command;
}

}  // namespace control
