#include "control/graphs/deploy/calls.h"

#include "control/graphs/deploy/placement.h"
#include "control/graphs/deploy/removal_calls.h"
#include "control/graphs/deploy/values.h"
#include "control/graphs/deploy/workflow_calls.h"
#include "control/store/project_domains.h"
#include "control/store/servers.h"
#include "control/store/service_deployments.h"

#include <algorithm>

namespace control::graphs {

using contracts::Json;
using contracts::text_at;

namespace {

constexpr std::size_t kMostWorkflow = 256 << 10;
constexpr std::size_t kLogBytes = 64 << 10;

std::int64_t number_in(const Json& arguments, const char* name) {
    const auto found = arguments.find(name);
    return found != arguments.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

Json fault(const std::string& message, const std::string& log = {}) {
    return {{"fault", message}, {"log", log}};
}

class DeployCalls {
public:
    DeployCalls(DeployPorts ports, DeployCallSettings settings)
        : ports_(ports), settings_(settings), values_(std::move(ports), std::move(settings)) {}

    Result<Json> allocate(const Json& arguments);
    Result<Json> analyse(const Json& arguments);
    Result<Json> secrets(const Json& arguments);
    Result<Json> start(const Json& arguments);
    Result<Json> probe(const Json& arguments);
    Result<Json> logs(const Json& arguments);
    Result<Json> stop(const Json& arguments);

private:
    // The deployer of the server that the arguments name.
    Result<std::shared_ptr<Deployer>> deployer(const Json& arguments);
    // The deployer of the server that the service is placed on.
    Result<std::shared_ptr<Deployer>> deployer_of_service(const Json& arguments);
    Result<bool> has_served(const std::string& project_id);
    Result<Json> take_down_workflow(const Json& arguments, Deployer& deployer);

    DeployPorts ports_;
    DeployCallSettings settings_;
    Values values_;
};

Result<std::shared_ptr<Deployer>> DeployCalls::deployer(const Json& arguments) {
    const auto server = servers::find(ports_.database, text_at(arguments, "server_id"));
    if (!server) return server.fault();
    return ports_.deployer_of(server->entity);
}

Result<std::shared_ptr<Deployer>> DeployCalls::deployer_of_service(const Json& arguments) {
    const auto placed = placement_of(ports_.database, text_at(arguments, "project_id"),
                                     text_at(arguments, "service"));
    if (!placed) return placed.fault();
    if (!*placed) return fail(ErrorKind::not_found, "nothing is deployed");
    return deployer(Json{{"server_id", (*placed)->server_id}});
}

Result<Json> DeployCalls::allocate(const Json& arguments) {
    const std::int64_t avoid = number_in(arguments, "avoid");
    const auto placed = place(ports_.database, settings_, text_at(arguments, "project_id"),
                              text_at(arguments, "service"),
                              avoid > 0 ? std::optional(avoid) : std::nullopt, ports_.clock.now());
    if (!placed) return placed.fault();
    if (placed->no_room)
        return Json{{"no_room", placed->no_room->reason}, {"is_final", placed->no_room->is_final}};
    const Placement& place = *placed->placement;
    return Json{
        {"server_id", place.server_id}, {"server_ip", place.server_ip}, {"port", place.port}};
}

// Reads how the project is run, what it needs, and whether a workflow of its own deploys it.
Result<Json> DeployCalls::analyse(const Json& arguments) {
    const auto project = values_.project_file(arguments);
    if (!project && project.error().kind == ErrorKind::invalid)
        return fault(project.error().describe());
    if (!project) return project.fault();
    const auto values = values_.of(arguments);
    if (!values && values.error().kind == ErrorKind::invalid)
        return fault(values.error().describe());
    if (!values) return values.fault();
    Json answer{{"health", project->health}};
    if (settings_.body != DeployBody::github) return answer;
    const auto workflow =
        values_.file(arguments, ".github/workflows/" + settings_.deploy_workflow, kMostWorkflow);
    if (!workflow && workflow.error().kind == ErrorKind::invalid)
        return fault(workflow.error().describe());
    if (!workflow) return workflow.fault();
    if (!workflow->empty()) answer["way"] = "workflow";
    return answer;
}

Result<Json> DeployCalls::secrets(const Json& arguments) {
    const auto values = values_.of(arguments);
    if (!values) return values.fault();
    if (auto kept =
            values_.generate(text_at(arguments, "project_id"), values->environment.to_generate);
        !kept)
        return kept.fault();
    return Json{{"missing", values->environment.missing}};
}

// A project that has run keeps its port, even if another program has taken that in the meantime.
Result<bool> DeployCalls::has_served(const std::string& project_id) {
    const auto page = service_deployments::list(
        ports_.database,
        {.limit = kMaxPage, .cursor = {}, .filters = {{"project_id", project_id}}});
    if (!page) return page.fault();
    return std::ranges::any_of(page->items,
                               [](const auto& row) { return row.entity.url.has_value(); });
}

Result<Json> DeployCalls::start(const Json& arguments) {
    const std::string project_id = text_at(arguments, "project_id");
    const std::string project_name = text_at(arguments, "project_name");
    const auto project = values_.project_file(arguments);
    if (!project) return project.fault();
    auto values = values_.of(arguments);
    if (!values) return values.fault();
    const auto deployer = this->deployer(arguments);
    if (!deployer) return deployer.fault();
    Environment& environment = values->environment;
    DeploymentSpec spec;
    spec.key = project_id;
    spec.repository = text_at(arguments, "repository");
    spec.commit = text_at(arguments, "commit");
    spec.setup = project->setup;
    spec.packages = project->packages;
    if (!project->run.empty()) spec.run = project->run;
    spec.health = project->health;
    spec.port = static_cast<std::uint16_t>(number_in(arguments, "port"));
    spec.environment = std::move(environment.plain);
    spec.secrets = std::move(environment.secrets);
    spec.outbound = settings_.outbound_projects.contains(project_id) ||
                    settings_.outbound_projects.contains(project_name);
    spec.limits.memory_bytes = settings_.memory_mb << 20;
    spec.limits.cpus = settings_.cpus;
    spec.start_timeout = settings_.start_timeout;
    const auto end = (*deployer)->deploy(spec);
    for (auto& [name, value] : spec.secrets)
        wipe(value);
    if (!end) return end.fault();
    if (end->port_taken) {
        const auto served = has_served(project_id);
        if (!served) return served.fault();
        return Json{{"port_taken", true}, {"may_move", !*served}};
    }
    if (end->fault) return fault(end->fault->message, end->fault->log);
    const Result<std::string> name = project_domains::live_name(ports_.database, project_id);
    if (!name) return name.fault();
    return Json{{"url", name->empty() ? end->url.value_or("") : "https://" + *name}};
}

Result<Json> DeployCalls::probe(const Json& arguments) {
    const auto deployer = deployer_of_service(arguments);
    if (!deployer) return deployer.fault();
    const auto answered = (*deployer)->probe(text_at(arguments, "project_id"));
    if (!answered) return answered.fault();
    return Json::object();
}

Result<Json> DeployCalls::logs(const Json& arguments) {
    const auto deployer = deployer_of_service(arguments);
    if (!deployer) return deployer.fault();
    auto log = (*deployer)->logs(text_at(arguments, "project_id"), kLogBytes);
    if (!log) return log.fault();
    return Json{{"log", std::move(*log)}};
}

// Removes what the project's workflow may have created. Returns what stays.
Result<Json> DeployCalls::take_down_workflow(const Json& arguments, Deployer& deployer) {
    const std::string repository = text_at(arguments, "repository");
    const auto volumes = deployer.stop_composed(repository);
    if (!volumes) return volumes.fault();
    Json left = Json::array();
    for (const std::string& volume : *volumes)
        left.push_back("the volume " + volume);
    if (ports_.workflows == nullptr) return left;
    const auto gone = ports_.workflows->delete_secrets(repository, kWorkflowSecrets);
    // A repository that is not at GitHub has no secrets of ours.
    if (!gone && gone.error().kind != ErrorKind::invalid &&
        gone.error().kind != ErrorKind::not_found)
        return gone.fault();
    return left;
}

// Stops it before it frees the port, so that nobody is given a port that is still in use.
Result<Json> DeployCalls::stop(const Json& arguments) {
    const std::string project_id = text_at(arguments, "project_id");
    const std::string service = text_at(arguments, "service");
    const auto deployer = deployer_of_service(arguments);
    if (!deployer && deployer.error().kind != ErrorKind::not_found) return deployer.fault();
    Json left = Json::array();
    if (deployer) {
        if (auto stopped = (*deployer)->stop(project_id); !stopped) return stopped.fault();
        auto rest = take_down_workflow(arguments, **deployer);
        if (!rest) return rest;
        left = std::move(*rest);
    }
    bool was_there = false;
    const auto written = ports_.database.transaction([&](Transaction& tx) -> Result<void> {
        was_there = false;
        auto page = service_deployments::list(
            tx, {.limit = kMaxPage, .cursor = {}, .filters = {{"project_id", project_id}}});
        if (!page) return page.fault();
        for (auto& row : page->items) {
            if (row.entity.service_name != service || row.entity.status == "stopped") continue;
            was_there = true;
            row.entity.status = "stopped";
            if (auto put = service_deployments::update(tx, row); !put) return put;
        }
        return give_back(tx, project_id, service);
    });
    if (!written) return written.fault();
    return Json{{"was_there", was_there}, {"left", std::move(left)}};
}

}  // namespace

CallHandlers deploy_calls(DeployPorts ports, DeployCallSettings settings) {
    const auto calls = std::make_shared<DeployCalls>(ports, settings);
    const auto bound = [&](Result<Json> (DeployCalls::*call)(const Json&)) -> CallHandler {
        return [calls, call](const Json& arguments) {
            return (calls.get()->*call)(arguments);
        };
    };
    CallHandlers handlers{{"deploy.allocate", bound(&DeployCalls::allocate)},
                          {"deploy.analyse", bound(&DeployCalls::analyse)},
                          {"deploy.secrets", bound(&DeployCalls::secrets)},
                          {"deploy.start", bound(&DeployCalls::start)},
                          {"deploy.probe", bound(&DeployCalls::probe)},
                          {"deploy.logs", bound(&DeployCalls::logs)},
                          {"deploy.stop", bound(&DeployCalls::stop)}};
    handlers.merge(workflow_calls(ports, settings));
    handlers.merge(removal_calls(ports));
    return handlers;
}

CallHandlers deploy_call_names() {
    CallHandlers names;
    for (const char* name : {"deploy.allocate", "deploy.analyse", "deploy.secrets", "deploy.start",
                             "deploy.probe", "deploy.logs", "deploy.stop"})
        names[name] = nullptr;
    names.merge(workflow_call_names());
    names.merge(removal_call_names());
    return names;
}

}  // namespace control::graphs
