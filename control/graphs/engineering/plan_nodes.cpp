#include "control/graphs/engineering/plan_nodes.h"

#include "contracts/messages/plan.h"
#include "contracts/permissions/allowed_commands.h"
#include "control/graphs/engineering/plan_words.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/child_task.h"
#include "control/graphs/kit/notify.h"
#include "control/graphs/kit/tail.h"
#include "control/graphs/kit/task_rows.h"
#include "control/graphs/kit/worker_turn.h"

#include <algorithm>

namespace control::graphs {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMostDrafts = 3;  // after the last one a person is asked
constexpr std::chrono::hours kPartWait{7 * 24};
constexpr std::int64_t kFirstLook_s = 2;  // doubles up to the next value
constexpr std::int64_t kLongestLook_s = 30;

contracts::WorkerConfig architect_of(const Move& move) {
    contracts::WorkerConfig config;
    config.name = "architect";
    config.worker_type = contracts::WorkerType::developer;
    config.agent_type = move.settings.agent_type;
    config.auth_mode = move.settings.auth_mode;
    config.capabilities = move.settings.capabilities;
    config.packages = move.settings.packages;
    config.instructions = architect_instructions();
    config.allowed_commands = contracts::expand_profiles({"DEVELOPER"});
    config.env_vars = move.settings.developer_env;
    config.limits = move.settings.developer_limits;
    return config;
}

// Tells the architect what is wrong with the plan, and asks for another.
Next another_draft(Move& move, const std::string& what) {
    EngineeringState& state = move.state;
    if (++state.drafts >= kMostDrafts) {
        state.drafts = 0;
        return move.ask("hire_architect", "no plan could be read: " + what);
    }
    state.feedback = "The last plan could not be read: " + what + ". Send it again as described.";
    return GoTo{"hire_architect"};
}

std::string part_in_words(const EngineeringState& state) {
    return "part " + std::to_string(state.parts_done + 1) + " of " +
           std::to_string(state.titles.size()) + ", \"" +
           state.titles[static_cast<std::size_t>(state.parts_done)] + "\"";
}

Next hire_architect(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        move.progress("architect", 5, "An architect is asked for");
        move.set_project(contracts::ProjectStatus::developing);
        return hire(move, state, state,
                    {.config = architect_of(move),
                     .context = {{"repository", state.repository},
                                 {"branch", state.branch},
                                 {"role", "architect"}},
                     .patience = move.settings.creation});
    }
    if (const std::string why = take_worker(move, state); !why.empty())
        return move.platform_trouble("hire_architect", why);
    platform_works(state);
    return GoTo{"draw_up"};
}

Next take_plan(Move& move, const contracts::DeveloperWorkerOutput& output) {
    EngineeringState& state = move.state;
    const auto tasks = contracts::read_plan(output.data.value_or(Json::object()));
    if (!tasks) return another_draft(move, tasks.error().describe());
    state.tries = state.drafts = 0;
    state.feedback.clear();
    for (const contracts::PlannedTask& task : *tasks) {
        state.titles.push_back(task.title);
        state.specs.push_back(task.spec);
    }
    return GoTo{"begin_part"};
}

Next draw_up(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        if (state.worker.empty()) return GoTo{"hire_architect"};
        move.progress("architect", 10, "The architect plans");
        return instruct(move, state, state,
                        {.prompt = architect_prompt(state),
                         .timeout = move.settings.turn,
                         .overdue = move.settings.overdue});
    }
    const EndedTurn ended = take_output(move, state, state);
    const std::string error = ended.output.error.value_or("");
    if (ended.output.summary) state.summary = tail_of(*ended.output.summary, 4000);
    if (ended.end == TurnEnd::success) return take_plan(move, ended.output);
    if (ended.end == TurnEnd::refused)
        return move.ask("hire_architect", "the architect has no plan: " + state.summary);
    if (grant_more(state, ended.end, move.settings.turn, move.settings.memory_mb))
        return GoTo{"hire_architect"};
    if (ended.end == TurnEnd::unpaid)
        return move.ask("hire_architect",
                        "budget reached: the architect cannot go on (" + error + ")");
    return move.try_again("hire_architect",
                          "the architect: " + (error.empty() ? "ended without a plan" : error),
                          ended.end == TurnEnd::upstream ? Trouble::upstream : Trouble::crash);
}

