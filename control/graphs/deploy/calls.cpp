#include "control/graphs/deploy/calls.h"

#include "control/deployer/public_url.h"
#include "control/graphs/deploy/environment.h"
#include "control/graphs/deploy/placement.h"
#include "control/project_file/project_file.h"
#include "control/store/project_secrets.h"
#include "control/store/service_deployments.h"
#include "control/vault/secrets.h"

#include <algorithm>

namespace control::graphs {

using contracts::Json;
using contracts::text_at;

namespace {

constexpr std::size_t kMostExample = 256 << 10;
constexpr std::size_t kLogBytes = 64 << 10;

std::int64_t number_in(const Json& arguments, const char* name) {
    const auto found = arguments.find(name);
    return found != arguments.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

Json fault(const std::string& message, const std::string& log = {}) {
    return {{"fault", message}, {"log", log}};
}

// Values that were opened are overwritten when they are done with.
struct Opened {
    std::map<std::string, std::string> values;
    ~Opened() {
        for (auto& [name, value] : values)
            wipe(value);
    }
};

class DeployCalls {
public:
    DeployCalls(DeployPorts ports, DeployCallSettings settings)
        : ports_(ports), settings_(std::move(settings)) {}

    Result<Json> allocate(const Json& arguments);
    Result<Json> analyse(const Json& arguments);
    Result<Json> secrets(const Json& arguments);
    Result<Json> start(const Json& arguments);
    Result<Json> probe(const Json& arguments);
    Result<Json> logs(const Json& arguments);
    Result<Json> stop(const Json& arguments);

private:
    // What one file of the commit says; empty where it is not there.
    Result<std::string> file(const Json& arguments, std::string_view name, std::size_t most);
    Result<ProjectFile> project_file(const Json& arguments);
    Result<std::vector<Variable>> variables(const Json& arguments);
    [[nodiscard]] DeployFacts facts(const Json& arguments) const;
    Result<void> keep_generated(const std::string& project_id,
                                const std::vector<std::string>& names);
    Result<bool> has_served(const std::string& project_id);

    DeployPorts ports_;
    DeployCallSettings settings_;
};

Result<std::string> DeployCalls::file(const Json& arguments, std::string_view name,
                                      std::size_t most) {
    auto text = ports_.forge.read_file(text_at(arguments, "repository"),
                                       text_at(arguments, "commit"), std::string(name), most);
    if (!text && text.error().kind == ErrorKind::not_found) return std::string();
    return text;
}

Result<ProjectFile> DeployCalls::project_file(const Json& arguments) {
    const auto text = file(arguments, kProjectFileName, kMaxProjectFile);
    if (!text) return fail(text.error());
    return text->empty() ? ProjectFile{} : read_project_file(*text);
}

Result<std::vector<Variable>> DeployCalls::variables(const Json& arguments) {
    const auto text = file(arguments, ".env.example", kMostExample);
    if (!text) return fail(text.error());
    return read_env_example(*text);
}

DeployFacts DeployCalls::facts(const Json& arguments) const {
    const std::int64_t port = number_in(arguments, "port");
    return {.project_name = text_at(arguments, "project_name"),
            .url = public_url(settings_.public_host, port),
            .port = port};
}

Result<Json> DeployCalls::allocate(const Json& arguments) {
    const std::int64_t avoid = number_in(arguments, "avoid");
    const auto placed = place(ports_.database, settings_, text_at(arguments, "project_id"),
                              text_at(arguments, "service"),
                              avoid > 0 ? std::optional(avoid) : std::nullopt, ports_.clock.now());
    if (!placed) return fail(placed.error());
    return Json{
        {"server_id", placed->server_id}, {"server_ip", placed->server_ip}, {"port", placed->port}};
}

Result<Json> DeployCalls::analyse(const Json& arguments) {
    const auto project = project_file(arguments);
    if (!project && project.error().kind == ErrorKind::invalid)
        return fault(project.error().describe());
    if (!project) return fail(project.error());
    const auto found = variables(arguments);
    if (!found && found.error().kind == ErrorKind::invalid)
        return fault(".env.example: " + found.error().describe());
    if (!found) return fail(found.error());
    return Json{{"health", project->health}};
}

Result<void> DeployCalls::keep_generated(const std::string& project_id,
                                         const std::vector<std::string>& names) {
    if (names.empty()) return {};
    return ports_.database.transaction([&](Transaction& tx) -> Result<void> {
        // Another attempt, or a person, may have been faster: what is there stays.
        const auto there = project_secrets::sealed_of(tx, project_id);
        if (!there) return fail(there.error());
        for (const std::string& name : names) {
            if (there->contains(name)) continue;
            std::string value = generate_secret();
            const std::string sealed = seal_secret(ports_.vault, project_id, name, value);
            wipe(value);
            if (auto put = project_secrets::put(tx, project_id, name, sealed, ports_.clock.now());
                !put)
                return put;
        }
        return {};
    });
}

Result<Json> DeployCalls::secrets(const Json& arguments) {
    const std::string project_id = text_at(arguments, "project_id");
    const auto found = variables(arguments);
    if (!found) return fail(found.error());
    auto stored = open_secrets(ports_.database, ports_.vault, project_id);
    if (!stored) return fail(std::move(stored.error()));
    const Opened opened{std::move(*stored)};
    const Environment environment = resolve(*found, opened.values, facts(arguments));
    if (auto kept = keep_generated(project_id, environment.to_generate); !kept)
        return fail(std::move(kept.error()));
    return Json{{"missing", environment.missing}};
}

// A project that has run somewhere keeps its place, whoever has taken it meanwhile.
Result<bool> DeployCalls::has_served(const std::string& project_id) {
    const auto page = service_deployments::list(
        ports_.database,
        {.limit = kMaxPage, .cursor = {}, .filters = {{"project_id", project_id}}});
    if (!page) return fail(page.error());
    return std::ranges::any_of(page->items,
                               [](const auto& row) { return row.entity.url.has_value(); });
}

Result<Json> DeployCalls::start(const Json& arguments) {
    const std::string project_id = text_at(arguments, "project_id");
    const std::string project_name = text_at(arguments, "project_name");
    const auto project = project_file(arguments);
    if (!project) return fail(project.error());
    const auto found = variables(arguments);
    if (!found) return fail(found.error());
    auto stored = open_secrets(ports_.database, ports_.vault, project_id);
    if (!stored) return fail(std::move(stored.error()));
    const Opened opened{std::move(*stored)};
    Environment environment = resolve(*found, opened.values, facts(arguments));
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
    const auto end = ports_.deployer.deploy(spec);
    for (auto& [name, value] : spec.secrets)
        wipe(value);
    if (!end) return fail(end.error());
    if (end->port_taken) {
        const auto served = has_served(project_id);
        if (!served) return fail(served.error());
        return Json{{"port_taken", true}, {"may_move", !*served}};
    }
    if (end->fault) return fault(end->fault->message, end->fault->log);
    return Json{{"url", end->url.value_or("")}};
}

Result<Json> DeployCalls::probe(const Json& arguments) {
    const auto answered = ports_.deployer.probe(text_at(arguments, "project_id"));
    if (!answered) return fail(answered.error());
    return Json::object();
}

Result<Json> DeployCalls::logs(const Json& arguments) {
    auto log = ports_.deployer.logs(text_at(arguments, "project_id"), kLogBytes);
    if (!log) return fail(std::move(log.error()));
    return Json{{"log", std::move(*log)}};
}

// First the end, then the port: nobody else gets one that is still in use.
Result<Json> DeployCalls::stop(const Json& arguments) {
    const std::string project_id = text_at(arguments, "project_id");
    const std::string service = text_at(arguments, "service");
    if (auto stopped = ports_.deployer.stop(project_id); !stopped)
        return fail(std::move(stopped.error()));
    bool was_there = false;
    const auto written = ports_.database.transaction([&](Transaction& tx) -> Result<void> {
        was_there = false;
        auto page = service_deployments::list(
            tx, {.limit = kMaxPage, .cursor = {}, .filters = {{"project_id", project_id}}});
        if (!page) return fail(std::move(page.error()));
        for (auto& row : page->items) {
            if (row.entity.service_name != service || row.entity.status == "stopped") continue;
            was_there = true;
            row.entity.status = "stopped";
            if (auto put = service_deployments::update(tx, row); !put) return put;
        }
        return give_back(tx, project_id, service);
    });
    if (!written) return fail(written.error());
    return Json{{"was_there", was_there}};
}

}  // namespace

CallHandlers deploy_calls(DeployPorts ports, DeployCallSettings settings) {
    const auto calls = std::make_shared<DeployCalls>(ports, std::move(settings));
    const auto bound = [&](Result<Json> (DeployCalls::*call)(const Json&)) -> CallHandler {
        return [calls, call](const Json& arguments) {
            return (calls.get()->*call)(arguments);
        };
    };
    return {{"deploy.allocate", bound(&DeployCalls::allocate)},
            {"deploy.analyse", bound(&DeployCalls::analyse)},
            {"deploy.secrets", bound(&DeployCalls::secrets)},
            {"deploy.start", bound(&DeployCalls::start)},
            {"deploy.probe", bound(&DeployCalls::probe)},
            {"deploy.logs", bound(&DeployCalls::logs)},
            {"deploy.stop", bound(&DeployCalls::stop)}};
}

CallHandlers deploy_call_names() {
    CallHandlers names;
    for (const char* name : {"deploy.allocate", "deploy.analyse", "deploy.secrets", "deploy.start",
                             "deploy.probe", "deploy.logs", "deploy.stop"})
        names[name] = nullptr;
    return names;
}

}  // namespace control::graphs
