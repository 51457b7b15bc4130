#include "contracts/permissions/allowed_commands.h"
#include "control/workers/agent_settings.h"
#include "control/workers/directories.h"
#include "control/workers/host_session.h"
#include "control/workers/intake.h"
#include "control/workers/lifecycle.h"
#include "control/workers/limits.h"
#include "control/workers/status.h"

#include <algorithm>

namespace control {

using namespace contracts;

namespace {

// A tester looks at what was pushed and changes nothing.
bool may_push(const WorkerRow& worker) {
    return worker.about("role") != "tester";
}

WorkerIdentity identity_of(const WorkerRow& worker) {
    WorkerIdentity identity;
    identity.worker_id = worker.id;
    identity.type = worker.config.worker_type;
    identity.user_id = worker.about("user_id");
    identity.task_id = worker.about("task_id");
    identity.project_id = worker.about("project_id");
    identity.repository = worker.about("repository");
    if (may_push(worker)) identity.branch = worker.about("branch");
    identity.allowed_commands = expand_profiles(worker.config.allowed_commands);
    for (const Capability capability : worker.config.capabilities)
        identity.capabilities.emplace_back(to_text(capability));
    identity.capabilities.insert(identity.capabilities.end(), worker.config.packages.begin(),
                                 worker.config.packages.end());
    // An agent with a login of its own reaches its provider itself, if EGRESS_ALLOW permits that.
    identity.reach = worker.about("egress");
    identity.model = worker.config.agent_type != AgentType::custom &&
                     worker.config.auth_mode != AuthMode::host_session;
    return identity;
}

WorkerSpec spec_of(const WorkersSetting& setting, const WorkerRow& worker, std::string image) {
    WorkerSpec spec;
    spec.worker_id = worker.id;
    spec.image = std::move(image);
    spec.uid = uid_of(setting, worker);
    spec.directories = directories_of(setting, worker.id);
    spec.limits = limits_of(setting, worker);
    spec.stop_grace = setting.stop_grace;
    spec.labels = {{"type", std::string(to_text(worker.config.worker_type))}};
    if (const std::string task = worker.about("task_id"); !task.empty()) spec.labels["task"] = task;

    auto& environment = spec.environment;
    environment["WORKER_ID"] = worker.id;
    environment["WORKER_TYPE"] = to_text(worker.config.worker_type);
    environment["AGENT_TYPE"] = to_text(worker.config.agent_type);
    std::string allowed;
    for (const std::string& pattern : expand_profiles(worker.config.allowed_commands))
        allowed.append(allowed.empty() ? "" : ",").append(pattern);
    environment["ALLOWED_COMMANDS"] = allowed;
    const char* const from_context[][2] = {{"TASK_ID", "task_id"},
                                           {"PROJECT_ID", "project_id"},
                                           {"USER_ID", "user_id"},
                                           {"SESSION_ID", "session_id"}};
    for (const auto& [name, key] : from_context)
        if (std::string value = worker.about(key); !value.empty())
            environment[name] = std::move(value);
    if (const std::string branch = worker.about("branch"); may_push(worker) && !branch.empty())
        environment["TASK_BRANCH"] = branch;
    for (const auto& [name, value] : worker.config.env_vars)
        environment[is_for_wrapper(name) ? name : "AGENT_ENV_" + name] = value;
    return spec;
}

// Where a service is found on the worker's loopback, under the name that its clients read.
std::pair<std::string, std::string> address_of(TestService service) {
    if (service == TestService::postgres)
        return {"DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres"};
    return {"REDIS_URL", "redis://127.0.0.1:6379/0"};
}

Result<void> add_services(const WorkersSetting& setting, const WorkerRow& worker, WorkerSpec& spec,
                          const std::stop_token& stop) {
    for (const TestService service : worker.config.services) {
        if (!setting.service_image_for)
            return fail(ErrorKind::invalid,
                        "services need a container engine, and this installation has none",
                        "services");
        Result<std::string> image = setting.service_image_for(service, stop);
        if (!image) return image.fault();
        show_image_used(setting, *image);
        spec.services.push_back({std::string(to_text(service)), std::move(*image)});
        auto [name, address] = address_of(service);
        spec.environment.try_emplace("AGENT_ENV_" + name, std::move(address));
    }
    return {};
}

Result<std::string> launch(const WorkersSetting& setting, WorkerRow worker,
                           const std::stop_token& stop) {
    if (Result<void> set = apply_agent_settings(setting.database, worker.config); !set)
        return set.fault();
    // Directories come before an instance: where there are none, nobody has to be looked for.
    if (has_directories(setting, worker.id)) {
        if (Result<void> removed = remove_instances_of(setting, worker); !removed)
            return removed.fault();
        try_return_host_session(setting, worker);
    }
    Result<std::string> image = setting.image_for(worker.config, stop);
    if (!image) return fail(image.error().context("image"));
    show_image_used(setting, *image);
    if (Result<void> prepared = prepare_directories(setting, worker); !prepared)
        return fail(prepared.error().context("directories"));
    if (Result<void> opened = open_doors(setting, worker); !opened)
        return fail(opened.error().context("doors"));
    WorkerSpec spec = spec_of(setting, worker, std::move(*image));
    if (Result<void> added = add_services(setting, worker, spec, stop); !added)
        return fail(added.error().context("services"));
    Result<std::string> instance = setting.runtime.launch(spec);
    if (!instance) return fail(instance.error().context("start"));
    return instance;
}

}  // namespace

Result<void> remove_instances_of(const WorkersSetting& setting, const WorkerRow& worker) {
    Result<std::vector<WorkerInstance>> instances = setting.runtime.list();
    if (!instances) return instances.fault();
    for (const WorkerInstance& instance : *instances) {
        if (instance.worker_id != worker.id) continue;
        if (Result<void> killed = setting.runtime.kill(instance.id); !killed) return killed;
        if (Result<void> removed = setting.runtime.remove(instance.id); !removed) return removed;
    }
    return {};
}

Result<void> open_doors(const WorkersSetting& setting, const WorkerRow& worker) {
    return setting.gate.open(identity_of(worker), directories_of(setting, worker.id).control);
}

Result<void> create_worker(const WorkersSetting& setting, WorkerRow worker,
                           const std::stop_token& stop) {
    if (Result<void> shown = show_starting(setting, worker); !shown) return shown;
    Result<std::string> instance = launch(setting, worker, stop);
    // The row stays as it is: the next life of the daemon goes on with it.
    if (!instance && stop.stop_requested()) return {};
    if (instance) {
        worker.phase = WorkerPhase::running;
        worker.instance_id = *instance;
        log_of(setting, worker).info("worker created", {{"instance", *instance}});
    } else {
        worker.phase = WorkerPhase::removed;
        worker.error = instance.error().describe();
        log_of(setting, worker).error("worker not created", {{"error", worker.error}});
        setting.gate.close(worker.id);
        // A start whose answer was lost may live. While nobody can say, the row stays, and is tried
        // again.
        if (has_directories(setting, worker.id))
            if (Result<void> removed = remove_instances_of(setting, worker); !removed)
                return removed;
        try_return_host_session(setting, worker);
        if (Result<void> removed = remove_directories(setting, worker.id); !removed) return removed;
        worker.slot.reset();
        if (Result<void> erased = erase_from_bus(setting, worker); !erased) return erased;
    }
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        // A delete may have come meanwhile; this write must not undo it.
        Result<std::optional<WorkerRow>> current = workers::find(tx, worker.id);
        if (!current) return current.fault();
        if (!*current || !is_ours(setting, **current) || (*current)->phase != WorkerPhase::creating)
            return fail(ErrorKind::conflict, "worker " + worker.id + " was given up meanwhile");
        worker.delete_request_id = (*current)->delete_request_id;
        worker.fencing = (*current)->fencing;
        if (Result<void> updated = workers::update(tx, worker); !updated) return updated;
        if (worker.phase == WorkerPhase::running) return respond_created(tx, setting, worker);
        if (Result<void> told = respond_not_created(tx, setting, worker, worker.error); !told)
            return told;
        return respond_deleted(tx, setting, worker);
    });
}

}  // namespace control
