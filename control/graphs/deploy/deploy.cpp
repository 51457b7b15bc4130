#include "control/graphs/deploy/deploy.h"

#include "contracts/entities/repository_name.h"
#include "contracts/messages/deploy.h"
#include "control/graphs/deploy/criteria.h"
#include "control/graphs/deploy/nodes.h"
#include "control/graphs/deploy/qa_nodes.h"
#include "control/graphs/deploy/record.h"
#include "control/graphs/deploy/removal_nodes.h"
#include "control/graphs/deploy/workflow_nodes.h"
#include "control/graphs/kit/child_task.h"
#include "control/graphs/kit/open_task.h"
#include "control/graphs/kit/patience.h"
#include "control/graphs/kit/report.h"
#include "control/graphs/kit/task_rows.h"

namespace control::graphs {

using contracts::fail;

namespace {

std::vector<Node> nodes_of_deploy(const SettingsOf<DeployMove>& settings) {
    const auto decide = [&](Next (*node)(DeployMove&)) {
        return decide_with<DeployMove>(settings, node);
    };
    using namespace deploying;
    // A step that makes a call.
    const auto asks = [&](const char* name, Next (*node)(DeployMove&),
                          std::vector<std::string> edges, const char* call) {
        edges.insert(edges.end(), {kBackOff, kAskPerson});
        return Node{.name = name,
                    .decide = decide(node),
                    .edges = std::move(edges),
                    .calls = {call},
                    .waits = true};
    };
    std::vector<Node> nodes{
        {.name = "begin",
         .decide = decide(begin),
         .edges = {"allocate", "stop", "read_logs", "withdraw", "give_up"},
         .writes = {"task.running"}},
        asks("allocate", allocate, {"room", "analyse"}, "deploy.allocate"),
        {.name = "room", .decide = decide(room), .edges = {"allocate", kAskPerson}, .waits = true},
        asks("analyse", analyse, {"secrets", "give_up"}, "deploy.analyse"),
        asks("secrets", secrets, {"ready", "deploy", "settle", "give_up"}, "deploy.secrets"),
        {.name = "ready", .decide = decide(ready), .edges = {"secrets", "give_up"}, .waits = true},
        asks("deploy", deploying::deploy, {"allocate", "verify", "give_up"}, "deploy.start"),
        asks("verify", verify, {"record", "hire_qa"}, "deploy.probe"),
        {.name = "record",
         .decide = decide(record),
         .writes = {"deployment.record", "task.completed", "project.status"}},
        {.name = "give_up",
         .decide = decide(give_up),
         .writes = {"deployment.record", "task.failed", "project.status"}},
        asks("stop", stop, {"forget"}, "deploy.stop"),
        asks("read_logs", read_logs, {"give_up"}, "deploy.logs"),
    };
    for (Node& node : nodes) {
        if (node.name == "deploy") node.writes = {"project.status"};
        if (node.name == "stop" || node.name == "read_logs") node.writes = {"task.completed"};
    }
    for (Node& node : workflow_nodes(settings))
        nodes.push_back(std::move(node));
    for (Node& node : qa_nodes(settings))
        nodes.push_back(std::move(node));
    for (Node& node : removal_nodes(settings))
        nodes.push_back(std::move(node));
    const std::vector<std::string> resumed{
        "allocate",  "analyse", "secrets", "deploy",   "verify", "stop",
        "read_logs", "settle",  "build",   "dispatch", "watch",  "halt",
        "explain",   "answers", "fixing",  "withdraw", "forget", "hire_qa"};
    nodes.push_back(
        {.name = kBackOff, .decide = decide(wait_and_try_again), .edges = resumed, .waits = true});
    nodes.push_back({.name = kAskPerson,
                     .decide = decide(deploying::ask_person),
                     .edges = resumed,
                     .writes = {"task.failed", "project.status"}});
    return nodes;
}

Result<std::optional<Opening>> open_deploy(Queries& db, const contracts::Entry& entry,
                                           bool is_tried) {
    const auto message = contracts::parse_entry<contracts::DeployMessage>(entry);
    if (!message) return message.fault();
    if (Result<void> checked = check_callback(message->callback_stream); !checked)
        return checked.fault();
    const auto task =
        find_open_task(db, contracts::TaskType::deploy, message->task_id, message->project_id);
    if (!task) return task.fault();
    if (!*task) return std::nullopt;
    const auto commit = newest_tested_commit(db, message->project_id);
    if (!commit) return commit.fault();
    const contracts::Project& project = (*task)->project;
    DeployState state;
    take_request(state, *message);
    state.task_id = message->task_id;
    state.project_id = project.id;
    state.user_id = message->user_id;
    state.action = (*task)->task.spec.value_or("");
    if (state.action.empty()) state.action = "start";
    state.project_name = project.name;
    state.project_status = contracts::to_text(project.status);
    state.repository = contracts::repository_of(project);
    state.commit = *commit;
    if (is_tried && state.action == "start") {
        auto criteria = criteria_of(db, project.id);
        if (!criteria) return criteria.fault();
        state.criteria = std::move(*criteria);
    }
    return Opening{message->task_id, contracts::write_message(state)};
}

}  // namespace

Graph deploy_graph(DeploySettings chosen) {
    const auto settings = std::make_shared<const DeploySettings>(std::move(chosen));
    Graph graph;
    graph.name = kDeploy;
    graph.start = "begin";
    graph.nodes = nodes_of_deploy(settings);
    graph.cancelled = change_with<DeployMove>(settings, deploying::when_cancelled);
    graph.retried = change_with<DeployMove>(settings, deploying::when_retried);
    graph.late = change_with<DeployMove>(settings, deploying::when_late);
    graph.writes = {"task.running", "task.cancelled", "project.status"};
    return graph;
}

Module deploy_module(DeploySettings settings, CallHandlers calls) {
    Module module;
    const auto open = [is_tried = settings.qa.is_on](Queries& db, const contracts::Entry& entry) {
        return open_deploy(db, entry, is_tried);
    };
    module.graph = deploy_graph(std::move(settings));
    module.streams = {{.name = std::string(contracts::names::kDeployQueue), .open = open}};
    for (Writers writers :
         {task_writers(), project_writers(), deployment_writers(), child_writers()})
        module.writers.merge(writers);
    module.calls = std::move(calls);
    module.task_type = contracts::TaskType::deploy;
    return module;
}

}  // namespace control::graphs
