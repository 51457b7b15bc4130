// Waiting for the platform, and for a person.
#include "control/graphs/engineering/nodes.h"

namespace control::graphs {

Next back_off(Move& move) {
    if (!move.is(kEnter)) return GoTo{move.state.resume};
    const std::chrono::milliseconds wait(move.state.wait_ms);
    move.progress("waiting", 5,
                  move.state.trouble + "; another try in " +
                      std::to_string((wait.count() + 999) / 1000) + " s");
    return Wait{{}, move.turn.now + wait};
}

Next ask_person(Move& move) {
    EngineeringState& state = move.state;
    if (std::exchange(state.asked_again, false)) return GoTo{state.resume};
    Json result = task_result(state);
    result["reason"] = "blocked: " + state.trouble;
    move.effects.write("task.failed", {{"id", state.task_id}, {"result", std::move(result)}});
    move.report_end(false, "blocked: " + state.trouble);
    return Blocked{state.trouble};
}

void when_cancelled(Move& move) {
    move.dismiss();
    move.effects.write("task.cancelled", {{"id", move.state.task_id}});
    move.report_end(false, "cancelled");
}

void when_retried(Move& move) {
    EngineeringState& state = move.state;
    move.dismiss();
    state.asked_again = true;
    state.tries = 0;
    state.platform_tries = 0;
    state.last_round = state.rounds_done + move.settings.rounds;
    if (std::string said = move.text("text"); !said.empty()) state.answer = std::move(said);
    move.effects.write("task.running", {{"id", state.task_id}});
    move.progress("retry", 5, "A person asks for another try");
}

// A worker that comes when nobody waits for it any more goes back at once.
void when_late(Move& move) {
    if (move.turn.event.name == "response") {
        const std::string worker = move.text("worker_id");
        if (worker.empty() || worker == move.state.worker) return;
        std::string kept = std::exchange(move.state.worker, worker);
        move.dismiss();
        move.state.worker = std::move(kept);
    } else if (move.turn.event.name == "output") {
        if (const auto usage = move.body().find("usage"); usage != move.body().end())
            add_usage(move.state.usage, *usage);
    }
}

}  // namespace control::graphs
