#include "control/graphs/deploy/workflow_nodes.h"

#include "contracts/base/sha256.h"
#include "contracts/fields/write.h"
#include "contracts/messages/workflow.h"
#include "contracts/streams/names.h"
#include "control/graphs/deploy/qa_nodes.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/child_task.h"
#include "control/graphs/kit/patience.h"
#include "control/graphs/kit/report.h"
#include "control/graphs/kit/tail.h"
#include "control/graphs/kit/task_rows.h"

#include <algorithm>

namespace control::graphs::deploying {

namespace {

constexpr std::size_t kMostSpec = 6000;
constexpr std::int64_t kMostStarts = 5;  // consecutive starts whose run never appeared

// The arguments that every call here gets.
Json place_of(const DeployState& state) {
    return {{"project_id", state.project_id}, {"project_name", state.project_name},
            {"repository", state.repository}, {"commit", state.commit},
            {"server_id", state.server_id},   {"port", state.port},
            {"health", state.health},         {"service", "web"}};
}

Next workflow_trouble(DeployMove& move, std::string_view node, const std::string& what) {
    return try_again(move, move.state, move.settings, Trouble::platform, node, what);
}

std::string minutes(std::chrono::seconds time) {
    return std::to_string(time.count() / 60) + " minutes";
}

// Starts the time limit of a wait.
void begin_wait(DeployMove& move) {
    move.state.since = move.turn.now;
    move.state.run_look_s = 0;
}

bool waited(const DeployMove& move, std::chrono::seconds limit) {
    return move.state.since && move.turn.now - *move.state.since >= limit;
}

// Enters `node` again after a pause that is longer each time.
Next look_again(DeployMove& move, std::string_view node) {
    DeployState& state = move.state;
    state.run_look_s = state.run_look_s == 0
                           ? move.settings.run_look.count()
                           : std::min(2 * state.run_look_s, move.settings.run_longest_look.count());
    state.after_pause = node;
    return GoTo{"pause"};
}

// Publishes each change of the run's status once, for whoever follows the run.
void tell_status(DeployMove& move, const CallEnd& end) {
    DeployState& state = move.state;
    const std::string status = end.value.value("status", "");
    const std::string conclusion = end.value.value("conclusion", "");
    if (status.empty() || status + conclusion == state.run_status) return;
    state.run_status = status + conclusion;
    contracts::WorkflowStatusEvent event;
    event.project_id = state.project_id;
    event.run_id = std::to_string(state.run);
    event.status = status == "completed"     ? contracts::RunStatus::completed
                   : status == "in_progress" ? contracts::RunStatus::in_progress
                                             : contracts::RunStatus::queued;
    const auto* known = std::ranges::find(contracts::kConclusionNames, conclusion);
    if (known != std::end(contracts::kConclusionNames))
        event.conclusion =
            static_cast<contracts::Conclusion>(known - std::begin(contracts::kConclusionNames));
    else if (!conclusion.empty())
        event.conclusion = contracts::Conclusion::failure;
    event.timestamp = move.turn.now;
    move.effects.publish(std::string(contracts::names::kWorkflowStatus),
                         contracts::write_message(event));
    progress(move, state, "watch", 60,
             "The workflow's run " + event.run_id + " is " +
                 (conclusion.empty() ? status : conclusion) + ": " + end.value.value("url", ""));
}

// The commit that the run deploys.
const std::string& wanted_commit(const DeployState& state) {
    return state.is_going_back ? state.previous_commit : state.commit;
}

// Deploys the previous version again, because the failed run may have replaced it.
Next go_back_or_hand_over(DeployMove& move) {
    DeployState& state = move.state;
    if (state.is_going_back) {
        state.fault += "; and the version before could not be put back";
        return GoTo{"hand_over"};
    }
    if (state.previous_commit.empty() || state.previous_commit == state.commit)
        return GoTo{"hand_over"};
    state.is_going_back = true;
    progress(move, state, "dispatch", 70, "It failed; the version before is put back");
    return GoTo{"dispatch"};
}

Next no_success(DeployMove& move, std::string fault) {
    if (!move.state.is_going_back) {
        move.state.fault = std::move(fault);
        move.state.fault_log.clear();
    }
    return go_back_or_hand_over(move);
}

std::string spec_of_fix(const DeployState& state) {
    std::string text = "The deployment of commit " + state.commit.substr(0, 12) +
                       " failed: " + state.fault +
                       ".\nFind out why and repair the project, so that it can be deployed.";
    if (!state.fault_log.empty()) text += "\n\nThe end of the log:\n" + state.fault_log;
    return text.size() > kMostSpec
               ? text.substr(0, 500) + "\n[...]\n" + tail_of(text, kMostSpec - 600)
               : text;
}

}  // namespace

Next settle(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        progress(move, state, "settle", 30, "The values that the workflow reads are set at GitHub");
        return call(move, "deploy.settle", place_of(state), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (end.ok && end.value.contains("fault")) {
        state.fault = end.value.value("fault", "");
        return GoTo{"give_up"};
    }
    if (!end.ok) return workflow_trouble(move, "settle", "the values at GitHub: " + end.error);
    platform_works(state);
    state.previous_commit = end.value.value("previous_commit", "");
    state.is_going_back = false;
    begin_wait(move);
    return GoTo{"build"};
}

Next build(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) return call(move, "deploy.build", place_of(state), move.settings.call);
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return workflow_trouble(move, "build", "the build at GitHub: " + end.error);
    platform_works(state);
    const std::string result = end.value.value("state", "");
    if (result == "passed") return GoTo{"dispatch"};
    state.run = end.value.value("run", std::int64_t{0});
    if (result == "failed") {
        state.fault = "its build failed";
        // Nothing was deployed, so there is nothing to put back.
        state.previous_commit.clear();
        return GoTo{"explain"};
    }
    if (result == "cancelled" || waited(move, move.settings.build_wait)) {
        state.run = 0;
        return ask(state, "build",
                   result == "cancelled"
                       ? "the build of " + state.commit.substr(0, 12) + " was cancelled at GitHub"
                       : "the build of " + state.commit.substr(0, 12) + " has not ended within " +
                             minutes(move.settings.build_wait));
    }
    return look_again(move, "build");
}

Next dispatch(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        Json arguments = place_of(state);
        arguments["commit"] = wanted_commit(state);
        arguments["marker"] =
            contracts::sha256_hex(state.task_id).substr(0, 12) + "-" + std::to_string(state.starts);
        return call(move, "deploy.dispatch", std::move(arguments), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return workflow_trouble(move, "dispatch", "the start at GitHub: " + end.error);
    platform_works(state);
    ++state.starts;
    state.run = end.value.value("run", std::int64_t{0});
    state.tag = end.value.value("tag", "");
    state.run_status.clear();
    begin_wait(move);
    set_project(move, state, contracts::ProjectStatus::deploying);
    return GoTo{"watch"};
}

Next watch(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        Json arguments = place_of(state);
        arguments["run"] = state.run;
        arguments["tag"] = state.tag;
        return call(move, "deploy.look", std::move(arguments), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return workflow_trouble(move, "watch", "the run at GitHub: " + end.error);
    platform_works(state);
    const std::string result = end.value.value("state", "");
    if (result == "absent") {
        if (!waited(move, move.settings.run_absent)) return look_again(move, "watch");
        if (state.starts % kMostStarts == 0)
            return ask(state, "dispatch", "GitHub shows no run of what was started");
        return workflow_trouble(move, "dispatch", "the run that was started is not there");
    }
    state.run = end.value.value("run", std::int64_t{0});
    tell_status(move, end);
    if (result == "waiting")
        return waited(move, move.settings.run_limit) ? Next(GoTo{"halt"})
                                                     : look_again(move, "watch");
    if (result == "failed") return GoTo{"explain"};
    if (result == "cancelled") {
        state.fault = "its run was cancelled at GitHub";
        return GoTo{"give_up"};
    }
    if (end.value.value("commit", "") != wanted_commit(state))
        return no_success(move, "its run was of another commit");
    if (state.is_going_back) return GoTo{"hand_over"};
    begin_wait(move);
    return GoTo{"answers"};
}

Next halt(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        Json arguments = place_of(state);
        arguments["run"] = state.run;
        arguments["tag"] = state.tag;
        return call(move, "deploy.cancel", std::move(arguments), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return workflow_trouble(move, "halt", "the end of the run: " + end.error);
    platform_works(state);
    return no_success(move, "its run had not ended within " + minutes(move.settings.run_limit) +
                                " and was cancelled");
}

Next explain(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        Json arguments = place_of(state);
        arguments["run"] = state.run;
        return call(move, "deploy.failure", std::move(arguments), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return workflow_trouble(move, "explain", "the failed run's jobs: " + end.error);
    platform_works(state);
    if (!state.is_going_back) {
        state.fault = end.value.value("summary", "");
        state.fault_log = end.value.value("log", "");
    }
    return go_back_or_hand_over(move);
}

Next answers(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        progress(move, state, "answers", 90, "The URL is asked");
        return call(move, "deploy.answers", place_of(state), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return workflow_trouble(move, "answers", "the look at its URL: " + end.error);
    platform_works(state);
    state.url = end.value.value("url", "");
    const std::string fault = end.value.value("fault", "");
    if (fault.empty()) return GoTo{after_live(move)};
    if (waited(move, move.settings.answer_wait)) return no_success(move, fault);
    return look_again(move, "answers");
}

// One failure is handed over a bounded number of times; its text identifies it.
Next hand_over(DeployMove& move) {
    DeployState& state = move.state;
    state.is_going_back = false;
    const std::string fingerprint = contracts::sha256_hex(state.fault);
    if (fingerprint != state.fingerprint) state.fixes = 0;
    state.fingerprint = fingerprint;
    if (state.fixes >= move.settings.most_fixes ||
        state.all_fixes >= 2 * move.settings.most_fixes) {
        state.fixes = state.all_fixes = 0;
        return ask(state, "analyse",
                   "it could not be deployed: " + state.fault + " (repairs did not help)");
    }
    ++state.fixes;
    ++state.all_fixes;
    state.fix_task = begin_child(move, state, spec_of_fix(state));
    progress(move, state, "fixing", 75,
             "It failed: " + state.fault + ". Engineering repairs it, task " + state.fix_task);
    begin_wait(move);
    return GoTo{"fixing"};
}

Next fixing(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        Json arguments = place_of(state);
        arguments["task_id"] = state.fix_task;
        return call(move, "deploy.fixed", std::move(arguments), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return workflow_trouble(move, "fixing", "the repair's task: " + end.error);
    platform_works(state);
    const std::string status = end.value.value("status", "");
    if (status == "completed") {
        const std::string commit = end.value.value("commit", "");
        if (!commit.empty()) state.commit = commit;
        return GoTo{"analyse"};
    }
    const bool is_over = status == "failed" || status == "cancelled" || status.empty();
    if (is_over || waited(move, move.settings.fix_wait))
        return ask(state, "analyse",
                   (state.fingerprint == kQaFingerprint ? "" : "it could not be deployed: ") +
                       state.fault + ", and the repair (task " + state.fix_task +
                       ") did not come to an end");
    return look_again(move, "fixing");
}

Next pause(DeployMove& move) {
    const DeployState& state = move.state;
    if (!move.is(kEnter)) return GoTo{state.after_pause};
    return Wait{{look_key(move)}, move.turn.now + std::chrono::seconds(state.run_look_s)};
}

namespace {

void cancel_run(DeployMove& move, std::int64_t run, const std::string& tag) {
    if (run == 0 && tag.empty()) return;
    Json arguments = place_of(move.state);
    arguments["run"] = run;
    arguments["tag"] = tag;
    (void)move.effects.call("deploy.cancel", std::move(arguments));
}

}  // namespace

void end_run(DeployMove& move) {
    DeployState& state = move.state;
    state.is_cancelled = true;
    const bool is_under_way = move.turn.node == "watch" || move.turn.node == "halt" ||
                              (move.turn.node == "pause" && state.after_pause == "watch") ||
                              (move.turn.node == kBackOff && state.resume == "watch");
    if (is_under_way) cancel_run(move, state.run, state.tag);
}

void end_late_run(DeployMove& move) {
    if (!move.state.is_cancelled || move.turn.node != "dispatch") return;
    const CallEnd end = call_end(move, "the deployer");
    if (end.ok)
        cancel_run(move, end.value.value("run", std::int64_t{0}), end.value.value("tag", ""));
}

std::vector<Node> workflow_nodes(const SettingsOf<DeployMove>& settings) {
    const auto asks = [&](const char* name, Next (*node)(DeployMove&),
                          std::vector<std::string> edges, const char* call) {
        edges.insert(edges.end(), {kBackOff, kAskPerson});
        return Node{.name = name,
                    .decide = decide_with<DeployMove>(settings, node),
                    .edges = std::move(edges),
                    .calls = {call},
                    .waits = true};
    };
    std::vector<Node> nodes{
        asks("settle", settle, {"build", "give_up"}, "deploy.settle"),
        asks("build", build, {"dispatch", "explain", "pause"}, "deploy.build"),
        asks("dispatch", deploying::dispatch, {"watch"}, "deploy.dispatch"),
        asks("watch", watch,
             {"pause", "halt", "explain", "give_up", "answers", "hand_over", "dispatch"},
             "deploy.look"),
        asks("halt", halt, {"dispatch", "hand_over"}, "deploy.cancel"),
        asks("explain", explain, {"dispatch", "hand_over"}, "deploy.failure"),
        asks("answers", answers, {"record", "hire_qa", "pause", "dispatch", "hand_over"},
             "deploy.answers"),
        asks("fixing", fixing, {"analyse", "pause"}, "deploy.fixed"),
        {.name = "hand_over",
         .decide = decide_with<DeployMove>(settings, hand_over),
         .edges = {"fixing", kAskPerson},
         .writes = {"task.child"}},
        {.name = "pause",
         .decide = decide_with<DeployMove>(settings, deploying::pause),
         .edges = {"build", "watch", "answers", "fixing", "withdraw"},
         .waits = true},
    };
    for (Node& node : nodes)
        if (node.name == "dispatch") node.writes = {"project.status"};
    return nodes;
}

}  // namespace control::graphs::deploying