Next begin_part(Move& move) {
    EngineeringState& state = move.state;
    const auto number = static_cast<std::size_t>(state.parts_done);
    if (number >= state.titles.size()) return GoTo{"plan_done"};
    state.parts.resize(number);
    state.parts.push_back(begin_child(move, state, spec_of_part(state, number)));
    state.part_since = move.turn.now;
    state.part_look_s = 0;
    move.progress("part", static_cast<std::int64_t>(20 + 75 * number / state.titles.size()),
                  "Task " + state.parts.back() + ": " + part_in_words(state));
    return GoTo{"follow_part"};
}

// A part that fails asks a person itself and may continue, so only its end counts here.
Next follow_part(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) return move.call(kLookAtTask, {{"task_id", state.parts.back()}});
    const CallEnd end = call_end(move, "the store");
    if (!end.ok) return move.platform_trouble("follow_part", "the part: " + end.error);
    platform_works(state);
    const std::string status = end.value.value("status", "");
    if (status == "completed") {
        ++state.parts_done;
        return GoTo{"begin_part"};
    }
    if (status == "cancelled" || status.empty())
        return move.ask("begin_part", part_in_words(state) + " was cancelled");
    if (state.part_since && move.turn.now - *state.part_since >= kPartWait) {
        state.part_since = move.turn.now;
        return move.ask("follow_part", part_in_words(state) + " has not ended in time");
    }
    state.part_look_s =
        state.part_look_s == 0 ? kFirstLook_s : std::min(2 * state.part_look_s, kLongestLook_s);
    return GoTo{"part_pause"};
}

Next part_pause(Move& move) {
    if (!move.is(kEnter)) return GoTo{"follow_part"};
    return Wait{{}, move.turn.now + std::chrono::seconds(move.state.part_look_s)};
}

Next plan_done(Move& move) {
    const EngineeringState& state = move.state;
    const std::string words = "The plan is done: " + std::to_string(state.titles.size()) +
                              (state.titles.size() == 1 ? " task" : " tasks");
    task_completed(move, state, task_result(state));
    move.set_project(contracts::ProjectStatus::active);
    move.report_end(true, words);
    move.notify(contracts::NoticeKind::task_completed, words + ".");
    return Done{};
}

}  // namespace

std::vector<Node> plan_nodes(const SettingsOf<Move>& settings) {
    const auto decide = [&](Next (*node)(Move&)) {
        return decide_with<Move>(settings, node);
    };
    return {
        {.name = "hire_architect",
         .decide = decide(hire_architect),
         .edges = {"draw_up", kBackOff, kAskPerson},
         .writes = {"project.status"},
         .waits = true},
        {.name = "draw_up",
         .decide = decide(draw_up),
         .edges = {"hire_architect", "begin_part", kBackOff, kAskPerson},
         .waits = true},
        {.name = "begin_part",
         .decide = decide(begin_part),
         .edges = {"follow_part", "plan_done"},
         .writes = {"task.child"}},
        {.name = "follow_part",
         .decide = decide(follow_part),
         .edges = {"begin_part", "part_pause", kBackOff, kAskPerson},
         .calls = {kLookAtTask},
         .waits = true},
        {.name = "part_pause",
         .decide = decide(part_pause),
         .edges = {"follow_part"},
         .waits = true},
        {.name = "plan_done",
         .decide = decide(plan_done),
         .writes = {"task.completed", "project.status"}},
    };
}

void cancel_part(Move& move) {
    const EngineeringState& state = move.state;
    if (static_cast<std::size_t>(state.parts_done) < state.parts.size())
        cancel_child(move, state.parts.back());
}

Json parts_of_plan(const EngineeringState& state) {
    Json parts = Json::array();
    for (std::size_t i = 0; i < state.titles.size(); ++i) {
        Json part{{"title", state.titles[i]}, {"done", std::cmp_less(i, state.parts_done)}};
        if (i < state.parts.size()) part["task_id"] = state.parts[i];
        parts.push_back(std::move(part));
    }
    return parts;
}

void visit_fields(PlanPart& part, contracts::FieldList& fields) {
    fields.defaulted("is_planned", part.is_planned);
    fields.defaulted("drafts", part.drafts);
    fields.defaulted("titles", part.titles);
    fields.defaulted("specs", part.specs);
    fields.defaulted("parts", part.parts);
    fields.defaulted("parts_done", part.parts_done);
    fields.optional("part_since", part.part_since);
    fields.defaulted("part_look_s", part.part_look_s);
}

}  // namespace control::graphs
