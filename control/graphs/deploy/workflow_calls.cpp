#include "control/graphs/deploy/workflow_calls.h"

#include "control/deployer/workflow/dotenv.h"
#include "control/graphs/deploy/record.h"
#include "control/graphs/deploy/values.h"
#include "control/http/client.h"
#include "control/store/servers.h"
#include "control/store/service_deployments.h"
#include "control/store/tasks.h"
#include "control/vault/sealed_box.h"

#include <algorithm>

namespace control::graphs {

using contracts::Json;
using contracts::text_at;
using deployer::RunState;

namespace {

constexpr std::size_t kMostDotenv = 48 << 10;  // in base64; GitHub accepts no larger secret
constexpr std::size_t kMostBuildFile = 256 << 10;
constexpr std::chrono::seconds kAnswerLimit{10};
constexpr std::size_t kMostAnswer = 64 << 10;

std::int64_t run_in(const Json& arguments) {
    const auto found = arguments.find("run");
    return found != arguments.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

const char* name_of(RunState state) {
    switch (state) {
        case RunState::absent:
            return "absent";
        case RunState::waiting:
            return "waiting";
        case RunState::passed:
            return "passed";
        case RunState::cancelled:
            return "cancelled";
        case RunState::failed:
            break;
    }
    return "failed";
}

Json shown(const deployer::RunLook& look) {
    return {{"state", name_of(look.state)},  {"run", look.run}, {"status", look.status},
            {"conclusion", look.conclusion}, {"url", look.url}, {"commit", look.commit}};
}

// If a health answer names the commit that runs, it must be this one.
bool is_of_another_commit(const std::string& body, const std::string& commit) {
    const auto json = contracts::parse_json(body);
    if (!json || !json->is_object()) return false;
    for (const char* name : {"commit", "commit_sha", "git_sha"}) {
        const std::string told = text_at(*json, name);
        if (told.size() >= 7 && !commit.starts_with(told)) return true;
    }
    return false;
}

// Secrets are overwritten once they have been sent.
struct WorkflowSecrets {
    std::map<std::string, std::string> values;
    ~WorkflowSecrets() {
        for (auto& [name, value] : values)
            wipe(value);
    }
};

class WorkflowCalls {
public:
    WorkflowCalls(DeployPorts ports, DeployCallSettings settings)
        : ports_(ports), settings_(settings), values_(std::move(ports), std::move(settings)) {}

    Result<Json> settle(const Json& arguments);
    Result<Json> build(const Json& arguments);
    Result<Json> dispatch(const Json& arguments);
    Result<Json> look(const Json& arguments);
    Result<Json> failure(const Json& arguments);
    Result<Json> cancel(const Json& arguments);
    Result<Json> answers(const Json& arguments);
    Result<Json> fixed(const Json& arguments);

private:
    Result<deployer::Workflows*> workflows() const;
    // The whole .env as base64, including what compose itself needs.
    Result<std::string> dotenv(const Json& arguments, const Environment& environment) const;
    Result<std::string> previous_commit(const Json& arguments) const;

    DeployPorts ports_;
    DeployCallSettings settings_;
    Values values_;
};

Result<deployer::Workflows*> WorkflowCalls::workflows() const {
    if (ports_.workflows != nullptr) return ports_.workflows;
    return fail(ErrorKind::transient, "this daemon deploys nothing by workflows", "DEPLOYER",
                "set DEPLOYER=github and FORGE=github");
}

Result<std::string> WorkflowCalls::dotenv(const Json& arguments,
                                          const Environment& environment) const {
    std::map<std::string, std::string> all = environment.secrets;
    all.insert(environment.plain.begin(), environment.plain.end());
    all.try_emplace("COMPOSE_PROJECT_NAME", text_at(arguments, "repository"));
    auto text = deployer::dotenv_of(all);
    for (auto& [name, value] : all)
        wipe(value);
    if (!text) return text;
    std::string encoded = base64_of(*text);
    wipe(*text);
    if (encoded.size() <= kMostDotenv) return encoded;
    wipe(encoded);
    return fail(ErrorKind::invalid, "the values of the environment are more than GitHub takes",
                "DOTENV", "make some of them smaller");
}

// The commit that is live now: it replaces a run that fails.
Result<std::string> WorkflowCalls::previous_commit(const Json& arguments) const {
    const auto page = service_deployments::list(
        ports_.database, {.limit = kMaxPage,
                          .cursor = {},
                          .filters = {{"project_id", text_at(arguments, "project_id")}}});
    if (!page) return page.fault();
    for (const auto& row : page->items)
        if (row.entity.service_name == text_at(arguments, "service") &&
            row.entity.status == "active")
            return row.entity.commit;
    return std::string();
}

Result<Json> WorkflowCalls::settle(const Json& arguments) {
    const auto workflows = this->workflows();
    if (!workflows) return workflows.fault();
    const auto server = servers::find(ports_.database, text_at(arguments, "server_id"));
    if (!server) return server.fault();
    const auto values = values_.of(arguments);
    if (!values) return values.fault();
    auto dotenv = this->dotenv(arguments, values->environment);
    if (!dotenv && dotenv.error().kind == ErrorKind::invalid)
        return Json{{"fault", dotenv.error().describe()}};
    if (!dotenv) return dotenv.fault();
    auto key = ports_.deploy_key_of(server->entity, text_at(arguments, "project_id"));
    if (!key) return key.fault();
    const auto previous = previous_commit(arguments);
    if (!previous) return previous.fault();
    WorkflowSecrets secrets;
    secrets.values = {{"DOTENV", std::move(*dotenv)},
                      {"DEPLOY_HOST", server->entity.ip_address},
                      {"DEPLOY_USER", "deploy"},
                      {"DEPLOY_SSH_KEY", std::move(*key)},
                      {"DEPLOY_PORT", std::to_string(arguments.value("port", std::int64_t{0}))},
                      {"PROJECT_NAME", text_at(arguments, "repository")}};
    if (!settings_.registry_url.empty()) {
        secrets.values["REGISTRY_URL"] = settings_.registry_url;
        secrets.values["REGISTRY_USER"] = settings_.registry_user;
        secrets.values["REGISTRY_PASSWORD"] = settings_.registry_password;
    }
    const auto put = (*workflows)->put_secrets(text_at(arguments, "repository"), secrets.values);
    if (!put) return put.fault();
    return Json{{"previous_commit", *previous}};
}

Result<Json> WorkflowCalls::build(const Json& arguments) {
    const auto workflows = this->workflows();
    if (!workflows) return workflows.fault();
    const auto file =
        values_.file(arguments, ".github/workflows/" + settings_.build_workflow, kMostBuildFile);
    if (!file) return file.fault();
    // Without a build workflow no image is needed: the commit itself is deployed.
    if (file->empty()) return Json{{"state", "passed"}, {"run", 0}};
    const auto look =
        (*workflows)->build(text_at(arguments, "repository"), text_at(arguments, "commit"));
    if (!look) return look.fault();
    Json answer = shown(*look);
    // Shortly after a push its run does not exist yet.
    if (look->state == RunState::absent) answer["state"] = "waiting";
    return answer;
}

Result<Json> WorkflowCalls::dispatch(const Json& arguments) {
    const auto workflows = this->workflows();
    if (!workflows) return workflows.fault();
    const auto started = (*workflows)
                             ->start(text_at(arguments, "repository"), text_at(arguments, "commit"),
                                     text_at(arguments, "marker"));
    if (!started) return started.fault();
    return Json{{"run", started->run}, {"tag", started->tag}};
}

Result<Json> WorkflowCalls::look(const Json& arguments) {
    const auto workflows = this->workflows();
    if (!workflows) return workflows.fault();
    const auto look =
        (*workflows)
            ->look(text_at(arguments, "repository"), run_in(arguments), text_at(arguments, "tag"));
    if (!look) return look.fault();
    return shown(*look);
}

Result<Json> WorkflowCalls::failure(const Json& arguments) {
    const auto workflows = this->workflows();
    if (!workflows) return workflows.fault();
    const auto values = values_.of(arguments);
    if (!values) return values.fault();
    std::vector<std::string> secrets;
    for (const auto& [name, value] : values->environment.secrets)
        secrets.push_back(value);
    if (!settings_.registry_password.empty()) secrets.push_back(settings_.registry_password);
    auto failure =
        (*workflows)->failure(text_at(arguments, "repository"), run_in(arguments), secrets);
    for (std::string& secret : secrets)
        wipe(secret);
    if (!failure) return failure.fault();
    return Json{{"summary", failure->summary}, {"log", failure->log}};
}

Result<Json> WorkflowCalls::cancel(const Json& arguments) {
    const auto workflows = this->workflows();
    if (!workflows) return workflows.fault();
    const auto cancelled = (*workflows)
                               ->cancel(text_at(arguments, "repository"), run_in(arguments),
                                        text_at(arguments, "tag"));
    if (!cancelled) return cancelled.fault();
    return Json::object();
}

Result<Json> WorkflowCalls::answers(const Json& arguments) {
    const auto known = values_.facts(arguments);
    if (!known) return known.fault();
    Json answer{{"url", known->url}};
    const std::string health = known->url + text_at(arguments, "health");
    ClientRequest request;
    request.url = health;
    request.headers.push_back({"User-Agent", "orchestrator-health"});
    request.timeout = kAnswerLimit;
    request.max_body = kMostAnswer;
    if (ports_.http == nullptr) return fail(ErrorKind::transient, "there is no HTTP client here");
    const auto got = ports_.http->perform(std::move(request));
    if (!got)
        answer["fault"] = health + " does not answer: " + got.error().message;
    else if (got->status != 200)
        answer["fault"] = health + " answers with " + std::to_string(got->status);
    else if (is_of_another_commit(got->body, text_at(arguments, "commit")))
        answer["fault"] = health + " answers, and it is of another commit";
    return answer;
}

Result<Json> WorkflowCalls::fixed(const Json& arguments) {
    const auto task = tasks::find(ports_.database, text_at(arguments, "task_id"));
    if (!task && task.error().kind == ErrorKind::not_found) return Json{{"status", ""}};
    if (!task) return task.fault();
    const auto commit = newest_tested_commit(ports_.database, text_at(arguments, "project_id"));
    if (!commit) return commit.fault();
    return Json{{"status", contracts::to_text(task->entity.status)}, {"commit", *commit}};
}

}  // namespace

CallHandlers workflow_calls(DeployPorts ports, DeployCallSettings settings) {
    const auto calls = std::make_shared<WorkflowCalls>(std::move(ports), std::move(settings));
    const auto bound = [&](Result<Json> (WorkflowCalls::*call)(const Json&)) -> CallHandler {
        return [calls, call](const Json& arguments) {
            return (calls.get()->*call)(arguments);
        };
    };
    return {{"deploy.settle", bound(&WorkflowCalls::settle)},
            {"deploy.build", bound(&WorkflowCalls::build)},
            {"deploy.dispatch", bound(&WorkflowCalls::dispatch)},
            {"deploy.look", bound(&WorkflowCalls::look)},
            {"deploy.failure", bound(&WorkflowCalls::failure)},
            {"deploy.cancel", bound(&WorkflowCalls::cancel)},
            {"deploy.answers", bound(&WorkflowCalls::answers)},
            {"deploy.fixed", bound(&WorkflowCalls::fixed)}};
}

CallHandlers workflow_call_names() {
    CallHandlers names;
    for (const char* name : {"deploy.settle", "deploy.build", "deploy.dispatch", "deploy.look",
                             "deploy.failure", "deploy.cancel", "deploy.answers", "deploy.fixed"})
        names[name] = nullptr;
    return names;
}

}  // namespace control::graphs
