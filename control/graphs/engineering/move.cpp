#include "control/graphs/engineering/move.h"

#include "contracts/base/backoff.h"
#include "contracts/fields/write.h"
#include "contracts/messages/worker.h"
#include "contracts/permissions/allowed_commands.h"
#include "contracts/streams/names.h"
#include "control/graphs/engineering/prompt.h"

namespace control::graphs {

namespace names = contracts::names;
using contracts::write_message;

namespace {

constexpr std::size_t kMaxFeedback = 20 << 10;

contracts::QueueMeta meta_of(const Move& move) {
    contracts::QueueMeta meta;
    meta.correlation_id = move.state.correlation_id;
    meta.timestamp = move.turn.now;
    return meta;
}

// A number that is the same whenever this move is decided.
std::uint32_t fixed_random(const Turn& turn) {
    std::uint32_t number = 0;
    for (const char c : uuid_of(std::string(turn.thread) + ":" + std::to_string(turn.step)))
        number = number * 31 + static_cast<unsigned char>(c);
    return number;
}

contracts::WorkerConfig config_of(const Move& move, WorkerRole role) {
    contracts::WorkerConfig config;
    config.worker_type = contracts::WorkerType::developer;
    config.auth_mode = move.settings.auth_mode;
    config.capabilities = move.settings.capabilities;
    if (role == WorkerRole::developer) {
        config.name = "developer";
        config.agent_type = move.settings.agent_type;
        config.instructions = developer_instructions();
        config.allowed_commands = contracts::expand_profiles({"DEVELOPER"});
        config.env_vars = move.settings.developer_env;
    } else {
        config.name = "tester";
        config.agent_type = contracts::AgentType::custom;
        config.instructions = tester_instructions();
        config.env_vars = {{"AGENT_COMMAND", move.state.test_command},
                           {"AGENT_VERDICT", "exit_code"}};
    }
    return config;
}

}  // namespace

std::string Move::text(const char* name) const {
    const auto found = body().find(name);
    return found != body().end() && found->is_string() ? found->get<std::string>() : std::string();
}

void Move::progress(std::string_view step, std::int64_t percent, const std::string& message) {
    contracts::ProgressEvent event;
    event.type =
        percent == 0 ? contracts::ProgressType::started : contracts::ProgressType::progress;
    event.request_id = state.request_id;
    event.task_id = state.task_id;
    event.timestamp = turn.now;
    event.message = message;
    event.progress_pct = percent;
    event.current_step = std::string(step);
    effects.publish(names::task_progress(state.task_id), write_message(event));
}

void Move::report_end(bool success, const std::string& message) {
    contracts::ProgressEvent event;
    event.type = success ? contracts::ProgressType::completed : contracts::ProgressType::failed;
    event.request_id = state.request_id;
    event.task_id = state.task_id;
    event.timestamp = turn.now;
    event.message = message;
    if (success)
        event.progress_pct = 100;
    else
        event.error = message;
    effects.publish(names::task_progress(state.task_id), write_message(event));

    if (!state.callback_stream) return;
    contracts::EngineeringResult result;
    result.request_id = state.request_id;
    result.correlation_id = state.correlation_id;
    result.status = success ? contracts::ResultStatus::success : contracts::ResultStatus::failed;
    if (!success) result.error = message;
    if (!state.commit.empty()) {
        result.commit_sha = state.commit;
        result.branch = state.branch;
        result.files_changed = state.files;
    }
    effects.publish(*state.callback_stream, write_message(result));
}

void Move::set_project(std::string_view status) {
    effects.write("project.status", {{"id", state.project_id}, {"status", status}});
}

Next Move::hire(WorkerRole role) {
    dismiss();
    contracts::CreateWorker create;
    static_cast<contracts::QueueMeta&>(create) = meta_of(*this);
    create.request_id = effects.next_request_id();
    create.config = config_of(*this, role);
    state.turn_request = uuid_of(create.request_id);
    create.context = {{"task_id", state.task_id},
                      {"project_id", state.project_id},
                      {"user_id", state.user_id},
                      {"repository", state.repository},
                      {"branch", state.branch},
                      {"role", role == WorkerRole::developer ? "developer" : "tester"},
                      {"request_id", state.turn_request}};
    if (role == WorkerRole::tester) create.context["workspace_commit"] = state.commit;
    if (state.memory_mb > 0) create.context["memory_mb"] = std::to_string(state.memory_mb);
    effects.publish(std::string(names::kWorkerCommands), write_message(create));
    return Wait{{"response:" + create.request_id}, turn.now + settings.creation};
}

Next Move::instruct(WorkerRole role, const std::string& prompt) {
    const auto first = role == WorkerRole::developer ? settings.turn : settings.test_turn;
    const std::chrono::seconds timeout =
        state.turn_seconds > 0 ? std::chrono::seconds(state.turn_seconds) : first;
    contracts::DeveloperWorkerInput input;
    input.request_id = state.turn_request;
    input.task_id = state.task_id;
    input.project_id = state.project_id;
    input.prompt = prompt;
    input.timeout = timeout.count();
    input.timestamp = turn.now;
    input.correlation_id = state.correlation_id;
    effects.publish(names::developer_input(state.worker), write_message(input));
    state.turn_began = turn.now;
    return Wait{{"output:" + state.turn_request}, turn.now + timeout + settings.overdue};
}

void Move::dismiss() {
    if (state.worker.empty()) return;
    contracts::DeleteWorker remove;
    static_cast<contracts::QueueMeta&>(remove) = meta_of(*this);
    remove.request_id = effects.next_request_id();
    remove.worker_id = std::exchange(state.worker, {});
    effects.publish(std::string(names::kWorkerCommands), write_message(remove));
}

Next Move::call(std::string name, Json arguments) {
    return Wait{{effects.call(std::move(name), std::move(arguments))}, turn.now + settings.call};
}

Next Move::wait_then(std::string_view node, const std::string& what,
                     std::chrono::milliseconds wait) {
    state.resume = node;
    state.trouble = what;
    state.wait_ms = wait.count();
    return GoTo{"back_off"};
}

namespace {

std::chrono::milliseconds backoff_of(const Move& move, std::int64_t tries,
                                     std::chrono::milliseconds first) {
    const auto doubled = first * (std::int64_t{1} << std::min<std::int64_t>(tries - 1, 20));
    const auto bounded = std::min(doubled, move.settings.longest_wait);
    return contracts::Backoff(bounded, bounded).next(fixed_random(move.turn));
}

}  // namespace

Next Move::platform_trouble(std::string_view node, const std::string& what) {
    dismiss();
    if (++state.platform_tries >= settings.platform_tries) return ask(node, what);
    return wait_then(node, what, backoff_of(*this, state.platform_tries, settings.platform_wait));
}

Next Move::try_again(std::string_view node, const std::string& what, std::int64_t most,
                     std::chrono::milliseconds first_wait) {
    dismiss();
    if (++state.tries >= most)
        return ask(node, what + " (" + std::to_string(state.tries) + " tries)");
    return wait_then(node, what, backoff_of(*this, state.tries, first_wait));
}

Next Move::next_round(const std::string& what, const std::string& feedback) {
    dismiss();
    ++state.rounds_done;
    state.tries = 0;
    state.feedback = tail_of(feedback, kMaxFeedback);
    state.answer.clear();
    if (state.rounds_done >= state.last_round)
        return ask("hire_developer", what + " after " + std::to_string(state.rounds_done) +
                                         (state.rounds_done == 1 ? " round" : " rounds"));
    return GoTo{"hire_developer"};
}

Next Move::ask(std::string_view resume, const std::string& what) {
    dismiss();
    state.resume = resume;
    state.trouble = tail_of(what, 2000);
    return GoTo{"ask_person"};
}

Json task_result(const EngineeringState& state) {
    Json result{{"repository", state.location.empty() ? state.repository : state.location},
                {"branch", state.branch},
                {"rounds", state.rounds_done},
                {"usage", state.usage}};
    if (!state.commit.empty()) {
        result["commit_sha"] = state.commit;
        result["files_changed"] = state.files;
    }
    if (!state.summary.empty()) result["summary"] = state.summary;
    for (const char* name : {"cost_usd", "total_cost_usd"})
        if (const auto cost = state.usage.find(name); cost != state.usage.end())
            result["cost_usd"] = *cost;
    return result;
}

}  // namespace control::graphs
