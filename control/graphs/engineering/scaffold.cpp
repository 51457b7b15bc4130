// Creates the first files of a draft project, before a developer works on it.
#include "control/graphs/engineering/nodes.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/template_calls.h"

namespace control::graphs {

Next scaffold(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        move.progress("scaffold", 0, "The project is made from the template");
        move.set_project(contracts::ProjectStatus::scaffolding);
        return move.call(kScaffoldCall, {{"repository", state.repository},
                                         {"project_name", state.project_name},
                                         {"description", state.project_description},
                                         {"task", state.spec},
                                         {"modules", state.modules}});
    }
    const CallEnd end = call_end(move, "the scaffolder");
    // Conflict: somebody else's content is in the repository, and the developer works on that.
    if (!end.ok && end.kind != "conflict") {
        if (end.kind == "transient")
            return move.platform_trouble("scaffold", "the template: " + end.error);
        return move.ask("scaffold", "the template: " + end.error);
    }
    platform_works(state);
    state.scaffold = false;
    move.set_project(contracts::ProjectStatus::scaffolded);
    return GoTo{"prepare"};
}

}  // namespace control::graphs
