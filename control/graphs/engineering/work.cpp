// Workers' turns: the developer's and the tester's.
#include "control/graphs/engineering/nodes.h"
#include "control/graphs/engineering/prompt.h"
#include "control/graphs/kit/tail.h"
#include "control/graphs/kit/worker_turn.h"

namespace control::graphs {

namespace {

Next hired(Move& move, std::string_view here, std::string_view next) {
    if (const std::string why = take_worker(move, move.state); !why.empty())
        return move.platform_trouble(here, why);
    platform_works(move.state);
    return GoTo{std::string(next)};
}

std::string minutes(std::chrono::seconds time) {
    if (time.count() % 60 == 0) return std::to_string(time.count() / 60) + " minutes";
    return std::to_string(time.count()) + " seconds";
}

// The next step for both roles when a turn brought no verdict.
Next no_verdict(Move& move, WorkerRole role, TurnEnd end, const std::string& error) {
    const EngineeringSettings& settings = move.settings;
    const bool develops = role == WorkerRole::developer;
    const std::string who = develops ? "the developer" : "the tester";
    const std::string hire = develops ? "hire_developer" : "hire_tester";
    const auto& limits = develops ? settings.developer_limits : settings.tester_limits;
    const std::int64_t memory =
        limits ? limits->memory_mb.value_or(settings.memory_mb) : settings.memory_mb;
    const std::chrono::seconds usual = develops ? settings.turn : settings.test_turn;
    const std::chrono::seconds had = turn_time(move.state, usual);
    if (grant_more(move.state, end, usual, memory)) return GoTo{hire};
    if (end == TurnEnd::timed_out) {
        const std::string what = who + " did not finish in " + minutes(had);
        return move.next_round(what, "The last turn was ended: " + what + ".");
    }
    if (end == TurnEnd::unpaid)
        return move.ask(hire, "budget reached: " + who + " cannot go on (" + error + ")");
    const std::string what = who + ": " + (error.empty() ? "ended without a verdict" : error);
    return move.try_again(hire, what,
                          end == TurnEnd::upstream ? Trouble::upstream : Trouble::crash);
}

// A worker may shorten a commit's id.
bool names_commit(const std::string& said, const std::string& commit) {
    return said.size() >= 4 && commit.starts_with(said);
}

}  // namespace

Next hire_developer(Move& move) {
    if (!move.is(kEnter)) return hired(move, "hire_developer", "develop");
    const std::string round = std::to_string(move.state.rounds_done + 1);
    move.progress("developer", 10, "Round " + round + ": a developer is asked for");
    move.set_project(contracts::ProjectStatus::developing);
    return move.hire(WorkerRole::developer);
}

Next develop(Move& move) {
    if (move.is(kEnter)) {
        if (move.state.worker.empty()) return GoTo{"hire_developer"};
        move.progress("developer", 20, "The developer works");
        return move.instruct(WorkerRole::developer, developer_prompt(move.state));
    }
    const EndedTurn ended = take_output(move, move.state, move.state);
    move.state.reported = ended.output.commit_sha.value_or("");
    move.state.push_error = tail_of(ended.output.push_error.value_or(""), 2000);
    move.state.kept_ref = ended.output.kept_ref.value_or("");
    if (ended.output.summary) move.state.summary = tail_of(*ended.output.summary, 4000);
    if (ended.end == TurnEnd::success) return GoTo{"inspect"};
    if (ended.end == TurnEnd::refused)
        return move.next_round("the developer did not succeed",
                               "The last developer gave up and said:\n" + move.state.summary);
    return no_verdict(move, WorkerRole::developer, ended.end, ended.output.error.value_or(""));
}

Next hire_tester(Move& move) {
    if (!move.is(kEnter)) return hired(move, "hire_tester", "test");
    move.progress("tester", 70, "A tester is asked for");
    move.set_project(contracts::ProjectStatus::testing);
    return move.hire(WorkerRole::tester);
}

Next test(Move& move) {
    if (move.is(kEnter)) {
        if (move.state.worker.empty()) return GoTo{"hire_tester"};
        move.progress("tester", 80, "The tests run: " + move.state.test_command);
        return move.instruct(WorkerRole::tester, tester_prompt(move.state));
    }
    const EndedTurn ended = take_output(move, move.state, move.state);
    const Json data = ended.output.data.value_or(Json::object());
    const auto code = data.find("exit_code");
    const bool told = code != data.end() && code->is_number_integer();
    if (ended.end == TurnEnd::success && told && *code == 0) {
        if (ended.output.commit_sha && !names_commit(*ended.output.commit_sha, move.state.commit))
            return move.try_again("inspect", "the tests ran on another commit");
        move.state.tested_commit = move.state.commit;
        return GoTo{"deliver"};
    }
    if (told && (ended.end == TurnEnd::refused || ended.end == TurnEnd::success)) {
        const auto output = data.find("output");
        const std::string tail =
            output != data.end() && output->is_string() ? output->get<std::string>() : "";
        return move.next_round("tests failed", "The tests failed (" + move.state.test_command +
                                                   ", exit code " + code->dump() +
                                                   "). The end of their output:\n" +
                                                   tail_of(tail, 16 << 10));
    }
    const TurnEnd end = ended.end == TurnEnd::success || ended.end == TurnEnd::refused
                            ? TurnEnd::broken
                            : ended.end;
    return no_verdict(move, WorkerRole::tester, end, ended.output.error.value_or(""));
}

}  // namespace control::graphs
