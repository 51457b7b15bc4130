// Waiting for the platform, and for a person.
#include "control/graphs/engineering/nodes.h"
#include "control/graphs/engineering/plan_nodes.h"
#include "control/graphs/kit/notify.h"
#include "control/graphs/kit/task_rows.h"
#include "control/graphs/kit/worker_turn.h"

namespace control::graphs {

Next back_off(Move& move) {
    if (move.is(kEnter)) move.progress("waiting", 5, waiting_words(move.state));
    return graphs::back_off(move, move.state, move.state.looks > 0);
}

Next ask_person(Move& move) {
    EngineeringState& state = move.state;
    if (answered(state)) return go_back(state);
    Json result = task_result(state);
    result["reason"] = "blocked: " + state.trouble;
    task_failed(move, state, std::move(result));
    move.set_project(contracts::ProjectStatus::failed);
    move.report_end(false, "blocked: " + state.trouble);
    move.notify(contracts::NoticeKind::task_blocked,
                as_sentence("The work on your task has stopped: " + state.trouble) +
                    " Say what should be done differently, ask for another try, or cancel the "
                    "task.");
    return blocked(state);
}

void when_cancelled(Move& move) {
    move.dismiss();
    cancel_part(move);
    task_cancelled(move, move.state);
    move.put_project_back();
    move.report_end(false, "cancelled");
    move.notify(contracts::NoticeKind::task_failed,
                as_sentence("The task has ended without a result: " + move.text("reason")) +
                    " What was done so far is on the branch " + move.state.branch +
                    "; make a new task to go on.");
}

void when_retried(Move& move) {
    move.dismiss();
    take_answer(move, move.state);
    move.state.last_round = move.state.rounds_done + move.settings.rounds;
    task_running(move, move.state);
    move.set_project(contracts::ProjectStatus::developing);
    move.progress("retry", 5, "A person asks for another try");
}

void when_late(Move& move) {
    take_late(move, move.state, move.state);
}

}  // namespace control::graphs
