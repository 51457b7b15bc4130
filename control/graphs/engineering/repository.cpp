// What is asked of the forge: the repository before, the commit in between, the default branch at
// the end.
#include "control/graphs/engineering/nodes.h"
#include "control/graphs/engineering/prompt.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/notify.h"
#include "control/graphs/kit/tail.h"
#include "control/graphs/kit/task_rows.h"

namespace control::graphs {

namespace {

CallEnd forge_end(const Move& move) {
    return call_end(move, "the forge");
}

std::string completed_words(const EngineeringState& state) {
    std::string text = "The work on your task is done and its tests passed";
    if (!state.summary.empty()) text += ": " + tail_of(state.summary, 500);
    text = as_sentence(std::move(text));
    if (!state.merged)
        return text + " The default branch has moved on meanwhile: merge " + state.branch +
               " by hand.";
    return text + " You can deploy the project now, or ask for changes.";
}

}  // namespace

Next prepare(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        if (state.last_round == 0) state.last_round = move.settings.rounds;
        move.progress("prepare", 0, "The repository is prepared");
        task_running(move, state);
        return move.call("forge.prepare",
                         {{"repository", state.repository}, {"branch", state.branch}});
    }
    const CallEnd end = forge_end(move);
    if (!end.ok) return move.platform_trouble("prepare", "the repository: " + end.error);
    platform_works(state);
    state.location = end.value.value("location", "");
    set_repository(move, state, state.location);
    return GoTo{"hire_developer"};
}

Next inspect(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        move.progress("inspect", 60, "The branch is inspected");
        return move.call("forge.inspect_branch",
                         {{"repository", state.repository}, {"branch", state.branch}});
    }
    const CallEnd end = forge_end(move);
    if (!end.ok && end.kind != "not_found")
        return move.platform_trouble("inspect", "the branch: " + end.error);
    const std::string commit = end.value.value("commit", "");
    const bool new_work = end.ok && end.value.value("commits", 0) > 0 && commit != state.commit;
    const bool untested =
        end.ok && !commit.empty() && commit == state.commit && state.resume == "inspect";
    if (!new_work && !untested)
        return move.next_round("the developer committed nothing",
                               "The last turn left no new commit on the branch " + state.branch +
                                   ". Commit your work and push it to origin.");
    platform_works(state);
    state.resume.clear();
    state.commit = commit;
    state.files = end.value.value("files", std::vector<std::string>());
    return GoTo{"plan_test"};
}

Next plan_test(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter))
        return move.call(
            "forge.read_file",
            {{"repository", state.repository}, {"commit", state.commit}, {"path", ".project.yml"}});
    const CallEnd end = forge_end(move);
    if (!end.ok && end.kind != "not_found")
        return move.platform_trouble("plan_test", ".project.yml: " + end.error);
    platform_works(state);
    state.test_command = test_line(end.value.value("content", ""));
    if (state.test_command.empty()) state.test_command = move.settings.test_command;
    return GoTo{"hire_tester"};
}

Next deliver(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        move.progress("deliver", 95, "The tests passed");
        return move.call("forge.advance_default_branch",
                         {{"repository", state.repository}, {"commit", state.tested_commit}});
    }
    const CallEnd end = forge_end(move);
    if (!end.ok && end.kind != "conflict")
        return move.platform_trouble("deliver", "the default branch: " + end.error);
    if (!end.ok && state.rounds_done + 1 < state.last_round)
        return move.next_round("the default branch has moved on",
                               "The tests passed, but the default branch has moved on since your "
                               "branch left it. Fetch origin, merge origin/main into " +
                                   state.branch + ", mend what does not fit, commit and push.");
    state.merged = end.ok;
    ++state.rounds_done;
    Json result = task_result(state);
    result["merged"] = state.merged;
    // Only a commit whose tests ended with 0 gets here.
    result["tests"] = {
        {"command", state.test_command}, {"exit_code", 0}, {"commit", state.tested_commit}};
    if (!state.merged)
        result["note"] =
            "the default branch has moved on meanwhile: merge " + state.branch + " by hand";
    task_completed(move, state, std::move(result));
    move.set_project(contracts::ProjectStatus::active);
    move.report_end(true, "Done: " + state.commit + " on " + state.branch);
    move.notify(contracts::NoticeKind::task_completed, completed_words(state));
    return Done{};
}

}  // namespace control::graphs
