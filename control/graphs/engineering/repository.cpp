// What is asked of the forge: the repository before, the commit in between, the default branch at
// the end.
#include "control/graphs/engineering/nodes.h"
#include "control/graphs/engineering/prompt.h"

namespace control::graphs {

namespace {

struct CallEnd {
    bool ok = false;
    std::string kind;  // "not_found", "conflict", "transient", "permanent"
    std::string error;
    Json value;
};

CallEnd call_end(const Move& move) {
    if (move.is(kTimeout)) return {false, "transient", "the forge did not answer", {}};
    CallEnd end;
    const auto ok = move.body().find("ok");
    end.ok = ok != move.body().end() && ok->is_boolean() && ok->get<bool>();
    end.kind = move.text("kind");
    end.error = move.text("error");
    if (const auto value = move.body().find("value"); value != move.body().end())
        end.value = *value;
    if (!end.value.is_object()) end.value = Json::object();
    return end;
}

}  // namespace

Next prepare(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        if (state.last_round == 0) state.last_round = move.settings.rounds;
        move.progress("prepare", 0, "The repository is prepared");
        move.effects.write("task.running", {{"id", state.task_id}});
        return move.call("forge.prepare",
                         {{"repository", state.repository}, {"branch", state.branch}});
    }
    const CallEnd end = call_end(move);
    if (!end.ok) return move.platform_trouble("prepare", "the repository: " + end.error);
    state.platform_tries = 0;
    state.location = end.value.value("location", "");
    move.effects.write("project.repository", {{"id", state.project_id}, {"url", state.location}});
    return GoTo{"hire_developer"};
}

Next inspect(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        move.progress("inspect", 60, "The branch is inspected");
        return move.call("forge.inspect_branch",
                         {{"repository", state.repository}, {"branch", state.branch}});
    }
    const CallEnd end = call_end(move);
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
    state.platform_tries = 0;
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
    const CallEnd end = call_end(move);
    if (!end.ok && end.kind != "not_found")
        return move.platform_trouble("plan_test", ".project.yml: " + end.error);
    state.platform_tries = 0;
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
    const CallEnd end = call_end(move);
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
    move.effects.write("task.completed", {{"id", state.task_id}, {"result", std::move(result)}});
    move.set_project("active");
    move.report_end(true, "Done: " + state.commit + " on " + state.branch);
    return Done{};
}

}  // namespace control::graphs
