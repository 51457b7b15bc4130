#include "control/graphs/engineering/move.h"

#include "contracts/messages/packages.h"
#include "contracts/permissions/allowed_commands.h"
#include "control/graphs/engineering/plan_nodes.h"
#include "control/graphs/engineering/prompt.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/notify.h"
#include "control/graphs/kit/report.h"
#include "control/graphs/kit/tail.h"
#include "control/graphs/kit/task_rows.h"
#include "control/graphs/kit/worker_turn.h"

namespace control::graphs {

using contracts::ProjectStatus;

namespace {

constexpr std::size_t kMaxFeedback = 20 << 10;

contracts::WorkerConfig config_of(const Move& move, WorkerRole role) {
    contracts::WorkerConfig config;
    config.worker_type = contracts::WorkerType::developer;
    config.capabilities = move.settings.capabilities;
    config.packages = move.settings.packages;
    config.packages.insert(config.packages.end(), move.state.packages.begin(),
                           move.state.packages.end());
    config.packages = contracts::sorted_packages(std::move(config.packages));
    for (const std::string& name : move.state.services)
        if (const auto service = contracts::parse_choice<contracts::TestService>(name))
            config.services.push_back(*service);
    if (role == WorkerRole::developer) {
        config.name = "developer";
        config.agent_type = move.settings.agent_type;
        config.auth_mode = move.settings.auth_mode;
        config.instructions = developer_instructions();
        config.allowed_commands = contracts::expand_profiles({"DEVELOPER"});
        config.env_vars = move.settings.developer_env;
        config.limits = move.settings.developer_limits;
    } else {
        config.name = "tester";
        config.agent_type = contracts::AgentType::custom;
        config.instructions = tester_instructions();
        config.env_vars = {{"AGENT_COMMAND", move.state.test_command},
                           {"AGENT_VERDICT", "exit_code"}};
        config.limits = move.settings.tester_limits;
    }
    return config;
}

}  // namespace

void Move::progress(std::string_view step, std::int64_t percent, const std::string& message) {
    graphs::progress(*this, state, step, percent, message);
}

void Move::report_end(bool success, const std::string& message) {
    progress_end(*this, state, success, message);
    contracts::EngineeringResult result;
    if (!state.commit.empty()) {
        result.commit_sha = state.commit;
        result.branch = state.branch;
        result.files_changed = state.files;
    }
    send_result(*this, state, std::move(result), success, message);
}

void Move::notify(contracts::NoticeKind kind, std::string text) {
    Json data{{"branch", state.branch}};
    if (!state.commit.empty()) data["commit_sha"] = state.commit;
    if (!state.location.empty()) data["repository"] = state.location;
    graphs::notify(*this, state, kind, std::move(text), std::move(data));
}

void Move::set_project(ProjectStatus status) {
    graphs::set_project(*this, state, status);
}

// Sets `failed` first, because a project may return from it to its earlier status.
void Move::put_project_back() {
    set_project(ProjectStatus::failed);
    if (const auto before = contracts::parse_choice<ProjectStatus>(state.project_status))
        set_project(*before);
}

Next Move::hire(WorkerRole role) {
    WorkerOrder order{.config = config_of(*this, role),
                      .context = {{"repository", state.repository},
                                  {"branch", state.branch},
                                  {"role", role == WorkerRole::developer ? "developer" : "tester"}},
                      .patience = settings.creation};
    if (role == WorkerRole::tester) order.context["workspace_commit"] = state.commit;
    return graphs::hire(*this, state, state, std::move(order));
}

Next Move::instruct(WorkerRole role, const std::string& prompt) {
    return graphs::instruct(
        *this, state, state,
        {.prompt = prompt,
         .timeout = role == WorkerRole::developer ? settings.turn : settings.test_turn,
         .overdue = settings.overdue});
}

void Move::dismiss() {
    graphs::dismiss(*this, state, state);
}

Next Move::call(std::string name, Json arguments) {
    return graphs::call(*this, std::move(name), std::move(arguments), settings.call);
}

Next Move::platform_trouble(std::string_view node, const std::string& what) {
    return try_again(node, what, Trouble::platform);
}

Next Move::try_again(std::string_view node, const std::string& what, Trouble trouble) {
    dismiss();
    return graphs::try_again(*this, state, settings, trouble, node, what);
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
    return graphs::ask(state, resume, what);
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
    if (state.is_planned) result["parts"] = parts_of_plan(state);
    for (const char* name : {"cost_usd", "total_cost_usd"})
        if (const auto cost = state.usage.find(name); cost != state.usage.end())
            result["cost_usd"] = *cost;
    return result;
}

}  // namespace control::graphs
