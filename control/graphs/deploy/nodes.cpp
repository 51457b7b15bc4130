#include "control/graphs/deploy/nodes.h"

#include "contracts/base/text.h"
#include "contracts/entities/removal.h"
#include "contracts/fields/read.h"
#include "control/graphs/deploy/qa_nodes.h"
#include "control/graphs/deploy/workflow_nodes.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/notify.h"
#include "control/graphs/kit/patience.h"
#include "control/graphs/kit/report.h"
#include "control/graphs/kit/task_rows.h"
#include "control/graphs/kit/worker_turn.h"

#include <algorithm>

namespace control::graphs::deploying {

using contracts::NoticeKind;
using contracts::ProjectStatus;

namespace {

constexpr const char* kService = "web";
constexpr std::int64_t kMostMoves = 5;  // how often it may move to another port

Json project_of(const DeployState& state) {
    return {{"project_id", state.project_id},
            {"project_name", state.project_name},
            {"service", kService}};
}

Json commit_of(const DeployState& state) {
    Json arguments = project_of(state);
    arguments["repository"] = state.repository;
    arguments["commit"] = state.commit;
    arguments["port"] = state.port;
    arguments["server_id"] = state.server_id;
    return arguments;
}

Next platform_trouble(DeployMove& move, std::string_view node, const std::string& what) {
    return try_again(move, move.state, move.settings, Trouble::platform, node, what);
}

// Whether the call found a fault of the project, which ends the task.
bool has_fault(DeployState& state, const CallEnd& end) {
    if (!end.ok || !end.value.contains("fault")) return false;
    state.fault = end.value.value("fault", "");
    state.fault_log = end.value.value("log", "");
    return true;
}

// A project that was live stays active; one that never was is failed for now.
void put_project_back(DeployMove& move) {
    const bool was_live = move.state.project_status == contracts::to_text(ProjectStatus::active);
    set_project(move, move.state, was_live ? ProjectStatus::active : ProjectStatus::failed);
}

contracts::DeployResult result_of(const DeployState& state) {
    contracts::DeployResult result;
    if (state.url.empty()) return result;
    result.deployed_url = state.url;
    result.server_ip = state.server_ip;
    result.port = state.port;
    return result;
}

Next fail_task(DeployMove& move, std::string fault) {
    move.state.fault = std::move(fault);
    return GoTo{"give_up"};
}

bool is_removal(const DeployState& state) {
    return contracts::is_removal(contracts::TaskType::deploy, state.action);
}

std::chrono::seconds reminded_after(const DeploySettings& settings) {
    return std::min(settings.secret_reminder, settings.secret_wait / 2);
}

void ask_for_secrets(DeployMove& move) {
    const DeployState& state = move.state;
    notify(move, move.state, NoticeKind::secret_needed,
           "To put " + state.project_name +
               " live these values are needed: " + contracts::joined(state.missing) +
               ". Set each with: orchestrator project secret set NAME --project " +
               state.project_id + ". The deployment goes on by itself then.",
           {{"missing", state.missing}});
}

}  // namespace

void write_deployment(DeployMove& move, const char* status, const std::string& error) {
    const DeployState& state = move.state;
    move.effects.write("deployment.record", {{"project_id", state.project_id},
                                             {"server_id", state.server_id},
                                             {"service_name", kService},
                                             {"port", state.port},
                                             {"status", status},
                                             {"url", state.url},
                                             {"commit", state.commit},
                                             {"health", state.health},
                                             {"error", error}});
}

Next begin(DeployMove& move) {
    DeployState& state = move.state;
    task_running(move, state);
    if (state.action == "stop") return GoTo{"stop"};
    if (state.action == "logs") return GoTo{"read_logs"};
    if (is_removal(state)) return GoTo{"withdraw"};
    if (state.action != "start")
        return fail_task(move, "\"" + state.action +
                                   "\" is not something a deployment can be asked for: it is "
                                   "started without a spec, or asked for stop, logs or remove");
    if (state.commit.empty())
        return fail_task(move,
                         "nothing in this project has passed its tests yet; run an engineering "
                         "task first");
    progress(move, state, "allocate", 0, "A place is looked for");
    return GoTo{"allocate"};
}

Next allocate(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        Json arguments = project_of(state);
        // The port is taken by another program; only a project that has never run is moved.
        if (state.moved > 0) arguments["avoid"] = state.port;
        return call(move, "deploy.allocate", std::move(arguments), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return platform_trouble(move, "allocate", "a place for it: " + end.error);
    platform_works(state);
    state.no_room = end.value.value("no_room", "");
    if (!state.no_room.empty() && end.value.value("is_final", false))
        return ask(state, "allocate", "no server can take it: " + state.no_room);
    if (!state.no_room.empty()) return GoTo{"room"};
    state.room_asked_at.reset();
    state.server_id = end.value.value("server_id", "");
    state.server_ip = end.value.value("server_ip", "");
    state.port = end.value.value("port", std::int64_t{0});
    return GoTo{"analyse"};
}

// Notifies the user once, and keeps checking whether a server has room.
Next room(DeployMove& move) {
    DeployState& state = move.state;
    if (!move.is(kEnter)) return GoTo{"allocate"};
    const Timestamp now = move.turn.now;
    const std::string what = "no server has room for it now: " + state.no_room;
    if (!state.room_asked_at) {
        state.room_asked_at = now;
        state.room_look_s = move.settings.room_look.count();
        progress(move, state, "room", 5, "Waiting for room: " + state.no_room);
        notify(move, move.state, NoticeKind::incident,
               "The deployment of " + state.project_name + " waits: " + what +
                   ". It goes on by itself when there is room.",
               {{"no_room", state.no_room}});
    } else if (now - *state.room_asked_at >= move.settings.room_wait) {
        state.room_asked_at.reset();
        return ask(state, "allocate", what);
    } else {
        state.room_look_s =
            std::min(2 * state.room_look_s, move.settings.room_longest_look.count());
    }
    return Wait{{}, now + std::chrono::seconds(state.room_look_s)};
}

Next analyse(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        progress(move, state, "analyse", 10, "The project's files are read");
        return call(move, "deploy.analyse", commit_of(state), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (has_fault(state, end)) return GoTo{"give_up"};
    if (!end.ok) return platform_trouble(move, "analyse", "the project's files: " + end.error);
    platform_works(state);
    state.health = end.value.value("health", "/");
    state.way = end.value.value("way", "");
    return GoTo{"secrets"};
}

Next secrets(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) return call(move, "deploy.secrets", commit_of(state), move.settings.call);
    const CallEnd end = call_end(move, "the deployer");
    if (has_fault(state, end)) return GoTo{"give_up"};
    if (!end.ok) return platform_trouble(move, "secrets", "the project's secrets: " + end.error);
    platform_works(state);
    state.missing = end.value.value("missing", std::vector<std::string>());
    if (!state.missing.empty()) return GoTo{"ready"};
    return GoTo{state.way == "workflow" ? "settle" : "deploy"};
}

// Asks once, reminds once, and keeps checking whether all values are there.
Next ready(DeployMove& move) {
    DeployState& state = move.state;
    if (!move.is(kEnter)) return GoTo{"secrets"};
    const Timestamp now = move.turn.now;
    if (!state.asked_at) {
        state.asked_at = now;
        state.look_s = move.settings.secret_look.count();
        progress(move, state, "ready", 20, "Waiting for: " + contracts::joined(state.missing));
        ask_for_secrets(move);
    } else if (now - *state.asked_at >= move.settings.secret_wait) {
        return fail_task(
            move, "these values were not given in time: " + contracts::joined(state.missing));
    } else {
        state.look_s = std::min(2 * state.look_s, move.settings.secret_longest_look.count());
        if (!state.reminded && now - *state.asked_at >= reminded_after(move.settings)) {
            state.reminded = true;
            ask_for_secrets(move);
        }
    }
    return Wait{{}, now + std::chrono::seconds(state.look_s)};
}

Next deploy(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        progress(move, state, "deploy", 40, "The project is built and started");
        set_project(move, state, ProjectStatus::deploying);
        return call(move, "deploy.start", commit_of(state), move.settings.deploy_call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (has_fault(state, end)) return GoTo{"give_up"};
    if (end.ok && end.value.value("port_taken", false)) {
        const std::string what = "port " + std::to_string(state.port) +
                                 " is in use by another "
                                 "program on the server";
        if (end.value.value("may_move", false) && ++state.moved <= kMostMoves)
            return GoTo{"allocate"};
        return platform_trouble(move, "deploy", what);
    }
    if (!end.ok) return platform_trouble(move, "deploy", "the start: " + end.error);
    platform_works(state);
    state.url = end.value.value("url", "");
    return GoTo{"verify"};
}

Next verify(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        progress(move, state, "verify", 90, "The URL is asked");
        return call(move, "deploy.probe", project_of(state), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return platform_trouble(move, "verify", end.error);
    platform_works(state);
    return GoTo{after_live(move)};
}

Next record(DeployMove& move) {
    DeployState& state = move.state;
    write_deployment(move, "active", "");
    Json result{{"deployed_url", state.url},
                {"server_ip", state.server_ip},
                {"port", state.port},
                {"commit", state.commit}};
    if (!state.verdict.empty()) result["qa"] = state.verdict;
    task_completed(move, state, std::move(result));
    set_project(move, state, ProjectStatus::active);
    progress_end(move, state, true, "It is live: " + state.url);
    send_result(move, state, result_of(state), true, "");
    notify(move, move.state, NoticeKind::deployed, "It is live: " + state.url,
           {{"url", state.url}, {"commit", state.commit}});
    return Done{};
}

Next give_up(DeployMove& move) {
    DeployState& state = move.state;
    Json result{{"error", state.fault}, {"commit", state.commit}};
    if (!state.fault_log.empty()) result["log"] = state.fault_log;
    if (state.action == "start" && !state.server_id.empty())
        write_deployment(move, "failed", state.fault);
    task_failed(move, state, result);
    if (state.action == "start") put_project_back(move);
    progress_end(move, state, false, state.fault);
    state.url.clear();
    send_result(move, state, result_of(state), false, state.fault);
    if (state.action == "start")
        notify(move, move.state, NoticeKind::deploy_failed,
               state.project_name + " could not be put live: " + state.fault + ".", result);
    return Failed{state.fault};
}

Next stop(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        Json arguments = project_of(state);
        arguments["repository"] = state.repository;
        return call(move, "deploy.stop", std::move(arguments), move.settings.call);
    }
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok) return platform_trouble(move, "stop", "the end of it: " + end.error);
    platform_works(state);
    const bool was_there = end.value.value("was_there", false);
    if (is_removal(state)) {
        state.was_deployed = was_there;
        state.left = end.value.value("left", std::vector<std::string>());
        return GoTo{"forget"};
    }
    Json result{{"stopped", was_there}};
    if (const Json left = end.value.value("left", Json::array()); !left.empty())
        result["left"] = left;
    task_completed(move, state, std::move(result));
    progress_end(move, state, true,
                 was_there ? "It is stopped, and its port is free" : "Nothing was deployed");
    send_result(move, state, contracts::DeployResult{}, true, "");
    return Done{};
}

Next read_logs(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) return call(move, "deploy.logs", project_of(state), move.settings.call);
    const CallEnd end = call_end(move, "the deployer");
    if (!end.ok && end.kind == "not_found") return fail_task(move, "nothing is deployed");
    if (!end.ok) return platform_trouble(move, "read_logs", "the log: " + end.error);
    platform_works(state);
    task_completed(move, state, {{"log", end.value.value("log", "")}});
    progress_end(move, state, true, "The log was read");
    send_result(move, state, contracts::DeployResult{}, true, "");
    return Done{};
}

Next wait_and_try_again(DeployMove& move) {
    if (move.is(kEnter)) progress(move, move.state, kBackOff, 30, waiting_words(move.state));
    return back_off(move, move.state);
}

Next ask_person(DeployMove& move) {
    DeployState& state = move.state;
    if (answered(state)) return go_back(state);
    task_failed(move, state, {{"error", state.trouble}, {"blocked", true}});
    if (state.action == "start") put_project_back(move);
    progress_end(move, state, false, state.trouble);
    send_result(move, state, contracts::DeployResult{}, false, state.trouble);
    notify(move, move.state, NoticeKind::task_blocked,
           (is_removal(state) ? "The removal of " : "The deployment of ") + state.project_name +
               " needs a person: " + state.trouble + ".",
           {{"trouble", state.trouble}});
    return blocked(state);
}

// What has been started in the meantime stays: cancelling a redeploy does not take down a project
// that is live.
void when_cancelled(DeployMove& move) {
    task_cancelled(move, move.state);
    if (move.state.action == "start") put_project_back(move);
    dismiss(move, move.state, move.state);
    end_run(move);
    progress_end(move, move.state, false, "cancelled");
}

void when_retried(DeployMove& move) {
    take_answer(move, move.state);
    task_running(move, move.state);
}

void when_late(DeployMove& move) {
    take_late(move, move.state, move.state);
    end_late_run(move);
}

}  // namespace control::graphs::deploying
