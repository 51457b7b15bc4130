#include "control/graphs/engineering/engineering.h"

#include "contracts/fields/read.h"
#include "contracts/fields/write.h"
#include "control/graphs/engineering/nodes.h"

#include <memory>

namespace control::graphs {

namespace {

using Settings = std::shared_ptr<const EngineeringSettings>;

Decide node(const Settings& settings, Next (*decide)(Move&)) {
    return [settings, decide](const Turn& turn, Effects& effects) -> Result<Step> {
        Result<EngineeringState> state = contracts::read_message<EngineeringState>(turn.state);
        if (!state) return contracts::fail(std::move(state.error()).context("checkpoint"));
        Move move{*settings, turn, effects, std::move(*state)};
        Next next = decide(move);
        return Step{contracts::write_message(move.state), std::move(next)};
    };
}

Change change(const Settings& settings, void (*decide)(Move&)) {
    return [settings, decide](const Turn& turn, Effects& effects) -> Result<Json> {
        Result<EngineeringState> state = contracts::read_message<EngineeringState>(turn.state);
        if (!state) return contracts::fail(std::move(state.error()).context("checkpoint"));
        Move move{*settings, turn, effects, std::move(*state)};
        decide(move);
        return contracts::write_message(move.state);
    };
}

}  // namespace

Graph engineering_graph(EngineeringSettings chosen) {
    const auto settings = std::make_shared<const EngineeringSettings>(std::move(chosen));
    Graph graph;
    graph.name = kEngineering;
    graph.start = "prepare";
    graph.nodes = {
        {"prepare", node(settings, prepare), {"hire_developer", "back_off", "ask_person"}},
        {"hire_developer", node(settings, hire_developer), {"develop", "back_off", "ask_person"}},
        {"develop",
         node(settings, develop),
         {"inspect", "hire_developer", "back_off", "ask_person"}},
        {"inspect",
         node(settings, inspect),
         {"plan_test", "hire_developer", "back_off", "ask_person"}},
        {"plan_test", node(settings, plan_test), {"hire_tester", "back_off", "ask_person"}},
        {"hire_tester", node(settings, hire_tester), {"test", "back_off", "ask_person"}},
        {"test",
         node(settings, test),
         {"deliver", "hire_developer", "hire_tester", "back_off", "ask_person"}},
        {"deliver", node(settings, deliver), {"hire_developer", "back_off", "ask_person"}},
        {"back_off",
         node(settings, back_off),
         {"prepare", "hire_developer", "inspect", "plan_test", "hire_tester", "deliver"}},
        {"ask_person",
         node(settings, ask_person),
         {"prepare", "hire_developer", "inspect", "plan_test", "hire_tester", "deliver"}},
    };
    graph.cancelled = change(settings, when_cancelled);
    graph.retried = change(settings, when_retried);
    graph.late = change(settings, when_late);
    return graph;
}

}  // namespace control::graphs
