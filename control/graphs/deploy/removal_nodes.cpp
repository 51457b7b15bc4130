#include "control/graphs/deploy/removal_nodes.h"

#include "contracts/entities/removal.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/patience.h"
#include "control/graphs/kit/report.h"
#include "control/graphs/kit/task_rows.h"

#include <algorithm>

namespace control::graphs::deploying {

namespace {

Json removed_project(const DeployState& state) {
    return {{"project_id", state.project_id},
            {"task_id", state.task_id},
            {"repository", state.repository}};
}

Next removal_trouble(DeployMove& move, std::string_view node, const std::string& what) {
    return try_again(move, move.state, move.settings, Trouble::platform, node, what);
}

}  // namespace

// Cancels the project's work, and repeats that until all of it has ended.
Next withdraw(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter))
        return call(move, "deploy.withdraw", removed_project(state), move.settings.call);
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return removal_trouble(move, "withdraw", "the end of its work: " + end.error);
    platform_works(state);
    const std::string open = end.value.value("open", "");
    if (open.empty()) {
        state.since.reset();
        return GoTo{"stop"};
    }
    if (!state.since) {
        state.since = move.turn.now;
        state.run_look_s = move.settings.withdraw_look.count();
        progress(move, state, "withdraw", 10, "Its work is being cancelled: " + open);
    } else if (move.turn.now - *state.since >= move.settings.withdraw_wait) {
        state.since.reset();
        return ask(state, "withdraw", "work on it does not end: " + open);
    } else {
        state.run_look_s =
            std::min(2 * state.run_look_s, move.settings.withdraw_longest_look.count());
    }
    state.after_pause = "withdraw";
    return GoTo{"pause"};
}

Next forget(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        Json arguments = removed_project(state);
        arguments["with_repository"] = state.action == contracts::kRemovalWithRepository;
        return call(move, "deploy.forget", std::move(arguments), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return removal_trouble(move, "forget", "its rows: " + end.error);
    platform_works(state);
    Json left = Json::array();
    for (const std::string& kept : state.left)
        left.push_back(kept);
    for (const Json& kept : end.value.value("left", Json::array()))
        left.push_back(kept);
    task_completed(move, state,
                   {{"removed", true},
                    {"stopped", state.was_deployed},
                    {"secrets_erased", end.value.value("secrets_erased", std::int64_t{0})},
                    {"repository_deleted", end.value.value("repository_deleted", false)},
                    {"left", std::move(left)}});
    progress_end(move, state, true, "The project is out of service");
    send_result(move, state, contracts::DeployResult{}, true, "");
    return Done{};
}

std::vector<Node> removal_nodes(const SettingsOf<DeployMove>& settings) {
    return {{.name = "withdraw",
             .decide = decide_with<DeployMove>(settings, withdraw),
             .edges = {"pause", "stop", kBackOff, kAskPerson},
             .calls = {"deploy.withdraw"},
             .waits = true},
            {.name = "forget",
             .decide = decide_with<DeployMove>(settings, forget),
             .edges = {kBackOff, kAskPerson},
             .writes = {"task.completed"},
             .calls = {"deploy.forget"},
             .waits = true}};
}

}  // namespace control::graphs::deploying
