#include "control/graphs/engineering/engineering.h"

#include "contracts/messages/engineering.h"
#include "control/graphs/engineering/nodes.h"
#include "control/graphs/engineering/plan_nodes.h"
#include "control/graphs/kit/child_task.h"
#include "control/graphs/kit/open_task.h"
#include "control/graphs/kit/report.h"
#include "control/graphs/kit/task_rows.h"
#include "control/graphs/kit/template_calls.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace control::graphs {

namespace {

using Names = std::vector<std::string>;

// The nodes that are entered again after a wait, or after a person's answer.
const Names& resumed() {
    static const Names nodes{"scaffold",       "prepare",    "hire_developer", "inspect",
                             "set_aside",      "plan_test",  "hire_tester",    "deliver",
                             "hire_architect", "begin_part", "follow_part"};
    return nodes;
}

using DecideNode = std::function<Decide(Next (*)(Move&))>;

std::vector<Node> developing(const DecideNode& decide) {
    return {
        {.name = "scaffold",
         .decide = decide(scaffold),
         .edges = {"prepare", "back_off", "ask_person"},
         .writes = {"project.status"},
         .calls = {kScaffoldCall},
         .waits = true},
        {.name = "prepare",
         .decide = decide(prepare),
         .edges = {"scaffold", "hire_developer", "hire_architect", "back_off", "ask_person"},
         .writes = {"task.running", "project.repository", "task.completed", "project.status"},
         .calls = {"forge.prepare"},
         .waits = true},
        {.name = "hire_developer",
         .decide = decide(hire_developer),
         .edges = {"develop", "back_off", "ask_person"},
         .writes = {"project.status"},
         .waits = true},
        {.name = "develop",
         .decide = decide(develop),
         .edges = {"inspect", "hire_developer", "back_off", "ask_person"},
         .waits = true},
        {.name = "inspect",
         .decide = decide(inspect),
         .edges = {"plan_test", "set_aside", "hire_developer", "back_off", "ask_person"},
         .writes = {"task.completed", "project.status"},
         .calls = {"forge.inspect_branch"},
         .waits = true},
        {.name = "set_aside",
         .decide = decide(set_aside),
         .edges = {"hire_developer", "back_off", "ask_person"},
         .calls = {"forge.set_aside"},
         .waits = true},
    };
}

std::vector<Node> testing(const DecideNode& decide) {
    return {
        {.name = "plan_test",
         .decide = decide(plan_test),
         .edges = {"hire_tester", "hire_developer", "back_off", "ask_person"},
         .calls = {"forge.read_file"},
         .waits = true},
        {.name = "hire_tester",
         .decide = decide(hire_tester),
         .edges = {"test", "back_off", "ask_person"},
         .writes = {"project.status"},
         .waits = true},
        {.name = "test",
         .decide = decide(test),
         .edges = {"deliver", "hire_developer", "hire_tester", "back_off", "ask_person"},
         .waits = true},
        {.name = "deliver",
         .decide = decide(deliver),
         .edges = {"hire_developer", "back_off", "ask_person"},
         .writes = {"task.completed", "project.status"},
         .calls = {"forge.advance_default_branch"},
         .waits = true},
        {.name = kBackOff, .decide = decide(back_off), .edges = resumed(), .waits = true},
        {.name = kAskPerson,
         .decide = decide(ask_person),
         .edges = resumed(),
         .writes = {"task.failed", "project.status"}},
    };
}

std::vector<Node> nodes_of(const SettingsOf<Move>& settings) {
    const DecideNode decide = [&settings](Next (*node)(Move&)) {
        return decide_with<Move>(settings, node);
    };
    std::vector<Node> nodes = developing(decide);
    std::ranges::move(testing(decide), std::back_inserter(nodes));
    std::ranges::move(plan_nodes(settings), std::back_inserter(nodes));
    return nodes;
}

Result<std::optional<Opening>> open(Queries& db, const contracts::Entry& entry) {
    Result<contracts::EngineeringMessage> message =
        contracts::parse_entry<contracts::EngineeringMessage>(entry);
    if (!message) return message.fault();
    if (Result<void> checked = check_callback(message->callback_stream); !checked)
        return checked.fault();
    Result<std::optional<OpenTask>> task =
        find_open_task(db, contracts::TaskType::engineering, message->task_id, message->project_id);
    if (!task) return task.fault();
    if (!*task) return std::nullopt;
    const EngineeringState state = begin_engineering(*message, (*task)->task, (*task)->project);
    return Opening{message->task_id, contracts::write_message(state)};
}

}  // namespace

Graph engineering_graph(EngineeringSettings chosen) {
    const auto settings = std::make_shared<const EngineeringSettings>(std::move(chosen));
    Graph graph;
    graph.name = kEngineering;
    graph.start = "prepare";
    graph.nodes = nodes_of(settings);
    graph.cancelled = change_with<Move>(settings, when_cancelled);
    graph.retried = change_with<Move>(settings, when_retried);
    graph.late = change_with<Move>(settings, when_late);
    graph.writes = {"task.running", "task.cancelled", "task.child_cancelled", "project.status"};
    return graph;
}

Module engineering_module(EngineeringSettings settings, CallHandlers forge_calls) {
    Module module;
    module.graph = engineering_graph(std::move(settings));
    module.streams = {{.name = std::string(contracts::names::kEngineeringQueue), .open = open}};
    for (Writers writers : {task_writers(), project_writers(), child_writers()})
        module.writers.merge(writers);
    module.calls = std::move(forge_calls);
    module.calls.merge(scaffold_call_names());
    module.calls.merge(child_call_names());
    module.task_type = contracts::TaskType::engineering;
    return module;
}

}  // namespace control::graphs
