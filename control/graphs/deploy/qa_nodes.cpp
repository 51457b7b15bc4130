#include "control/graphs/deploy/qa_nodes.h"

#include "control/graphs/deploy/qa_words.h"
#include "control/graphs/kit/child_task.h"
#include "control/graphs/kit/patience.h"
#include "control/graphs/kit/report.h"
#include "control/graphs/kit/tail.h"
#include "control/graphs/kit/worker_turn.h"

namespace control::graphs::deploying {

namespace {

constexpr std::size_t kMostVerdict = 4000;

contracts::WorkerConfig qa_worker(const QaSettings& settings) {
    contracts::WorkerConfig config;
    config.name = "qa";
    config.worker_type = contracts::WorkerType::developer;
    config.agent_type = settings.agent_type;
    config.auth_mode = settings.auth_mode;
    config.capabilities = settings.capabilities;
    config.instructions = qa_instructions();
    config.env_vars = settings.env;
    return config;
}

Next qa_trouble(DeployMove& move, Trouble trouble, const std::string& what) {
    dismiss(move, move.state, move.state);
    return try_again(move, move.state, move.settings, trouble, "hire_qa", what);
}

// Engineering repairs it a bounded number of times; then a person decides.
Next not_accepted(DeployMove& move) {
    DeployState& state = move.state;
    state.fault = "what is live does not do what was asked for: " + state.verdict;
    state.fault_log.clear();
    if (state.fingerprint != kQaFingerprint) state.fixes = 0;
    state.fingerprint = kQaFingerprint;
    if (state.fixes >= move.settings.qa.most_repairs ||
        state.all_fixes >= 2 * move.settings.most_fixes) {
        state.fixes = state.all_fixes = 0;
        return ask(state, "hire_qa", state.fault + " (repairs did not help)");
    }
    ++state.fixes;
    ++state.all_fixes;
    state.fix_task = begin_child(move, state, spec_of_repair(state));
    state.since = move.turn.now;
    state.run_look_s = 0;
    progress(move, state, "fixing", 75,
             "Something is missing or wrong. Engineering repairs it, task " + state.fix_task);
    return GoTo{"fixing"};
}

Next hire_qa(DeployMove& move) {
    DeployState& state = move.state;
    if (move.is(kEnter)) {
        progress(move, state, "qa", 92, "A tester is asked for");
        write_deployment(move, "active", "");
        return hire(move, state, state,
                    {.config = qa_worker(move.settings.qa),
                     .context = {{"role", "qa"}, {"egress", reached_at(state.url)}},
                     .patience = move.settings.qa.creation});
    }
    if (const std::string why = take_worker(move, state); !why.empty())
        return qa_trouble(move, Trouble::platform, why);
    platform_works(state);
    return GoTo{"qa"};
}

Next qa(DeployMove& move) {
    DeployState& state = move.state;
    const QaSettings& settings = move.settings.qa;
    if (move.is(kEnter)) {
        if (state.worker.empty()) return GoTo{"hire_qa"};
        progress(move, state, "qa", 95, "The tester tries it");
        return instruct(
            move, state, state,
            {.prompt = qa_prompt(state), .timeout = settings.turn, .overdue = settings.overdue});
    }
    const EndedTurn ended = take_output(move, state, state);
    const std::string error = ended.output.error.value_or("ended without a verdict");
    state.verdict = tail_of(ended.output.summary.value_or(""), kMostVerdict);
    if (ended.end == TurnEnd::success) {
        state.tries = 0;
        return GoTo{"record"};
    }
    if (ended.end == TurnEnd::refused) return not_accepted(move);
    if (grant_more(state, ended.end, settings.turn, settings.memory_mb)) return GoTo{"hire_qa"};
    if (ended.end == TurnEnd::unpaid)
        return ask(state, "hire_qa", "budget reached: the tester cannot go on (" + error + ")");
    return qa_trouble(move, ended.end == TurnEnd::upstream ? Trouble::upstream : Trouble::crash,
                      "the tester: " + error);
}

}  // namespace

const char* after_live(const DeployMove& move) {
    return move.settings.qa.is_on && !move.state.criteria.empty() ? "hire_qa" : "record";
}

std::string reached_at(std::string_view url) {
    const bool is_secret = url.starts_with("https://");
    const std::size_t scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    std::string place(url.substr(0, url.find('/')));
    const std::size_t colon = place.rfind(':');
    const bool has_port = colon != std::string::npos && place.find(']', colon) == std::string::npos;
    return has_port ? place : place + (is_secret ? ":443" : ":80");
}

std::vector<Node> qa_nodes(const SettingsOf<DeployMove>& settings) {
    return {{.name = "hire_qa",
             .decide = decide_with<DeployMove>(settings, hire_qa),
             .edges = {"qa", kBackOff, kAskPerson},
             .writes = {"deployment.record"},
             .waits = true},
            {.name = "qa",
             .decide = decide_with<DeployMove>(settings, qa),
             .edges = {"hire_qa", "fixing", "record", kBackOff, kAskPerson},
             .writes = {"task.child"},
             .waits = true}};
}

}  // namespace control::graphs::deploying
